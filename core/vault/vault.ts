/**
 * Credentials at rest: one sealed file a connection. What it promises is in `openVault()` of `./index.ts`; this is what
 * the rest of core sees.
 */
import { Failure } from '../errors.ts'
import type { Secret } from '../secret.ts'
import type { GivenKey, NewKey, SourceType } from './given-key.ts'

export interface Credential {
  /** Grows by one with each change, for ever: an older file put back is noticed. An intent alone is no change. */
  generation: number
  accessToken: Secret
  refreshToken?: Secret | undefined
  clientId?: string | undefined
  clientSecret?: Secret | undefined
  /** Every other auth field, such as `tenant`. */
  fields: Readonly<Record<string, string>>
  /** When the access token was obtained and dies, ISO 8601; absent where the provider did not say. */
  obtainedAt: string
  expiresAt?: string | undefined
  refreshTokenExpiresAt?: string | undefined
  /** A refresh that was begun and has no recorded answer: written before the provider is asked. */
  intent?: Intent | undefined
}

export interface Intent {
  startedAt: string
  /** Set where refresh tokens are single use and this attempt is the one deliberate repeat of a lost one. */
  repeats?: true | undefined
  /** Set where that repeat was refused: nobody is asked again, and a person must sign in. */
  refused?: true | undefined
}

export interface OAuthClient {
  clientId: string
  /** Absent for public clients. */
  clientSecret?: Secret | undefined
  /** Where the provider sends the browser back to; absent where it is our own callback. */
  redirectUri?: string | undefined
  /** Auth fields of whoever signs in with it, such as `tenant`. */
  fields: Readonly<Record<string, string>>
}

/** What is secret of a webhook. */
export interface WebhookSecrets {
  /** Its path or query may be as good as a password. */
  url: string
  secret: Secret
  /** Those before it, which sign too until then (ISO 8601). */
  previous: readonly { secret: Secret; until: string }[]
  /** Sent with each message. */
  headers: Readonly<Record<string, Secret>>
}

export interface PutOptions {
  /** Only if the stored credential has this generation (compare and set); never creates one. */
  replaces?: number | undefined
}

export interface Vault {
  /** @throws Failure `vault_locked`, or `data_folder` when the file cannot be opened; `undefined` when there is none */
  get(connectionId: string): Promise<Credential | undefined>
  /**
   * Sealed, written beside, fsynced and renamed over; resolves when it would survive a power cut. Without `replaces`
   * the generation must be above the stored one; a stored file that does not open is then set aside, and kept.
   * @throws Failure `conflict` when the stored generation is another one: nothing is written then; `vault_locked`;
   *   `data_folder` when the disk refuses
   */
  put(connectionId: string, credential: Credential, options?: PutOptions): Promise<void>
  /** Also what was set aside. Nothing happens where there is none. @throws Failure `vault_locked`, `data_folder` */
  delete(connectionId: string): Promise<void>
  /** An OAuth client that was given by hand: that of a white label, or of a connection that nobody has signed in to yet. */
  client(id: string): Promise<OAuthClient | undefined>
  /** Sealed and written like a credential, in place of what was there. */
  putClient(id: string, client: OAuthClient): Promise<void>
  deleteClient(id: string): Promise<void>
  webhook(id: string): Promise<WebhookSecrets | undefined>
  putWebhook(id: string, webhook: WebhookSecrets): Promise<void>
  deleteWebhook(id: string): Promise<void>
  /** Connection ids that have a credential. */
  list(): Promise<string[]>
  /** Whether the keys are not at hand, or about to be wiped; credentials are untouched either way. May change. */
  readonly locked: boolean
  /** Why, and what to do, while it is locked. */
  readonly lockedBecause: string | undefined
  /** Opens every file; where that takes more than a second, what it showed is told again for a while (at most a tenth of the time is spent on it). */
  status(): Promise<VaultStatus>
  /**
   * Seals every credential with another key, while the vault is in use; resolves when it is done. A rotation that was
   * cut short goes on at the next start, or when called without a key. A file that does not open is kept, and with it
   * the old key.
   * @param to where absent: the rotation under way or cut short, else a new generated key
   * @throws Failure `invalid` for no key where none can be made, a malformed one, or the one that seals already;
   *   `conflict` with a key while another rotation is under way; `vault_locked`; `data_folder`; `interrupted` when the
   *   vault was locked or closed meanwhile
   */
  rotate(to?: NewKey): Promise<void>
  /** Does the work while no rotation begins; `rotate` waits for its end. One that is under way goes on. */
  withoutRotations<T>(work: () => Promise<T>): Promise<T>
  /**
   * Overwrites the keys in memory; `get`, `put` and `delete` throw `vault_locked` from then on. What is being written is
   * waited for, for eight seconds.
   * @param drain done first, while credentials can still be stored and `locked` is already true; the vault stays open
   *   when it throws
   * @throws Failure `conflict` when the disk takes longer: the vault is as open as before then
   */
  lock(drain?: () => Promise<void>): Promise<void>
  /**
   * Takes the key in hand again. Does nothing, but checks the key, where the vault is open.
   * @param given where absent: the key file is read again
   * @throws Failure `invalid`: a wrong key (problem `vault-key-wrong`), or none where none can be read
   */
  unlock(given?: GivenKey): Promise<void>
  /** Waits for what is being written, then overwrites the keys in memory; everything throws `closing` from here on. */
  close(): Promise<void>
}

export interface VaultStatus {
  locked: boolean
  /** Why, and what to do. */
  lockedBecause: string | undefined
  /** The key that seals, as far as the keyring can be read. */
  key: { id: string; source: SourceType; createdAt: string | undefined } | undefined
  /** Keys that are kept because something may still be sealed with them. */
  oldKeys: { id: string; source: SourceType; createdAt: string | undefined }[]
  /** `unfinished`: cut short, or old keys are kept for what does not open. */
  rotation: 'none' | 'running' | 'unfinished'
  credentials: number
  /** How many of them are sealed with an old key. */
  sealedWithOldKey: number
  /** Those that do not open, and why; while the vault is locked, those that no key could open. */
  unreadable: { connectionId: string; reason: string }[]
}

export function lockedVault(reason = 'no credential can be used until its key is given'): Failure {
  return new Failure('vault_locked', `the vault is locked: ${reason}`)
}
