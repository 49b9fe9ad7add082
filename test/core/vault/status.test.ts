import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { Secret } from '../../../core/secret.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { memoryFiles } from '../../support/memory-files.ts'
import { credential, open } from '../../support/vault-folder.ts'

/** A vault whose files are counted as they are read, each of which takes so long. */
async function bench(readMs: number) {
  const [system, disk] = [fakeClock(), memoryFiles()]
  let passedMs = 0
  let reads = 0
  const clock = { ...system, monotonic: () => passedMs }
  const vault = await open('/data', { files: disk, clock })
  const ids = Array.from({ length: 10 }, () => randomUUID())
  for (const id of ids) await vault.put(id, credential(1))
  disk.before = (operation, path) => {
    if (operation !== 'read' || !path.startsWith('/data/vault/')) return
    reads++
    passedMs += readMs
  }
  const pass = (ms: number) => {
    passedMs += ms
  }
  return { vault, ids, pass, reads: () => reads }
}

it('a look at few credentials is always a new one', async () => {
  const { vault, ids, reads } = await bench(1)
  for (let times = 1; times <= 3; times++) {
    expect(await vault.status()).toMatchObject({ credentials: 10, unreadable: [] })
    expect(reads()).toBe(10 * times)
  }
  await vault.delete(ids[0] ?? '')
  expect((await vault.status()).credentials).toBe(9)
})

it('many who ask at once, or soon again, are told of one look where that takes long', async () => {
  const { vault, reads, pass } = await bench(200)
  const answers = await Promise.all(Array.from({ length: 50 }, () => vault.status()))
  expect(answers.every(({ credentials }) => credentials === 10)).toBe(true)
  await vault.status()
  pass(9 * 2000 - 1)
  await vault.status()
  expect(reads()).toBe(10)
  pass(1)
  await vault.status()
  expect(reads()).toBe(20)
})

it('what a rotation or locking changed is never told from memory', async () => {
  const { vault } = await bench(200)
  await vault.status()
  await vault.rotate({ passphrase: new Secret('words') })
  expect(await vault.status()).toMatchObject({ key: { source: 'passphrase' }, rotation: 'none', sealedWithOldKey: 0 })
  await vault.lock()
  expect(await vault.status()).toMatchObject({ locked: true, credentials: 10 })
})
