import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import type { NewKey, Vault } from '../../../core/vault/index.ts'
import { type MemoryFiles, memoryFiles, type Survival } from '../../support/memory-files.ts'
import { credential, masterKey, open, settled, systemError, temporaryFolder } from '../../support/vault-folder.ts'

const ids = [randomUUID(), randomUUID(), randomUUID()]
const newKey = randomBytes(32).toString('base64')
const given: NewKey = { key: new Secret(newKey) }

interface Move {
  what: string
  before: Record<string, string>
  next: NewKey
  after: Record<string, string>
  unlock: NewKey | undefined
}

const moves: Move[] = [
  { what: 'a generated key to another', before: {}, next: { generate: true }, after: {}, unlock: undefined },
  {
    ...{ what: 'one INLET_MASTER_KEY to another', before: { INLET_MASTER_KEY: masterKey }, next: given },
    ...{ after: { INLET_MASTER_KEY: newKey }, unlock: given },
  },
  {
    ...{ what: 'a generated key to INLET_MASTER_KEY', before: {}, next: given },
    ...{ after: { INLET_MASTER_KEY: newKey }, unlock: given },
  },
  {
    ...{ what: 'INLET_MASTER_KEY to a generated key', before: { INLET_MASTER_KEY: masterKey } },
    ...{ next: { generate: true }, after: {}, unlock: undefined },
  },
]

async function filled(before: Record<string, string>): Promise<{ disk: MemoryFiles; vault: Vault }> {
  const disk = memoryFiles()
  const vault = await open('/data', { files: disk, environment: before })
  for (const id of ids) await vault.put(id, credential(1, { clientId: id }))
  return { disk, vault }
}

async function expectAll(vault: Vault): Promise<void> {
  for (const id of ids) expect((await vault.get(id))?.clientId).toBe(id)
}

/** Every byte on it, whichever way a name got there. */
async function content(disk: MemoryFiles): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const folder of ['/data', '/data/vault'])
    for (const name of await disk.list(folder)) found.set(name, (await disk.read(`${folder}/${name}`)).toString('hex'))
  return found
}

/** Either everything opens, or nothing does and not a byte is changed. @returns whether it opens */
async function opensAll(rest: MemoryFiles, environment: Record<string, string>): Promise<boolean> {
  const disk = rest.afterPowerCut('all')
  const before = await content(disk)
  const vault = await open('/data', { files: disk, environment })
  if (!vault.locked) {
    await expectAll(vault)
    return true
  }
  expect(vault.lockedBecause).toMatch(/give/)
  expect(await content(disk)).toEqual(before)
  return false
}

describe.each(moves)('a rotation from $what', ({ before, next, after, unlock }) => {
  it.each<Survival>(['all', 'names', 'least'])(
    'survives a power cut before any step, with %s of the rest lost or kept',
    async survival => {
      let cuts = 0
      const served = { byOld: 0, byNew: 0 }
      for (let step = 1; ; step++) {
        const { disk, vault } = await filled(before)
        let count = 0
        disk.before = () => {
          if (++count >= step) throw systemError('EIO')
        }
        const failure = await vault.rotate(next).then(() => undefined, toFailure)
        const wasCut = count >= step
        if (!wasCut) expect(failure).toBeUndefined()
        const rest = disk.afterPowerCut(survival)
        const byOld = await opensAll(rest, before)
        const byNew = await opensAll(rest, after)
        expect(byOld || byNew, `step ${step}`).toBe(true)
        if (byOld) served.byOld++
        if (byNew) served.byNew++

        // The old key first, then the new one by hand: as an operator would who changed too early or too late.
        const again = await open('/data', { files: rest, environment: before })
        if (again.locked && unlock && !('generate' in unlock)) await again.unlock(unlock)
        if (again.locked) await again.unlock()
        await expectAll(again)
        await settled(again)
        expect(await again.status()).toMatchObject({
          rotation: 'none',
          sealedWithOldKey: 0,
          unreadable: [],
          oldKeys: [],
        })
        await again.put(ids[0] ?? '', credential(2, { clientId: ids[0] }), { replaces: 1 })
        await again.close()
        const last = rest.afterPowerCut('least')
        expect((await opensAll(last, before)) || (await opensAll(last, after))).toBe(true)
        if (!wasCut) break
        cuts++
      }
      expect(cuts).toBeGreaterThan(30)
      expect(Math.min(served.byOld, served.byNew)).toBeGreaterThan(0)
    },
  )

  it('survives a disk that refuses any one step, goes on serving, and ends when asked again', async () => {
    let refusals = 0
    for (let step = 1; ; step++) {
      const { disk, vault } = await filled(before)
      let count = 0
      disk.before = () => {
        if (++count === step) throw systemError('ENOSPC')
      }
      const failure = await vault.rotate(next).then(() => undefined, toFailure)
      const wasRefused = count >= step
      disk.before = () => {}
      if (failure) expect(failure.code).toBe('data_folder')
      await expectAll(vault)
      await vault.put(ids[0] ?? '', credential(2, { clientId: ids[0] }), { replaces: 1 })
      const copy = disk.afterPowerCut('all')
      expect((await opensAll(copy, before)) || (await opensAll(copy, after)), `step ${step}`).toBe(true)
      // The key may seal already, and there may be nothing left to go on with.
      const again = await vault
        .rotate(next)
        .catch(() => vault.rotate())
        .then(() => undefined, toFailure)
      if (again) expect(again.code).toBe('invalid')
      expect(await vault.status()).toMatchObject({ rotation: 'none', sealedWithOldKey: 0, unreadable: [] })
      await expectAll(vault)
      await vault.close()
      const rest = disk.afterPowerCut('least')
      expect((await opensAll(rest, before)) || (await opensAll(rest, after)), `step ${step}`).toBe(true)
      if (!wasRefused) break
      refusals++
    }
    expect(refusals).toBeGreaterThan(20)
  })
})

