import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Failure, toFailure } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { diskFiles, type Files } from '../../../core/vault/files.ts'
import type { GivenKey, Vault } from '../../../core/vault/index.ts'
import { bare, credential, masterKey, open, settled, snapshot, temporaryFolder } from '../../support/vault-folder.ts'

const id = randomUUID()
const rightKey: GivenKey = { key: new Secret(masterKey) }
const wrongKey: GivenKey = { key: new Secret(randomBytes(32).toString('base64')) }

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await work.then(() => undefined, toFailure)
  if (!failure) throw new Error('it did not fail')
  return failure
}

async function expectLocked(vault: Vault): Promise<void> {
  expect(vault.locked).toBe(true)
  const calls = [() => vault.get(id), () => vault.put(id, credential(9)), () => vault.delete(id), () => vault.rotate()]
  for (const call of calls) {
    expect(await failureOf(call())).toMatchObject({
      code: 'vault_locked',
      message: `the vault is locked: ${vault.lockedBecause}`,
    })
  }
  expect(calls).toHaveLength(4)
  expect(await vault.list()).toEqual([id])
}

async function expectOpen(vault: Vault): Promise<void> {
  expect([vault.locked, vault.lockedBecause]).toEqual([false, undefined])
  expect(bare(await vault.get(id))).toEqual(bare(credential(1)))
}

const sources: { source: string; environment: Record<string, string>; right: GivenKey | undefined }[] = [
  { source: 'a generated key', environment: {}, right: undefined },
  { source: 'INLET_MASTER_KEY', environment: { INLET_MASTER_KEY: masterKey }, right: rightKey },
  {
    source: 'INLET_PASSPHRASE',
    environment: { INLET_PASSPHRASE: 'words' },
    right: { passphrase: new Secret('words') },
  },
]

describe.each(sources)('a vault with $source', ({ environment, right }) => {
  it('is locked and unlocked while it runs; a wrong key changes nothing and says so', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment })
    await vault.put(id, credential(1))
    await vault.lock()
    await vault.lock()
    await expectLocked(vault)
    expect(vault.lockedBecause).toMatch(/inlet vault unlock/)
    const before = await snapshot(dataDir)
    for (const wrong of [wrongKey, { key: new Secret('short') }, { passphrase: new Secret('no') }]) {
      const failure = await failureOf(vault.unlock(wrong))
      expect(failure).toMatchObject({ code: 'invalid', problem: 'vault-key-wrong' })
      expect(failure.message).toMatch(/nothing was changed$/)
      await expectLocked(vault)
    }
    expect(await snapshot(dataDir)).toEqual(before)
    await vault.unlock(right)
    await expectOpen(vault)
    await vault.put(id, credential(2))
    await vault.lock()
    await vault.close()
    expect((await (await open(dataDir, { environment })).get(id))?.generation).toBe(2)
  })

  it('that was started without it is unlocked the same way', async () => {
    const dataDir = await temporaryFolder()
    const first = await open(dataDir, { environment })
    await first.put(id, credential(1))
    await first.close()
    const key = await readFile(join(dataDir, 'master.key')).catch(() => undefined)
    if (key) await rm(join(dataDir, 'master.key'))
    const vault = await open(dataDir, {
      environment: key ? {} : { INLET_MASTER_KEY: randomBytes(32).toString('base64') },
    })
    await expectLocked(vault)
    expect((await failureOf(vault.unlock())).code).toBe('invalid')
    if (key) await writeFile(join(dataDir, 'master.key'), key, { mode: 0o600 })
    await vault.unlock(right)
    await expectOpen(vault)
  })
})

