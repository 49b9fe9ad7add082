/** The sealed files: one for each connection, and one writer at a time for each of them. */
import { basename } from 'node:path'
import { type Adapter, Low } from 'lowdb'
import { Failure, isFailure, toFailure } from '../errors.ts'
import type { Log } from '../log.ts'
import { durableFile, readIfThere, removeDurably, writeDurably } from './adapter.ts'
import { decodeClient, encodeClient } from './client-codec.ts'
import { decodeCredential, encodeCredential } from './credential-codec.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, seal, unseal } from './envelope.ts'
import type { Files } from './files.ts'
import { clientIdOf, idOf, isWebhook, pathOf, setAsidePath, webhookIdOf } from './folder.ts'
import { wipe } from './key-source.ts'
import type { Keyring } from './keyring.ts'
import type { Credential, OAuthClient, PutOptions, WebhookSecrets } from './vault.ts'
import { decodeWebhook, encodeWebhook } from './webhook-codec.ts'

export interface Credentials {
  get(connectionId: string): Promise<Credential | undefined>
  put(connectionId: string, credential: Credential, options: PutOptions): Promise<void>
  delete(connectionId: string): Promise<void>
  client(id: string): Promise<OAuthClient | undefined>
  putClient(id: string, client: OAuthClient): Promise<void>
  deleteClient(id: string): Promise<void>
  webhook(id: string): Promise<WebhookSecrets | undefined>
  putWebhook(id: string, webhook: WebhookSecrets): Promise<void>
  deleteWebhook(id: string): Promise<void>
  /** What is sealed with another key than the active one is sealed anew. Only a disk that refuses to write throws. */
  reseal(connectionId: string): Promise<SealState>
  /** How a credential is sealed now. */
  inspect(connectionId: string): Promise<SealState>
  /** Resolves when every write that was under way has ended, whichever way. */
  idle(): Promise<void>
}

export type SealState =
  | { state: 'gone' }
  /** Opens with the active key. */
  | { state: 'current' }
  /** Opens with an old key; `reseal` answers that it did. */
  | { state: 'old' }
  | { state: 'unreadable'; failure: Failure }

export interface CredentialsOptions {
  files: Files
  folder: string
  /** The keys at hand. Throws where there are none. */
  ring(): Keyring
  log: Log
}

