import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../../core/store/index.ts'
import { createPointReads } from '../../../core/store/point-reads.ts'
import type { Store } from '../../../core/store/store.ts'
import { collectionRow, furnish } from '../../support/store-suite/fixtures.ts'
import { temporaryFolder } from './folder.ts'

let folder: string
let file: string
let store: Store

beforeEach(async () => {
  folder = await temporaryFolder()
  file = join(folder, 'inlet.db')
  store = await openStore({ file })
  await furnish(store)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

describe('a read by key', () => {
  it('tells what was written, as soon as whoever wrote hears of it', async () => {
    for (let round = 0; round < 50; round++) {
      await store.updateConnection('one', { name: `name ${round}` })
      const both = await Promise.all([store.connection('one'), store.connection('one')])
      expect(both.map(row => row?.name)).toEqual([`name ${round}`, `name ${round}`])
    }
    await store.deleteConnection('one', true)
    expect(await store.connection('one')).toBeUndefined()
  })

  it('tells what was written beside a call that failed', async () => {
    expect((await store.connection('one'))?.name).toBe('connection one')
    const [failed] = await Promise.allSettled([
      store.insertCollection(collectionRow('home')),
      store.updateConnection('one', { name: 'another' }),
    ])
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
    expect((await store.connection('one'))?.name).toBe('another')
  })

  it('gives nobody anything to change for others', async () => {
    const row = await store.connection('one')
    expect(() => Object.assign(row ?? {}, { name: 'mine' })).toThrow(TypeError)
    expect(() => Object.assign(row?.config ?? {}, { of: 'mine' })).toThrow(TypeError)
    expect((await store.connection('one'))?.name).toBe('connection one')
  })

  it('is made in a thread while another program holds the file, so that nothing else waits', async () => {
    const elsewhere: string[] = []
    const reads = createPointReads(file, async name => {
      elsewhere.push(name)
      return undefined as never
    })
    await store.close()
    const holder = new DatabaseSync(file)
    holder.exec('pragma locking_mode = exclusive; begin exclusive; update connections set name = name')
    await reads.read('findConnection', 'one')
    expect(elsewhere).toEqual(['findConnection'])
    holder.close()
    expect(await reads.read('findConnection', 'one')).toMatchObject({ id: 'one' })
    reads.close()
    await expect(reads.read('findConnection', 'one')).rejects.toMatchObject({ code: 'closing' })
    store = await openStore({ file })
  })
})
