/** The vault: opens the keyring, and keeps one sealed file for each connection in `<dataDir>/vault/`. */
import { join } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { Failure } from '../errors.ts'
import type { Log } from '../log.ts'
import { endsWithin } from '../waiting.ts'
import { removeLeftovers } from './adapter.ts'
import { createCredentials } from './credentials.ts'
import { diskFiles, type Files, systemCode } from './files.ts'
import { idOf, isCredential, isSetAside, listIds, onDisk, usedKeyIds } from './folder.ts'
import { chooseSource, type GivenKey } from './key-source.ts'
import { entryOf, type Keyring } from './keyring.ts'
import { keyringFile } from './keyring-file.ts'
import { type Locked, openKeyring } from './open-keyring.ts'
import { createRotation, type Rotation } from './rotation.ts'
import { createStatusReader } from './status.ts'
import { lockedVault, type Vault } from './vault.ts'

export type { GivenKey, NewKey, SourceType } from './key-source.ts'
export type { Credential, Intent, OAuthClient, PutOptions, Vault, VaultStatus } from './vault.ts'

export interface VaultOptions {
  /** Holds `vault/`, `keyring.json` and `master.key`; made with mode 0700 where it is missing. */
  dataDir: string
  /** `INLET_MASTER_KEY`, `INLET_MASTER_KEY_FILE`, `INLET_PASSPHRASE`, in this order; else a key file is made. */
  environment: Readonly<Record<string, string | undefined>>
  log: Log
  files?: Files | undefined
  clock?: Clock | undefined
  /** To look and write nothing: no folder, no key, and a rotation that was cut short stays as it is. */
  readOnly?: boolean | undefined
}

/**
 * Opens the vault, or finds it locked: a wrong or missing key changes no file, and every `get`, `put` and `delete` then
 * throws `vault_locked` with the reason. What writers that were killed left behind is removed, and a rotation that was
 * cut short goes on in the background.
 *
 * A credential is either the old or the new one, whenever the process is killed or the power fails. A file that was
 * edited, damaged, or copied from another connection is refused and kept, and concerns its own connection alone.
 * @throws Failure `data_folder` when the folder cannot be read or written
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { dataDir, environment, log, readOnly = false } = options
  const { clock = systemClock } = options
  const files = readOnly ? withoutFolder(options.files ?? diskFiles) : (options.files ?? diskFiles)
  const folder = join(dataDir, 'vault')
  if (!readOnly) await onDisk(() => files.makeFolder(folder))
  const ringOptions = { dataDir, files, log, clock, usedKeyIds: () => usedKeyIds(files, folder) }
  const first = await openKeyring({ ...ringOptions, environment, purpose: readOnly ? 'look' : 'start' })
  if ('lockedBecause' in first && !readOnly) {
    log.error({ reason: first.lockedBecause }, 'the vault is locked: no credential can be used until its key is given')
  }
  const { type } = chooseSource(environment, '')
  // Not the environment itself: a key in it must not outlive a `lock` by our doing.
  const keyFile = type === 'file' ? environment.INLET_MASTER_KEY_FILE : undefined
  return createVault(first, { ...ringOptions, folder, readOnly, keyFile, isOwn: type === 'generated' })
}

/** A folder that is not there holds nothing. */
function withoutFolder(files: Files): Files {
  const list = (path: string) =>
    files.list(path).catch(error => {
      if (systemCode(error) === 'ENOENT') return []
      throw error
    })
  return { ...files, list }
}

interface Parts {
  dataDir: string
  folder: string
  files: Files
  clock: Clock
  log: Log
  usedKeyIds(): Promise<ReadonlySet<string>>
  readOnly: boolean
  /** Where the key is read again, if it is in a file of the operator's. */
  keyFile: string | undefined
  /** Whether no key was given at the start, so that it is the one in the data folder. */
  isOwn: boolean
}

interface Open {
  ring: Keyring
  rotation: Rotation
}

