/** Seals every credential anew while the vault is in use. What a rotation is as a whole is in `keyring.ts`. */
import { Failure, isFailure } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Credentials } from './credentials.ts'
import type { Files } from './files.ts'
import { isSetAside, listIds, usedKeyIds } from './folder.ts'
import { type NewKey, sourceNames } from './key-source.ts'
import type { Keyring } from './keyring.ts'

export interface Rotation {
  readonly isRunning: boolean
  /** As `Vault.rotate`. */
  run(to: NewKey | undefined): Promise<void>
  /** Goes on with one that was cut short, in the background; one that was told to stop and has not yet need not. */
  resume(): void
  /** Resolves when nothing is being sealed; what is left is for the next `resume` or `run`. */
  stop(): Promise<void>
}

export interface RotationOptions {
  ring: Keyring
  credentials: Credentials
  files: Files
  folder: string
  log: Log
}

export function createRotation({ ring, credentials, files, folder, log }: RotationOptions): Rotation {
  let running: Promise<void> | undefined
  let stopping = false

  return {
    get isRunning() {
      return running !== undefined
    },
    run(to) {
      if (running && to === undefined) return running
      if (running) throw new Failure('conflict', 'a rotation is under way: wait for its end before the next one')
      return begin(() => rotate(to))
    },
    resume() {
      stopping = false
      if (running || ring.oldIds.length === 0) return
      begin(settle).catch(() => {})
    },
    async stop() {
      stopping = true
      await running?.catch(() => {})
    },
  }

  function begin(work: () => Promise<unknown>): Promise<void> {
    const done = work()
      .then(
        () => {},
        error => {
          if (!isFailure(error, 'invalid')) log.warn({ err: error }, 'a rotation of the key is not at its end yet')
          throw error
        },
      )
      .finally(() => {
        running = undefined
      })
    running = done
    return done
  }

  async function rotate(to: NewKey | undefined): Promise<void> {
    if (to === undefined && ring.oldIds.length > 0) {
      const moved = await settle()
      if (moved > 0 || ring.oldIds.length === 0) return
    }
    if (to === undefined && ring.source !== 'generated') {
      throw new Failure(
        'invalid',
        `the key comes from ${sourceNames[ring.source]}: give the new one, or ask to have it made`,
      )
    }
    await ring.turnTo(to ?? { generate: true })
    await settle()
  }

  /** @returns how many were sealed anew */
  async function settle(): Promise<number> {
    // What is being written may still be sealed with the old key, and not in the folder yet.
    await credentials.idle()
    let total = 0
    for (;;) {
      const { moved, unreadable } = await pass()
      total += moved
      if (moved > 0) continue
      // In this pass every file was found to open with the active key, or not to open at all.
      const needed = unreadable.length > 0 || (await setAsideNeedsOld())
      const outcome = { keyId: ring.activeId, credentials: total, unreadable }
      if (needed) log.warn(outcome, 'old keys are kept, because there are files that do not open with the new one')
      else await ring.dropOld()
      log.info(outcome, 'the rotation of the key is at its end')
      return total
    }
  }

  async function pass(): Promise<{ moved: number; unreadable: string[] }> {
    let moved = 0
    const unreadable: string[] = []
    for (const id of await listIds(files, folder)) {
      if (stopping)
        throw new Failure('interrupted', 'the rotation was stopped, and goes on when the vault is open again')
      const { state } = await credentials.reseal(id)
      if (state === 'old') moved++
      if (state === 'unreadable') unreadable.push(id)
    }
    return { moved, unreadable }
  }

  async function setAsideNeedsOld(): Promise<boolean> {
    const used = await usedKeyIds(files, folder, isSetAside)
    return [...used].some(id => id !== ring.activeId)
  }
}
