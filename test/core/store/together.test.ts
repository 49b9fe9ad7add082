import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Database, openDatabase } from '../../../core/store/database.ts'
import { openStore } from '../../../core/store/index.ts'
import { jobRow } from '../../support/store-suite/fixtures.ts'
import { storeConnection } from '../../support/stored-connection.ts'
import { temporaryFolder } from './folder.ts'

async function numbers(): Promise<{ database: Database; stored(): unknown[]; insert(number: number): () => void }> {
  const folder = await temporaryFolder()
  const database = openDatabase(join(folder, 'numbers.db'), 'writer')
  const reader = openDatabase(join(folder, 'numbers.db'), 'reader')
  onTestFinished(async () => {
    reader.close()
    database.close()
    await rm(folder, { recursive: true })
  })
  database.script('create table numbers (number integer primary key) strict')
  return {
    database,
    stored: () => reader.all('select number from numbers order by number').map(row => row.number),
    insert: number => () => void database.run('insert into numbers values (?)', number),
  }
}

describe('writes that wait for the disk together', () => {
  it('have an outcome each, and one that fails leaves nothing of itself and everything of the others', async () => {
    const { database, stored, insert } = await numbers()
    const outcomes = database.together([
      insert(1),
      () =>
        database.transaction(() => {
          insert(2)()
          insert(1)()
        }),
      () => database.transaction(insert(3)),
      () => {
        insert(4)()
        throw new TypeError('on second thoughts')
      },
      insert(5),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    ])
    expect(outcomes[3]).toMatchObject({ reason: expect.any(TypeError) })
    expect(stored()).toEqual([1, 3, 5])
  })

  it('are not there for anybody before all of them are on the disk', async () => {
    const { database, stored, insert } = await numbers()
    const seen: unknown[][] = []
    database.together([insert(1), () => void seen.push(stored()), insert(2), () => void seen.push(stored())])
    expect(seen).toEqual([[], []])
    expect(stored()).toEqual([1, 2])
  })

  it('are done one by one where SQLite has rolled all of them back', async () => {
    const { database, stored, insert } = await numbers()
    // As after some errors of the disk: what was done before in the same transaction is gone with it.
    const outcomes = database.together([insert(1), () => database.script('rollback'), insert(2)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(stored()).toEqual([1, 2])
    expect(database.transaction(() => 'as before')).toBe('as before')
  })

  it('keep the order and the outcomes of what a store was asked, long writes among them', async () => {
    const folder = await temporaryFolder()
    const store = await openStore({ file: join(folder, 'inlet.db') })
    onTestFinished(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })
    const { id } = await storeConnection(store)
    const asked = Array.from({ length: 300 }, async (_item, index) => {
      if (index % 100 === 50) return void (await store.pruneEvents({ before: '2000', most: 10, limit: 10 }))
      await store.insertJob(jobRow(`job-${index}`, id, { status: index % 3 === 0 ? 'pending' : 'completed' }))
    })
    const outcomes = await Promise.allSettled(asked)
    // The first one is pending, and so refuses every other one that is.
    const refused = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
    expect(refused).toEqual(
      Array.from({ length: 99 }, (_item, index) => 3 * (index + 1)).filter(index => index !== 150),
    )
    expect((await store.jobs(id, { skip: 0, limit: 500 })).length).toBe(300 - refused.length - 3)
    expect(await store.openJobs()).toMatchObject([{ id: 'job-0' }])
  })
})