export function createCredentials({ files, folder, ring, log }: CredentialsOptions): Credentials {
  const writers = new Map<string, Promise<unknown>>()

  return {
    async get(connectionId) {
      const opened = await open(connectionId)
      return opened && toCredential(connectionId, opened)
    },
    async put(connectionId, credential, options) {
      const path = pathOf(folder, connectionId)
      await inTurn(connectionId, async () => {
        await compare(connectionId, path, credential, options)
        await write(connectionId, credential.generation, encodeCredential(credential))
      })
    },
    delete: remove,
    client: id => openAs(clientIdOf(id), decodeClient),
    putClient: (id, client) => inTurn(clientIdOf(id), () => write(clientIdOf(id), 1, encodeClient(client))),
    deleteClient: id => remove(clientIdOf(id)),
    webhook: id => openAs(webhookIdOf(id), decodeWebhook),
    putWebhook: (id, webhook) => inTurn(webhookIdOf(id), () => write(webhookIdOf(id), 1, encodeWebhook(webhook))),
    deleteWebhook: id => remove(webhookIdOf(id)),
    reseal: connectionId =>
      inTurn(connectionId, async () => {
        const found = await openState(connectionId)
        if (!('opened' in found)) return found
        const { envelope, plaintext } = found.opened
        if (found.state === 'old') await write(connectionId, envelope.generation, plaintext)
        else wipe(plaintext)
        return { state: found.state }
      }),
    async inspect(connectionId) {
      const found = await openState(connectionId)
      if (!('opened' in found)) return found
      wipe(found.opened.plaintext)
      return { state: found.state }
    },
    async idle() {
      await Promise.allSettled(writers.values())
    },
  }

  async function remove(id: string): Promise<void> {
    const path = pathOf(folder, id)
    await inTurn(id, async () => {
      await removeDurably(files, path)
      for (let number = 1; await removeDurably(files, setAsidePath(path, number)); number++);
    })
  }

  async function openAs<Value>(
    id: string,
    decode: (plaintext: Uint8Array) => Value | undefined,
  ): Promise<Value | undefined> {
    const opened = await open(id)
    if (!opened) return undefined
    const value = decode(opened.plaintext)
    wipe(opened.plaintext)
    if (value !== undefined) return value
    throw changed(id)
  }

  async function openState(connectionId: string): Promise<Found> {
    let opened: Opened | undefined
    try {
      opened = await open(connectionId)
    } catch (error) {
      const failure = toFailure(error)
      if (failure.code !== 'data_folder') throw error
      return { state: 'unreadable', failure }
    }
    if (!opened) return { state: 'gone' }
    return { state: opened.envelope.keyId === ring().activeId ? 'current' : 'old', opened }
  }

  /** Writers of one connection one after the other; each sees what the one before it did. */
  async function inTurn<Result>(connectionId: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (writers.get(connectionId) ?? Promise.resolve()).then(work, work)
    writers.set(connectionId, turn)
    try {
      return await turn
    } finally {
      if (writers.get(connectionId) === turn) writers.delete(connectionId)
    }
  }

  /** Overwrites the plaintext. */
  async function write(connectionId: string, generation: number, plaintext: Uint8Array): Promise<void> {
    const { activeId, keys } = ring()
    const key = keys.get(activeId)
    if (!key) throw new Failure('internal', 'the keyring has lost its active key')
    const envelope = seal(plaintext, { connectionId, generation, keyId: activeId, key })
    await new Low<Envelope>(envelopeFile(pathOf(folder, connectionId)), envelope).write()
  }

  async function load(path: string): Promise<Envelope | undefined> {
    const file = new Low<Envelope>(envelopeFile(path), absent)
    await file.read()
    return file.data === absent ? undefined : file.data
  }

  function envelopeFile(path: string): Adapter<Envelope> {
    return durableFile<Envelope>(files, path, {
      encode: encodeEnvelope,
      decode(content) {
        const envelope = decodeEnvelope(content)
        if (envelope) return envelope
        throw damaged(idOf(path) ?? '', 'is not what this program wrote: it was edited or damaged')
      },
    })
  }

  async function open(connectionId: string): Promise<Opened | undefined> {
    const path = pathOf(folder, connectionId)
    let envelope = await load(path)
    // Read before a rotation sealed it anew, and looked at after that has dropped the old key.
    if (envelope && !ring().keys.has(envelope.keyId)) envelope = await load(path)
    if (!envelope) return undefined
    const key = ring().keys.get(envelope.keyId)
    if (!key) throw damaged(connectionId, 'is sealed with a key that is not in the keyring')
    const plaintext = unseal(envelope, connectionId, key)
    if (!plaintext) throw changed(connectionId)
    return { envelope, plaintext }
  }

  /** Decides whether a credential may be written over what is there. */
  async function compare(id: string, path: string, next: Credential, { replaces }: PutOptions): Promise<void> {
    let stored: Credential | undefined
    try {
      const opened = await open(id)
      stored = opened && toCredential(id, opened)
    } catch (error) {
      const content = replaces === undefined && isDamage(error) ? await readIfThere(files, path) : undefined
      if (!content) throw error
      await setAside(path, content)
      return
    }
    const fits =
      replaces === undefined
        ? stored === undefined || next.generation > stored.generation
        : stored?.generation === replaces && next.generation >= replaces
    if (fits) return
    throw new Failure('conflict', 'the credential was changed meanwhile: read it again', { connectionId: id })
  }

  async function setAside(path: string, content: Buffer): Promise<void> {
    let number = 1
    while (await readIfThere(files, setAsidePath(path, number))) number++
    await writeDurably(files, setAsidePath(path, number), content)
    log.warn(
      { file: basename(setAsidePath(path, number)) },
      'a credential that did not open was set aside and replaced',
    )
  }
}

type Found = { state: 'current' | 'old'; opened: Opened } | Extract<SealState, { state: 'gone' | 'unreadable' }>

interface Opened {
  envelope: Envelope
  plaintext: Uint8Array
}

/** Overwrites the plaintext. */
function toCredential(connectionId: string, { envelope, plaintext }: Opened): Credential {
  const credential = decodeCredential(plaintext)
  wipe(plaintext)
  if (credential?.generation === envelope.generation) return credential
  throw changed(connectionId)
}

/** Stands for no file: lowdb wants data to begin with. */
const absent: Envelope = { keyId: '', generation: 0, nonce: new Uint8Array(), ciphertext: new Uint8Array() }

function changed(connectionId: string): Failure {
  return damaged(connectionId, 'does not open: it was edited, damaged, or copied from another connection')
}

/** Whether it is the file that is wrong, and not the disk or the keyring. */
function isDamage(error: unknown): boolean {
  return isFailure(error, 'data_folder') && error.connectionId !== undefined
}

function damaged(connectionId: string, what: string): Failure {
  const mend = isWebhook(connectionId) ? 'give the webhook anew' : 'give new auth_fields for this connection'
  const message = `vault/${connectionId}.json ${what}. It is kept as it is: put it back from a backup, or ${mend}`
  return new Failure('data_folder', message, { connectionId })
}
