import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { diskFiles, type Files } from '../../../core/vault/files.ts'
import type { NewKey } from '../../../core/vault/index.ts'
import { keyIdOf, parseKey } from '../../../core/vault/key-source.ts'
import { memoryFiles } from '../../support/memory-files.ts'
import { credential, masterKey, open, settled, systemError, temporaryFolder } from '../../support/vault-folder.ts'

const ids = [randomUUID(), randomUUID(), randomUUID()] as const
const newKey = randomBytes(32).toString('base64')
const given: NewKey = { key: new Secret(newKey) }
const old = { INLET_MASTER_KEY: masterKey }
const next = { INLET_MASTER_KEY: newKey }

/** Files whose one operation on a path waits until it is let go. */
function held(disk: Files, operation: 'read' | 'rename', isMeant: (path: string) => boolean) {
  const reached = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  let isHeld = false
  const wait = async (path: string) => {
    if (!isHeld || !isMeant(path)) return
    isHeld = false
    reached.resolve()
    await release.promise
  }
  const files: Files = {
    ...disk,
    async read(path) {
      const content = await disk.read(path)
      if (operation === 'read') await wait(path)
      return content
    },
    async rename(from, to) {
      if (operation === 'rename') await wait(to)
      await disk.rename(from, to)
    },
  }
  const hold = () => {
    isHeld = true
  }
  return { files, hold, reached: reached.promise, release: release.resolve }
}

describe('a rotation that begins', () => {
  it('while a first credential is being written with the old key waits for it', async () => {
    // In memory: what does not wait ends within a few turns.
    const { files, hold, reached, release } = held(memoryFiles(), 'rename', path => path.includes(ids[1]))
    const vault = await open('/data', { files, environment: {} })
    await vault.put(ids[0], credential(1))
    hold()
    const writing = vault.put(ids[1], credential(1))
    await reached
    let isDone = false
    const rotating = vault.rotate().then(() => {
      isDone = true
    })
    for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve))
    expect(isDone).toBe(false)
    release()
    await Promise.all([writing, rotating])
    expect(await vault.status()).toMatchObject({
      credentials: 2,
      sealedWithOldKey: 0,
      unreadable: [],
      rotation: 'none',
    })
  })

  it('and ends while a reader has a file in hand does not make that unreadable', async () => {
    const dataDir = await temporaryFolder()
    const { files, hold, reached, release } = held(diskFiles, 'read', path => path.includes(ids[0]))
    const vault = await open(dataDir, { files, environment: {} })
    await vault.put(ids[0], credential(1))
    hold()
    const reading = vault.get(ids[0])
    await reached
    await vault.rotate()
    expect((await vault.status()).oldKeys).toEqual([])
    release()
    expect((await reading)?.generation).toBe(1)
  })
})