async function createVault(first: Keyring | Locked, parts: Parts): Promise<Vault> {
  const { dataDir, folder, files, clock, log, readOnly } = parts
  const credentials = createCredentials({ files, folder, log, ring: () => opened().ring })
  const reader = createStatusReader({ files, folder, stored: keyringFile(files, dataDir), clock })
  let open: Open | undefined
  let lockedBecause: string | undefined
  let isDraining = false
  let closed = false
  /** Work that rotations wait for. */
  const held = new Set<Promise<unknown>>()
  /** Locking and unlocking, one after the other. */
  let turn: Promise<unknown> = Promise.resolve()
  if ('lockedBecause' in first) lockedBecause = first.lockedBecause
  else await take(first)

  return {
    get locked() {
      return reason() !== undefined
    },
    get lockedBecause() {
      return reason()
    },
    list: async () => (await listIds(files, folder)).filter(isCredential),
    async get(connectionId) {
      guard()
      const credential = await credentials.get(connectionId)
      guard()
      return credential
    },
    async put(connectionId, credential, options = {}) {
      guard()
      await credentials.put(connectionId, credential, options)
    },
    async delete(connectionId) {
      guard()
      await credentials.delete(connectionId)
    },
    async client(id) {
      guard()
      const client = await credentials.client(id)
      guard()
      return client
    },
    async putClient(id, client) {
      guard()
      await credentials.putClient(id, client)
    },
    async deleteClient(id) {
      guard()
      await credentials.deleteClient(id)
    },
    async webhook(id) {
      guard()
      const webhook = await credentials.webhook(id)
      guard()
      return webhook
    },
    async putWebhook(id, webhook) {
      guard()
      await credentials.putWebhook(id, webhook)
    },
    async deleteWebhook(id) {
      guard()
      await credentials.deleteWebhook(id)
    },
    async status() {
      if (closed) throw isClosed()
      const isRunning = open?.rotation.isRunning ?? false
      const inspect = lockedBecause === undefined ? credentials.inspect : undefined
      const found = await reader.read({ isRunning, inspect })
      return { ...found, locked: reason() !== undefined, lockedBecause: reason() }
    },
    async rotate(to) {
      while (held.size > 0) await Promise.allSettled(held)
      guard()
      if (isDraining) throw lockedVault(beingLocked)
      await opened()
        .rotation.run(to)
        .finally(() => reader.forget())
    },
    async withoutRotations(work) {
      const done = work()
      held.add(done)
      try {
        return await done
      } finally {
        held.delete(done)
      }
    },
    lock: drain => inTurn(() => lock(drain)).finally(() => reader.forget()),
    unlock: given => inTurn(() => unlock(given)).finally(() => reader.forget()),
    async close() {
      closed = true
      await release()
    },
  }

  function reason(): string | undefined {
    return isDraining ? beingLocked : lockedBecause
  }

  function guard(): void {
    if (closed) throw isClosed()
    if (lockedBecause !== undefined) throw lockedVault(lockedBecause)
  }

  /** For what was begun before the vault was locked or closed: that waits for it. */
  function opened(): Open {
    if (open) return open
    throw closed ? isClosed() : lockedVault(lockedBecause)
  }

  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work, work)
    turn = done.catch(() => {})
    return done
  }

  async function take(ring: Keyring): Promise<void> {
    if (!readOnly) {
      await onDisk(async () => {
        await removeLeftovers(files, dataDir, name => /^(keyring\.json|master\.key(\.next)?)$/.test(name))
        await removeLeftovers(files, folder, name => idOf(name) !== undefined || isSetAside(name))
      })
    }
    if (closed) {
      ring.wipe()
      throw isClosed()
    }
    open = { ring, rotation: createRotation({ ring, credentials, files, folder, log }) }
    lockedBecause = undefined
    if (!readOnly) open.rotation.resume()
  }

  /** Lets what was begun come to its end, and overwrites the keys. */
  async function release(): Promise<void> {
    const before = open
    await quiet()
    if (open === before) open = undefined
    before?.ring.wipe()
  }

  async function quiet(): Promise<void> {
    await open?.rotation.stop()
    await credentials.idle()
  }

  async function lock(drain: (() => Promise<void>) | undefined): Promise<void> {
    if (closed) throw isClosed()
    if (!open) return
    const { rotation } = open
    isDraining = true
    try {
      await drain?.()
      lockedBecause = lockedByHand
    } finally {
      isDraining = false
    }
    if (!(await endsWithin(clock, quietLimitMs, quiet))) {
      lockedBecause = undefined
      rotation.resume()
      throw new Failure('conflict', 'the disk has not taken yet what is being written: nothing was locked, try again')
    }
    await release()
    log.warn({}, 'the vault was locked')
  }

  async function unlock(given: GivenKey | undefined): Promise<void> {
    if (closed) throw isClosed()
    if (open && !given) return
    const isOwn = await isKeptHere()
    if (!given && !isOwn && !parts.keyFile) {
      throw new Failure(
        'invalid',
        'give the key or the passphrase: it is kept nowhere that it could be read from again',
      )
    }
    const environment = isOwn ? {} : { INLET_MASTER_KEY_FILE: parts.keyFile }
    const ring = await openKeyring({ ...parts, environment, given, purpose: open ? 'look' : 'unlock' })
    if ('lockedBecause' in ring) throw wrongKey(ring.lockedBecause)
    if (open) {
      const isRight = ring.activeId === open.ring.activeId
      ring.wipe()
      if (!isRight) throw wrongKey('what was given is not the key that seals')
      return
    }
    await take(ring)
    log.info({ keyId: ring.activeId }, 'the vault was unlocked')
  }

  /** Whether the key is the one in the data folder. */
  async function isKeptHere(): Promise<boolean> {
    const file = await keyringFile(files, dataDir)
      .read()
      .catch(() => null)
    const entry = file ? entryOf(file) : undefined
    return entry ? entry.source === 'generated' : parts.isOwn
  }
}

/** How long locking waits for the disk; a write that hangs may be the only copy of a token. */
const quietLimitMs = 8_000

const beingLocked = 'it is being locked'
const lockedByHand = 'it was locked by hand: unlock it with its key (inlet vault unlock)'

function wrongKey(reason: string): Failure {
  return new Failure('invalid', `${reason}; nothing was changed`, { problem: 'vault-key-wrong' })
}

function isClosed(): Failure {
  return new Failure('closing', 'the vault is closed')
}
