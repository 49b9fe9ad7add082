import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import { writerCalls } from '../../../core/store/calls.ts'
import { openDatabase } from '../../../core/store/database.ts'
import { openStore } from '../../../core/store/index.ts'
import { migrate, schemaVersion } from '../../../core/store/schema.ts'
import {
  brief,
  collectionRow,
  commit,
  connectionRow,
  follow,
  furnish,
  jobRow,
  note,
  storeTime,
  upsert,
} from '../../support/store-suite/fixtures.ts'
import { temporaryFolderOnDisk } from './folder.ts'
import { expectSound } from './soundness.ts'

let root: string
let folder: string
let file: string

beforeEach(async () => {
  root = await temporaryFolderOnDisk()
  folder = root
  file = join(folder, 'inlet.db')
})
afterEach(() => rm(root, { recursive: true }))

async function makeStore(): Promise<void> {
  const store = await openStore({ file, readers: 1 })
  await furnish(store)
  await commit(store, upsert(...Array.from({ length: 300 }, (_, index) => note(`n${index}`))))
  await store.close()
}

/** Every file of the folder with its bytes. */
function contents(): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'latin1')]))
}

async function refusal(): Promise<Failure> {
  const before = contents()
  const failure = await openStore({ file }).then(
    store => store.close().then(() => undefined),
    (error: unknown) => error,
  )
  if (!(failure instanceof Failure)) throw new Error('the store opened')
  expect(failure.code).toBe('data_folder')
  expect(failure.message).toContain(file)
  expect(failure.message).not.toContain('\n')
  expect(contents()).toEqual(before)
  return failure
}

describe('the database file', () => {
  it('is made with its folder, for its owner alone, and everything beside it too', async () => {
    const nested = join(folder, 'data', 'inlet.db')
    const store = await openStore({ file: nested })
    await store.insertCollection(collectionRow('home'))
    const modes = readdirSync(join(folder, 'data')).map(name => [
      name,
      statSync(join(folder, 'data', name)).mode & 0o777,
    ])
    expect(modes).toEqual([
      ['inlet.db', 0o600],
      ['inlet.db-shm', 0o600],
      ['inlet.db-wal', 0o600],
    ])
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
    const status = await store.status()
    expect(status.schemaVersion).toBe(schemaVersion)
    expect(status.bytes).toBeGreaterThan(1000)
    await store.close()
    expect(readdirSync(join(folder, 'data'))).toEqual(['inlet.db'])
  })

  it('keeps everything over a restart', async () => {
    await makeStore()
    const store = await openStore({ file })
    const { entities, cursor } = await follow(store, undefined, { limit: 100 })
    expect(entities).toHaveLength(300)
    await store.close()
    const again = await openStore({ file })
    expect((await follow(again, cursor)).entities).toEqual([])
    await again.close()
    expectSound(file)
  })

  it('is refused, and left as it is, when a newer version wrote it', async () => {
    await makeStore()
    const database = new DatabaseSync(file)
    database.exec('pragma user_version = 99')
    database.close()
    expect((await refusal()).message).toContain('newer')
  })

  it('is refused, and left as it is, when the log of a newer version that crashed says so', async () => {
    await makeStore()
    const database = new DatabaseSync(file)
    database.exec('pragma user_version = 99')
    const crashed = join(folder, 'crashed')
    mkdirSync(crashed)
    for (const suffix of ['', '-wal']) copyFileSync(file + suffix, join(crashed, `inlet.db${suffix}`))
    database.close()
    folder = crashed
    file = join(crashed, 'inlet.db')
    expect(readFileSync(file).readUInt32BE(60)).toBe(schemaVersion)
    expect((await refusal()).message).toContain('newer')
  })

  it("is refused, and left as it is, when it is another program's or no database at all", async () => {
    const foreign = new DatabaseSync(file)
    foreign.exec('create table t (a); insert into t values (1)')
    foreign.close()
    expect((await refusal()).message).toContain('another program')
    writeFileSync(file, 'hello')
    expect((await refusal()).message).toContain('no SQLite database')
    writeFileSync(file, Buffer.alloc(8192, 1))
    expect((await refusal()).message).toContain('no SQLite database')
  })

  it('is refused when it is cut short', async () => {
    await makeStore()
    truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)
    expect((await refusal()).message).toContain('damaged')
  })

  it('says in one sentence that it is damaged, when it opens', async () => {
    await makeStore()
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096)
    writeFileSync(file, bytes)
    const opening = openStore({ file }).then(async store => {
      await store.close()
    })
    await expect(opening).rejects.toMatchObject({ code: 'data_folder', message: expect.stringContaining('damaged') })
  })

  it('says in one sentence that it is damaged, when the damage is met', async () => {
    await makeStore()
    const database = new DatabaseSync(file)
    const pages = database.prepare(`select pageno from dbstat where name = 'bodies' and pagetype = 'leaf'`).all()
    database.close()
    expect(pages.length).toBeGreaterThan(0)
    const bytes = readFileSync(file)
    for (const { pageno } of pages) bytes.fill(0x5a, (Number(pageno) - 1) * 4096, Number(pageno) * 4096)
    writeFileSync(file, bytes)
    const store = await openStore({ file })
    await expect(follow(store)).rejects.toMatchObject({
      code: 'data_folder',
      message: expect.stringMatching(/^the database [^\n]+ is damaged; [^\n]+$/),
    })
    expect(await store.connection('one')).toMatchObject({ id: 'one' })
    await store.close()
  })

  it('begins again where its creation was interrupted', async () => {
    writeFileSync(file, '')
    const empty = await openStore({ file })
    await empty.close()
    await rm(file)
    const database = new DatabaseSync(file)
    database.exec('pragma journal_mode = wal')
    database.close()
    const store = await openStore({ file })
    expect(await store.collections({ skip: 0, limit: 1 })).toEqual([])
    await store.close()
  })

  it('does not give the cursors of another store that was there before', async () => {
    await makeStore()
    const store = await openStore({ file })
    const { cursor } = await follow(store)
    await store.close()
    await rm(file)
    await makeStore()
    const fresh = await openStore({ file })
    await expect(fresh.changes({ collection: 'home', limit: 1, after: cursor })).rejects.toMatchObject({
      code: 'invalid',
    })
    await fresh.close()
  })

  it('refuses a cursor from after the backup that was put back', async () => {
    await makeStore()
    copyFileSync(file, `${file}.backup`)
    const store = await openStore({ file })
    await commit(store, upsert(note('later')))
    const { cursor } = await follow(store, undefined, { limit: 1000 })
    await store.close()
    copyFileSync(`${file}.backup`, file)
    const restored = await openStore({ file })
    await expect(restored.changes({ collection: 'home', limit: 1, after: cursor })).rejects.toMatchObject({
      code: 'invalid',
    })
    await restored.close()
  })
})

