import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Failure } from '../../../core/errors.ts'
import type { Database } from '../../../core/store/database.ts'
import { openStore } from '../../../core/store/index.ts'
import { createReaders, type ReaderClient } from '../../../core/store/readers.ts'
import { keepThreads, startSpareThreads, takeSpareThread } from '../../../core/store/spare-threads.ts'
import { createWorkerClient, type WorkerClient } from '../../../core/store/worker-client.ts'
import { keptInTests } from '../../support/setup.ts'
import { collectionRow, commit, furnish, jobRow, note, upsert } from '../../support/store-suite/fixtures.ts'
import { temporaryFolder } from './folder.ts'

type Answers = {
  echo: (database: Database, input: string) => string
  /** How many calls came with it. */
  count: (database: Database) => number
  die: (database: Database) => void
}

/** A thread that answers `echo` and `count`, and ends in the ways its name says at anything else. */
function thread(end: string): WorkerClient<Answers> {
  const source = `
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', request => {
      if (request === 'close') return parentPort.close()
      for (const { id, call, input } of request) {
        if (call === 'echo') parentPort.postMessage([{ id, result: input }])
        else if (call === 'count') parentPort.postMessage([{ id, result: request.length }])
        else { ${end} }
      }
    })
    parentPort.postMessage('ready')`
  const program = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
  return createWorkerClient<Answers>({ file: 'none', role: 'writer' }, { program })
}

describe('a thread of the store', () => {
  it('that ends fails the calls under way, and the next call starts another', async () => {
    let ends = 0
    for (const end of ['process.exit(3)', 'throw new TypeError("oops")', 'null.x', 'process.exit(0)']) {
      const client = thread(end)
      expect(await client.call('echo', 'a')).toBe('a')
      const failed = [client.call('die', undefined), client.call('echo', 'never answered')]
      for (const result of await Promise.allSettled(failed)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'internal' } })
      }
      expect(await client.call('echo', 'b')).toBe('b')
      await client.close()
      ends += 1
    }
    expect(ends).toBe(4)
  })

  it('answers what it was asked before it closes, and nothing after', async () => {
    const client = thread('')
    const answers = ['a', 'b', 'c'].map(text => client.call('echo', text))
    const closed = client.close()
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c'])
    await expect(client.call('echo', 'd')).rejects.toMatchObject({ code: 'closing' })
    await Promise.all([closed, client.close()])
  })

  it('that was started ahead answers like any other, and those that nobody takes end', async () => {
    const folder = await temporaryFolder()
    try {
      const spare = startSpareThreads(4)
      const store = await openStore({ file: join(folder, 'inlet.db'), spare })
      expect(takeSpareThread(spare)).toBeUndefined()
      await furnish(store)
      expect(await store.collections({ skip: 0, limit: 10 })).toHaveLength(2)
      await store.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('that was started ahead, and ended before anyone asked for it, is not missed', async () => {
    const folder = await temporaryFolder()
    try {
      const spare = startSpareThreads(1)
      spare.end()
      const store = await openStore({ file: join(folder, 'inlet.db'), spare })
      expect(await store.collections({ skip: 0, limit: 10 })).toEqual([])
      await store.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('of a closed store serves the next one where it is kept, and ends where it is not', async () => {
    const folder = await temporaryFolder()
    let started = 0
    const count = () => {
      started += 1
    }
    const openAndClose = async (name: string) => {
      const store = await openStore({ file: join(folder, name) })
      await furnish(store)
      expect(await store.collections({ skip: 0, limit: 10 })).toHaveLength(2)
      await store.close()
    }
    try {
      keepThreads(20)
      await openAndClose('first.db')
      process.on('worker', count)
      await openAndClose('second.db')
      expect(started).toBe(0)
      keepThreads(0)
      await openAndClose('third.db')
      // Those that were kept were used up, or wait still.
      for (let index = 0; started === 0 && index < 20; index++) await openAndClose(`more-${index}.db`)
      expect(started).toBeGreaterThan(0)
    } finally {
      process.off('worker', count)
      keepThreads(keptInTests)
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('is not asked what cannot be sent to it', async () => {
    const client = thread('')
    await expect(client.call('echo', (() => 1) as never)).rejects.toMatchObject({ code: 'internal' })
    expect(await client.call('echo', 'a')).toBe('a')
    const outcomes = await Promise.allSettled(['a', (() => 1) as never, 'b'].map(input => client.call('echo', input)))
    expect(outcomes).toMatchObject([{ value: 'a' }, { reason: { code: 'internal' } }, { value: 'b' }])
    await client.close()
  })

  it('is woken once for all that is asked in one turn, whoever asks', async () => {
    const client = thread('')
    await client.open()
    const work = async () => {
      await Promise.resolve()
      return client.call('count', undefined)
    }
    expect(await Promise.all([client.call('count', undefined), work(), work()])).toEqual([3, 3, 3])
    await client.close()
  })
})

describe('the store and its threads', () => {
  it('brings a failure over with all its members', async () => {
    const folder = await temporaryFolder()
    const store = await openStore({ file: join(folder, 'inlet.db') })
    await furnish(store)
    const failure = await store.insertJob(jobRow('x', 'one')).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({
      code: 'conflict',
      remedy: 'caller',
      problem: 'job-running',
      jobId: 'job-one',
      connectionId: 'one',
      fields: [],
    })
    expect((failure as Failure).stack).toContain('insertJob')
    await store.close()
    await rm(folder, { recursive: true })
  })

  it('settles every call when it closes, more than once, and refuses those after', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'inlet.db')
    const store = await openStore({ file })
    await furnish(store)
    const writes = Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => commit(store, upsert(note(`n${index}`)))),
    )
    const searches = Promise.allSettled(
      Array.from({ length: 20 }, () => store.search({ collection: 'home', query: 'note', limit: 5, offset: 0 })),
    )
    await Promise.all([store.close(), store.close()])
    expect((await writes).map(result => result.status)).toEqual(Array(20).fill('fulfilled'))
    let settled = 0
    for (const result of await searches) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'closing' })
      settled += 1
    }
    expect(settled).toBe(20)
    await expect(store.insertCollection(collectionRow('late'))).rejects.toMatchObject({ code: 'closing' })
    await expect(store.search({ collection: 'home', query: 'x', limit: 1, offset: 0 })).rejects.toMatchObject({
      code: 'closing',
    })
    const again = await openStore({ file })
    expect(await again.entityCounts('one')).toMatchObject([{ count: 20 }])
    await again.close()
    await rm(folder, { recursive: true })
  })
})