describe('a first start with a key given in the middle of a rotation', () => {
  it('is locked with the old one as soon as anything is sealed with the new one, and says which is wanted', async () => {
    const { disk, vault } = await filled({ INLET_MASTER_KEY: masterKey })
    let renamed = 0
    disk.before = operation => {
      // The keyring, then the first credential; and no more.
      if (operation === 'rename' && ++renamed > 2) throw systemError('EIO')
    }
    await expect(vault.rotate(given)).rejects.toThrow(/EIO/)
    const rest = disk.afterPowerCut('least')
    const old = await open('/data', { files: rest, environment: { INLET_MASTER_KEY: masterKey } })
    expect(old.lockedBecause).toMatch(/half-way to a new key, and INLET_MASTER_KEY is the old one: give the new key/)
    expect(await old.status()).toMatchObject({
      locked: true,
      rotation: 'unfinished',
      credentials: 3,
      sealedWithOldKey: 2,
    })
    const neither = await open('/data', { files: rest, environment: {} })
    expect(neither.lockedBecause).toMatch(/sealed with the key of INLET_MASTER_KEY: give that one/)
  })
})

describe('a process that rotates', () => {
  it('can be killed at any moment', { timeout: 120_000 }, async () => {
    const dataDir = await temporaryFolder()
    const first = await open(dataDir, { environment: {} })
    const all = Array.from({ length: 30 }, () => randomUUID())
    for (const id of all) await first.put(id, credential(1, { clientId: id }))
    await first.close()
    let resumed = 0
    const kills = 6
    for (let kill = 1; kill <= kills; kill++) {
      await rotateUntilKilled(dataDir, kill, kill * 7)
      const vault = await open(dataDir, { environment: {} })
      expect(vault.lockedBecause).toBeUndefined()
      if ((await vault.status()).rotation !== 'none') resumed++
      await settled(vault)
      for (const id of all) expect((await vault.get(id))?.clientId).toBe(id)
      expect(await vault.status()).toMatchObject({
        rotation: 'none',
        credentials: 30,
        sealedWithOldKey: 0,
        oldKeys: [],
      })
      await vault.close()
    }
    expect(resumed).toBeGreaterThan(0)
  })
})

/** Kills it so many milliseconds after it began its so-manieth rotation. */
async function rotateUntilKilled(dataDir: string, rounds: number, afterMs: number): Promise<void> {
  const script = join(import.meta.dirname, '../../support/vault-rotator.ts')
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  child.stdout.on('data', (chunk: Buffer) => {
    heard += chunk.toString()
    if (heard.split('\n').length > rounds) setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  expect(code).toBeNull()
}