describe('what a crash cut short', () => {
  const now = storeTime

  /** The writer's own functions, so that a test can stop between two steps as a crash would. */
  function interrupted(order: (database: ReturnType<typeof openDatabase>) => number | null): void {
    const database = openDatabase(file, 'writer')
    migrate(database)
    const chore = order(database)
    expect(writerCalls.continueChore(database, { id: chore ?? -1, now })).toBe(false)
    database.close()
  }

  async function fill(): Promise<string> {
    const store = await openStore({ file, readers: 1 })
    await furnish(store)
    await commit(store, upsert(...Array.from({ length: 1700 }, (_, index) => note(`n${index}`))))
    const { cursor } = await follow(store, undefined, { limit: 1000 })
    await store.close()
    return cursor
  }

  it('a move is finished at the next start, and what was written in between went to the right place', async () => {
    const cursor = await fill()
    interrupted(database => {
      const move = { id: 'one', changes: { collection: 'work' }, happenings: [], now }
      const { chore } = writerCalls.updateConnection(database, move)
      writerCalls.continueChore(database, { id: chore ?? -1, now })
      const batch = { connectionId: 'one', jobId: 'job-one', now, generation: null }
      const writes = upsert(note('new'), note('n999', { text: 'changed on the way' }), note('n998'))
      writerCalls.commit(database, { ...batch, writes, job: { requests: 1, skipped: 0, failed: 0 } })
      return chore
    })
    const store = await openStore({ file })
    const left = await follow(store, cursor, { limit: 1000 })
    expect(new Set(brief(left.entities)).size).toBe(1700)
    expect(left.entities.every(entity => entity.change === 'deleted')).toBe(true)
    const arrived = await follow(store, undefined, { collection: 'work', limit: 1000 })
    expect(new Set(brief(arrived.entities)).size).toBe(1701)
    expect(arrived.entities).toHaveLength(1701)
    expect(arrived.entities.find(entity => entity.entityId === 'n999')).toMatchObject({ text: 'changed on the way' })
    await store.close()
    expectSound(file)
  })

  it('a deletion is finished at the next start', async () => {
    const cursor = await fill()
    interrupted(database => writerCalls.deleteConnection(database, { id: 'one', deleteData: true }))
    const store = await openStore({ file })
    expect((await follow(store, undefined, { limit: 1000 })).entities).toEqual([])
    expect((await follow(store, cursor, { limit: 1000 })).entities).toHaveLength(1700)
    await store.close()
    expectSound(file)
  })

  it('an erased collection leaves alone what came into a new one of the same name meanwhile', async () => {
    await fill()
    interrupted(database => {
      writerCalls.deleteConnection(database, { id: 'one', deleteData: false })
      const chore = writerCalls.deleteCollection(database, { readableId: 'home', deleteData: true })
      writerCalls.insertCollection(database, collectionRow('home', { id: 'second' }))
      writerCalls.insertConnection(database, connectionRow('two'))
      return chore
    })
    const store = await openStore({ file })
    await store.insertJob(jobRow('job-two', 'two'))
    await commit(store, upsert(note('mine')), { connectionId: 'two' })
    expect(brief((await follow(store, undefined, { includeDeleted: true })).entities)).toEqual(['inserted mine'])
    await store.close()
    expectSound(file)
  })
})