describe('unlocking', () => {
  it('reads INLET_MASTER_KEY_FILE again, and keeps no key from the environment for that', async () => {
    const dataDir = await temporaryFolder()
    const path = join(await temporaryFolder(), 'key')
    await writeFile(path, masterKey, { mode: 0o600 })
    const vault = await open(dataDir, { environment: { INLET_MASTER_KEY_FILE: path } })
    await vault.put(id, credential(1))
    await vault.lock()
    await vault.unlock()
    await expectOpen(vault)
    await vault.lock()
    await rm(path)
    expect((await failureOf(vault.unlock())).message).toMatch(/INLET_MASTER_KEY_FILE cannot be read \(ENOENT\)/)
    await vault.close()

    const other = await open(dataDir, { environment: { INLET_MASTER_KEY: masterKey } })
    await other.lock()
    expect((await failureOf(other.unlock())).message).toMatch(/^give the key/)
  })

  it('checks the key where the vault is open already', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir)
    await vault.unlock(rightKey)
    const failure = await failureOf(vault.unlock(wrongKey))
    expect(failure.problem).toBe('vault-key-wrong')
    await vault.put(id, credential(1))
    expect((await failureOf(vault.unlock(wrongKey))).problem).toBe('vault-key-wrong')
    await expectOpen(vault)
  })

  it('of an empty vault takes the right key alone', async () => {
    const vault = await open(await temporaryFolder())
    await vault.lock()
    expect((await failureOf(vault.unlock(wrongKey))).problem).toBe('vault-key-wrong')
    expect(vault.locked).toBe(true)
    await vault.unlock(rightKey)
    expect(vault.locked).toBe(false)
  })

  it('goes on with a rotation that the lock has cut short', async () => {
    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    const ids = Array.from({ length: 20 }, () => randomUUID())
    for (const each of ids) await vault.put(each, credential(1))
    const words: GivenKey = { passphrase: new Secret('new words') }
    const rotating = failureOf(vault.rotate(words))
    while (!(await readFile(join(dataDir, 'keyring.json'), 'utf8')).includes('wrapped')) await settleOnce()
    await vault.lock()
    expect((await rotating).code).toBe('interrupted')
    expect(await vault.status()).toMatchObject({ locked: true, rotation: 'unfinished', key: { source: 'passphrase' } })
    // The old one, which is still in its file, opens a part at most.
    expect((await failureOf(vault.unlock())).message).toMatch(/^give the key/)
    await vault.unlock(words)
    for (const each of ids) expect((await vault.get(each))?.generation).toBe(1)
    await settled(vault)
    expect(await vault.status()).toMatchObject({
      locked: false,
      rotation: 'none',
      sealedWithOldKey: 0,
      credentials: 20,
    })
    for (const each of ids) expect((await vault.get(each))?.generation).toBe(1)
  })
})

describe('locking', () => {
  it('waits for what is being written', async () => {
    const dataDir = await temporaryFolder()
    const stuck = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let isStuck = false
    const files: Files = {
      ...diskFiles,
      async rename(from, to) {
        if (isStuck) {
          stuck.resolve()
          await release.promise
        }
        await diskFiles.rename(from, to)
      },
    }
    const vault = await open(dataDir, { files })
    await vault.put(id, credential(1))
    isStuck = true
    const writing = vault.put(id, credential(2))
    const queued = vault.put(id, credential(3))
    await stuck.promise
    const locking = vault.lock()
    await settleOnce()
    await expectLocked(vault)
    release.resolve()
    await Promise.all([writing, queued, locking])
    await vault.unlock(rightKey)
    expect((await vault.get(id))?.generation).toBe(3)
  })

  it('lets what is done first store credentials, and stays open when that fails', async () => {
    const vault = await open(await temporaryFolder())
    await vault.put(id, credential(1))
    const refused = vault.lock(async () => {
      expect(vault.locked).toBe(true)
      await vault.put(id, credential(2))
      throw new Error('not now')
    })
    await expect(refused).rejects.toThrow('not now')
    expect(vault.locked).toBe(false)
    expect((await vault.get(id))?.generation).toBe(2)
  })

  it('refuses a reader whose file arrives too late', async () => {
    const dataDir = await temporaryFolder()
    const asked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const files: Files = {
      ...diskFiles,
      async read(path) {
        const content = await diskFiles.read(path)
        if (!path.includes(id)) return content
        asked.resolve()
        await release.promise
        return content
      },
    }
    await (await open(dataDir)).put(id, credential(1))
    const vault = await open(dataDir, { files })
    const reading = failureOf(vault.get(id))
    await asked.promise
    await vault.lock()
    release.resolve()
    expect((await reading).code).toBe('vault_locked')
  })
})

describe('looking at a folder', () => {
  it('writes nothing, and tells of what there is', async () => {
    const empty = await temporaryFolder()
    const nothing = await open(empty, { environment: {}, readOnly: true }).catch(toFailure)
    expect((await snapshot(empty)).size).toBe(0)
    expect(nothing).toMatchObject({ locked: true })

    const dataDir = await temporaryFolder()
    const vault = await open(dataDir, { environment: {} })
    await vault.put(id, credential(1))
    await vault.close()
    const before = await snapshot(dataDir)
    const looking = await open(dataDir, { environment: {}, readOnly: true })
    expect(await looking.status()).toMatchObject({ locked: false, credentials: 1, rotation: 'none' })
    await looking.close()
    const without = await open(dataDir, { environment: { INLET_PASSPHRASE: 'words' }, readOnly: true })
    expect(await without.status()).toMatchObject({ locked: true, credentials: 1, key: { source: 'generated' } })
    await without.close()
    expect(await snapshot(dataDir)).toEqual(before)
  })
})

async function settleOnce(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}
