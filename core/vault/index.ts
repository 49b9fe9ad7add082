/** The vault: opens the keyring, and keeps one sealed file for each connection in `<dataDir>/vault/`. */
import { basename, join } from 'node:path'
import { type Adapter, Low } from 'lowdb'
import { Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import { durableFile, readIfThere, removeDurably, removeLeftovers, writeDurably } from './adapter.ts'
import { decodeCredential, encodeCredential } from './credential-codec.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, seal, unseal } from './envelope.ts'
import { diskFiles, type Files } from './files.ts'
import { wipe } from './key-source.ts'
import { type Keyring, openKeyring } from './keyring.ts'
import type { Credential, PutOptions, Vault } from './vault.ts'

export type { Credential, Intent, PutOptions, Vault } from './vault.ts'

export interface VaultOptions {
  /** Holds `vault/`, `keyring.json` and `master.key`; made with mode 0700 where it is missing. */
  dataDir: string
  /** `INLET_MASTER_KEY`, `INLET_MASTER_KEY_FILE`, `INLET_PASSPHRASE`, in this order; else a key file is made. */
  environment: Readonly<Record<string, string | undefined>>
  log: Log
  files?: Files | undefined
}

/**
 * Opens the vault, or finds it locked: a wrong or missing key changes no file, and every `get`, `put` and `delete` then
 * throws `vault_locked` with the reason. What writers that were killed left behind is removed.
 *
 * A credential is either the old or the new one, whenever the process is killed or the power fails. A file that was
 * edited, damaged, or copied from another connection is refused and kept, and concerns its own connection alone.
 * @throws Failure `data_folder` when the folder cannot be read or written
 */
export async function openVault({ dataDir, environment, log, files = diskFiles }: VaultOptions): Promise<Vault> {
  const folder = join(dataDir, 'vault')
  await onDisk(() => files.makeFolder(folder))
  const ring = await openKeyring({ dataDir, environment, files, log, usedKeyIds: () => usedKeyIds(files, folder) })
  if ('lockedBecause' in ring) {
    log.error({ reason: ring.lockedBecause }, 'the vault is locked: no credential can be used until its key is given')
    return lockedVault(files, folder, ring.lockedBecause)
  }
  await onDisk(async () => {
    await removeLeftovers(files, dataDir, name => name === 'keyring.json' || name === 'master.key')
    await removeLeftovers(files, folder, name => idOf(name) !== undefined || isSetAside(name))
  })
  return unlockedVault(files, folder, ring, log)
}

function unlockedVault(files: Files, folder: string, ring: Keyring, log: Log): Vault {
  const writers = new Map<string, Promise<unknown>>()
  let closed = false

  return {
    locked: false,
    list: () => listIds(files, folder),
    async get(connectionId) {
      guard()
      const path = pathOf(folder, connectionId)
      const envelope = await load(path)
      guard()
      return envelope && open(envelope, connectionId)
    },
    async put(connectionId, credential, options = {}) {
      guard()
      const path = pathOf(folder, connectionId)
      await inTurn(connectionId, async () => {
        await compare(connectionId, path, credential, options)
        const key = ring.keys.get(ring.activeId)
        if (!key) throw new Failure('internal', 'the keyring has lost its active key')
        const { generation } = credential
        const sealing = { connectionId, generation, keyId: ring.activeId, key }
        const file = new Low<Envelope>(envelopeFile(path), seal(encodeCredential(credential), sealing))
        await file.write()
      })
    },
    async delete(connectionId) {
      guard()
      const path = pathOf(folder, connectionId)
      await inTurn(connectionId, async () => {
        await removeDurably(files, path)
        for (let number = 1; await removeDurably(files, setAsidePath(path, number)); number++);
      })
    },
    async close() {
      closed = true
      await Promise.allSettled(writers.values())
      ring.wipe()
    },
  }

  function guard(): void {
    if (closed) throw new Failure('closing', 'the vault is closed')
  }

  /** Writers of one connection one after the other; each sees what the one before it did. */
  async function inTurn(connectionId: string, work: () => Promise<void>): Promise<void> {
    const turn = (writers.get(connectionId) ?? Promise.resolve()).then(work, work)
    writers.set(connectionId, turn)
    try {
      await turn
    } finally {
      if (writers.get(connectionId) === turn) writers.delete(connectionId)
    }
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
        throw damaged(basename(path, '.json'), 'is not what this program wrote: it was edited or damaged')
      },
    })
  }

  function open(envelope: Envelope, connectionId: string): Credential {
    const key = ring.keys.get(envelope.keyId)
    if (!key) throw damaged(connectionId, 'is sealed with a key that is not in the keyring')
    const plaintext = unseal(envelope, connectionId, key)
    const credential = plaintext && decodeCredential(plaintext)
    if (plaintext) wipe(plaintext)
    if (credential && credential.generation === envelope.generation) return credential
    throw damaged(connectionId, 'does not open: it was edited, damaged, or copied from another connection')
  }

  /** Decides whether a credential may be written over what is there. */
  async function compare(id: string, path: string, next: Credential, { replaces }: PutOptions): Promise<void> {
    const content = await readIfThere(files, path)
    let stored: Credential | undefined
    try {
      const envelope = await load(path)
      stored = envelope ? open(envelope, id) : undefined
    } catch (error) {
      if (replaces !== undefined || !content) throw error
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

/** Stands for no file: lowdb wants data to begin with. */
const absent: Envelope = { keyId: '', generation: 0, nonce: new Uint8Array(), ciphertext: new Uint8Array() }

function lockedVault(files: Files, folder: string, reason: string): Vault {
  const refuse = async () => {
    throw new Failure('vault_locked', `the vault is locked: ${reason}`)
  }
  return {
    locked: true,
    list: () => listIds(files, folder),
    get: refuse,
    put: refuse,
    delete: refuse,
    async close() {},
  }
}

function damaged(connectionId: string, what: string): Failure {
  return new Failure(
    'data_folder',
    `vault/${connectionId}.json ${what}. It is kept as it is: put it back from a backup, or give new auth_fields for this connection`,
    { connectionId },
  )
}

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const idPattern = new RegExp(`^${uuid}$`)
const filePattern = new RegExp(`^(${uuid})\\.json$`)
const setAsidePattern = new RegExp(`^${uuid}\\.json\\.damaged-\\d+$`)

/** Only a UUID names a file, so that no id leads out of the folder. */
function pathOf(folder: string, connectionId: string): string {
  if (!idPattern.test(connectionId)) throw new Failure('invalid', 'a connection id is a UUID in lower case')
  return join(folder, `${connectionId}.json`)
}

function setAsidePath(path: string, number: number): string {
  return `${path}.damaged-${number}`
}

function idOf(fileName: string): string | undefined {
  return filePattern.exec(fileName)?.[1]
}

function isSetAside(fileName: string): boolean {
  return setAsidePattern.test(fileName)
}

async function listIds(files: Files, folder: string): Promise<string[]> {
  const names = await onDisk(() => files.list(folder))
  return names.flatMap(name => idOf(name) ?? [])
}

/** A file that cannot be read counts as sealed with a key of no name: it may be one that only the right key opens. */
async function usedKeyIds(files: Files, folder: string): Promise<Set<string>> {
  const names = await onDisk(() => files.list(folder))
  const ids = new Set<string>()
  for (const name of names) {
    if (idOf(name) === undefined && !isSetAside(name)) continue
    const content = await readIfThere(files, join(folder, name))
    if (content) ids.add(decodeEnvelope(content)?.keyId ?? '')
  }
  return ids
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failure('data_folder', `the vault's folder cannot be opened (${code})`, { cause: error })
  }
}