describe('a rotation that was cut short', () => {
  it('before anything was sealed with the new key is undone by a start with the old one', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk, environment: old })
    for (const id of ids) await vault.put(id, credential(1))
    let renamed = 0
    disk.before = operation => {
      // The keyring alone.
      if (operation === 'rename' && ++renamed > 1) throw systemError('EIO')
    }
    await expect(vault.rotate(given)).rejects.toThrow(/EIO/)
    const rest = disk.afterPowerCut('least')
    const again = await open('/data', { files: rest, environment: old })
    expect(again.lockedBecause).toBeUndefined()
    expect(await again.status()).toMatchObject({ rotation: 'none', oldKeys: [], sealedWithOldKey: 0 })
    for (const id of ids) expect((await again.get(id))?.generation).toBe(1)
    await again.close()
    expect((await open('/data', { files: rest, environment: next })).locked).toBe(true)
  })

  it('is not undone by a start with the old key once something is sealed with the new one', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk, environment: old })
    for (const id of ids) await vault.put(id, credential(1))
    let renamed = 0
    disk.before = operation => {
      if (operation === 'rename' && ++renamed > 2) throw systemError('EIO')
    }
    await expect(vault.rotate(given)).rejects.toThrow(/EIO/)
    const rest = disk.afterPowerCut('least')
    expect((await open('/data', { files: rest, environment: old })).lockedBecause).toMatch(/half-way/)
    const again = await open('/data', { files: rest, environment: next })
    for (const id of ids) expect((await again.get(id))?.generation).toBe(1)
  })

  it('is on the disk for good before the next start relies on it', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk, environment: old })
    for (const id of ids) await vault.put(id, credential(1))
    // The new keyring is in its place, but a power cut would still take it back.
    let isRenamed = false
    disk.before = (operation, path) => {
      if (operation === 'rename' && path.includes('keyring.json')) isRenamed = true
      else if (isRenamed) throw systemError('EIO')
    }
    await expect(vault.rotate(given)).rejects.toThrow(/EIO/)
    // The process ends, and the machine does not.
    let synced = 0
    disk.before = (operation, path) => {
      if (operation === 'syncFolder' && path === '/data/vault') synced++
      else if (synced > 0) throw systemError('EIO')
    }
    const second = await open('/data', { files: disk, environment: next })
    await settled(second).catch(() => {})
    expect(synced).toBeGreaterThan(0)
    const third = await open('/data', { files: disk.afterPowerCut('least'), environment: next })
    expect(third.lockedBecause).toBeUndefined()
    for (const id of ids) expect((await third.get(id))?.generation).toBe(1)
  })

  it('between the keyring and master.key has the new key there after the next start', async () => {
    const disk = memoryFiles()
    const vault = await open('/data', { files: disk, environment: {} })
    for (const id of ids) await vault.put(id, credential(1))
    disk.before = (operation, path) => {
      if (operation === 'rename' && path === '/data/master.key.next') throw systemError('EIO')
    }
    await expect(vault.rotate()).rejects.toThrow(/master\.key/)
    disk.before = () => {}
    const active = async () => JSON.parse((await disk.read('/data/keyring.json')).toString()).active as string
    const kept = async () => keyIdOf(parseKey((await disk.read('/data/master.key')).toString()) ?? new Uint8Array(32))
    expect(await kept()).not.toBe(await active())
    const copy = disk.afterPowerCut('all')
    // A file that does not open keeps the rotation from its end.
    const broken = await copy.create('/data/vault/7b0f0d8e-0000-4000-8000-000000000001.json')
    await broken.write('damaged')
    const again = await open('/data', { files: copy, environment: {} })
    await settled(again)
    expect(keyIdOf(parseKey((await copy.read('/data/master.key')).toString()) ?? new Uint8Array(32))).toBe(
      await active(),
    )
    expect(await copy.list('/data')).not.toContain('master.key.next')

    // The first process goes on: another rotation has another key.
    const before = await active()
    await vault.rotate({ generate: true })
    expect(await active()).not.toBe(before)
    expect(await kept()).toBe(await active())
    expect(await disk.list('/data')).not.toContain('master.key.next')
  })
})

describe('new auth fields', () => {
  it('set nothing aside where it is the disk that fails, and not the file', async () => {
    const dataDir = await temporaryFolder()
    let reads = 0
    let failing = 0
    const files: Files = {
      ...diskFiles,
      async read(path) {
        if (path.includes(ids[0]) && ++reads === failing) throw systemError('EIO')
        return diskFiles.read(path)
      },
    }
    const vault = await open(dataDir, { files, environment: {} })
    await vault.put(ids[0], credential(1))
    const path = join(dataDir, 'vault', `${ids[0]}.json`)
    const whole = await readFile(path)
    // The one that opens it, and the one that would set aside what does not open.
    for (const [read, content] of [[1, whole] as const, [2, whole.subarray(0, 40)] as const]) {
      await writeFile(path, content)
      reads = 0
      failing = read
      expect((await vault.put(ids[0], credential(2)).then(() => undefined, toFailure))?.code).toBe('data_folder')
      expect(await readFile(path)).toEqual(content)
      expect(await readdir(join(dataDir, 'vault'))).toEqual([`${ids[0]}.json`])
    }
  })
})