describe('reads over several threads', () => {
  interface FakeClient {
    client: ReaderClient
    /** Names of the calls that wait, each with what answers it. */
    waiting: { name: string; answer(): void }[]
  }

  function fakeClient(): FakeClient {
    const waiting: FakeClient['waiting'] = []
    const client = {
      get pending() {
        return waiting.length
      },
      call: (name: string) =>
        new Promise(resolve => {
          const entry = {
            name,
            answer() {
              waiting.splice(waiting.indexOf(entry), 1)
              resolve([] as never)
            },
          }
          waiting.push(entry)
        }),
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
    } as ReaderClient
    return { client, waiting }
  }

  const search = { collection: 'home', query: 'x', limit: 1, offset: 0 }

  it('leave a thread free of searches, and run those one after the other', async () => {
    const [first, last] = [fakeClient(), fakeClient()]
    const readers = createReaders([first.client, last.client])
    const searches = [readers.slow('search', search), readers.slow('search', search)]
    const reads = Array.from({ length: 5 }, () => readers.quick('findNextDue', undefined))
    expect(first.waiting.map(call => call.name)).toEqual(['search'])
    expect(last.waiting.map(call => call.name)).toEqual(Array(5).fill('findNextDue'))
    first.waiting[0]?.answer()
    await searches[0]
    await expect.poll(() => first.waiting.length).toBe(1)
    first.waiting[0]?.answer()
    for (const call of [...last.waiting]) call.answer()
    await Promise.all([...searches, ...reads])
  })

  it('share quick reads, and work with one thread alone', async () => {
    const [first, last] = [fakeClient(), fakeClient()]
    const readers = createReaders([first.client, last.client])
    for (let index = 0; index < 4; index++) void readers.quick('findNextDue', undefined)
    expect([first.waiting.length, last.waiting.length]).toEqual([2, 2])
    const single = fakeClient()
    const alone = createReaders([single.client])
    void alone.slow('search', search)
    void alone.quick('findNextDue', undefined)
    expect(single.waiting.map(call => call.name)).toEqual(['search', 'findNextDue'])
  })
})
