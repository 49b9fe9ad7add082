import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Failure, toFailure } from '../../../core/errors.ts'
import { silentLog } from '../../../core/log.ts'
import { Secret } from '../../../core/secret.ts'
import { openVault } from '../../../core/vault/index.ts'
import { fakeClock, settle } from '../../support/fake-clock.ts'
import { memoryFiles } from '../../support/memory-files.ts'
import { credential, masterKey } from '../../support/vault-folder.ts'

const id = randomUUID()

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

async function bench(environment: Record<string, string>) {
  const [clock, disk] = [fakeClock(), memoryFiles()]
  const vault = await openVault({ dataDir: '/data', environment, files: disk, log: silentLog, clock })
  await vault.put(id, credential(1))
  const release = Promise.withResolvers<void>()
  const { rename } = disk
  const hang = () => {
    disk.rename = async (from, to) => {
      await release.promise
      return rename(from, to)
    }
  }
  return { vault, clock, hang, release: () => release.resolve() }
}

describe('locking while the disk hangs', () => {
  it('answers conflict after a while, and the vault is as open as before', async () => {
    const { vault, clock, hang, release } = await bench({ INLET_MASTER_KEY: masterKey })
    hang()
    const writing = vault.put(id, credential(2))
    await settle()
    const failure = await clock.run(failureOf(vault.lock()))
    expect([failure.code, failure.message]).toEqual(['conflict', expect.stringMatching(/disk.*try again/)])
    expect(clock.monotonic()).toBeLessThanOrEqual(10_000)
    expect([vault.locked, (await vault.get(id))?.generation]).toEqual([false, 1])
    // Who asks again is answered, too: the first attempt holds nothing up.
    expect((await clock.run(failureOf(vault.lock()))).code).toBe('conflict')
    release()
    await writing
    expect((await vault.get(id))?.generation).toBe(2)
    await vault.lock()
    expect(vault.locked).toBe(true)
    await vault.unlock({ key: new Secret(masterKey) })
    expect((await vault.get(id))?.generation).toBe(2)
  })

  it('lets a rotation that hangs with it come to its end', async () => {
    const { vault, clock, hang, release } = await bench({})
    hang()
    const rotating = vault.rotate()
    await settle()
    expect((await clock.run(failureOf(vault.lock()))).code).toBe('conflict')
    release()
    await rotating
    expect(await vault.status()).toMatchObject({ locked: false, rotation: 'none', sealedWithOldKey: 0, credentials: 1 })
  })
})
