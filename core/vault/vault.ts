/**
 * Credentials at rest: one sealed file a connection. What it promises is in `openVault()` of `./index.ts`; this is what
 * the rest of core sees.
 */
import { Failure } from '../errors.ts'
import type { Secret } from '../secret.ts'

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
  /** Connection ids that have a file. */
  list(): Promise<string[]>
  /** Whether the key is missing or does not open this vault; credentials are untouched either way. */
  readonly locked: boolean
  /** Waits for what is being written, then overwrites the keys in memory; everything throws `closing` from here on. */
  close(): Promise<void>
}

export function lockedVault(): Failure {
  return new Failure('vault_locked', 'the vault is locked: no credential can be used until its key is given')
}
