import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { createPool, type Pool } from '../../../core/content/pool.ts'
import { Failure } from '../../../core/errors.ts'
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts'

/** A worker that does as it is told: `hang`, `die`, `exit`, `who`, or gives its content back. */
const obedient = `
  import { parentPort, threadId } from 'node:worker_threads'
  parentPort.on('message', ({ content }) => {
    if (content === 'hang') for (;;) {}
    if (content === 'hoard') for (const kept = []; ; ) kept.push(Buffer.alloc(1_000_000, 1))
    if (content === 'die') throw new Error('dead')
    if (content === 'exit') process.exit(0)
    if (content === 'bad') return parentPort.postMessage({ type: 'unreadable', message: 'not that' })
    if (content === 'who') return parentPort.postMessage({ type: 'text', text: String(threadId) })
    if (content === 'environment') return parentPort.postMessage({ type: 'text', text: JSON.stringify(process.env) })
    parentPort.postMessage({ type: 'text', text: typeof content === 'string' ? content : content.join() + '/' + content.buffer.byteLength })
  })
  parentPort.postMessage({ type: 'ready' })
`
const stillborn = 'throw new Error("broken installation")'

const core = (path: string) => JSON.stringify(new URL(`../../../core/${path}`, import.meta.url).href)
const greedy = `
  import { parentPort } from 'node:worker_threads'
  parentPort.on('message', ({ content }) => {
    if (content === 'grow') for (const kept = []; ; ) kept.push('x'.repeat(1000) + kept.length)
    parentPort.postMessage({ type: 'text', text: content })
  })
  parentPort.postMessage({ type: 'ready' })
`
const hungry = `
  import { createPool } from ${core('content/pool.ts')}
  import { systemClock } from ${core('clock.ts')}
  const file = new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(greedy)}`)})
  const pool = createPool({ file, workers: 1, timeLimitMs: 60_000, idleMs: 1000, heapMb: 64, guardMs: 100, clock: systemClock })
  const run = content => pool.run({ content, mediaType: '', maxTextBytes: 1 })
  const results = await Promise.allSettled([run('one'), run('grow'), run('two')])
  console.log(JSON.stringify(results.map(({ status, reason }) => reason?.message ?? status)))
  await pool.close()
`

let pool: Pool | undefined
afterEach(async () => pool?.close())

function start(options: { code?: string; workers?: number; clock?: FakeClock } = {}) {
  const file = new URL(`data:text/javascript,${encodeURIComponent(options.code ?? obedient)}`)
  const clock = options.clock ?? fakeClock()
  const made = createPool({
    file,
    workers: options.workers ?? 1,
    timeLimitMs: 5000,
    idleMs: 30_000,
    heapMb: 64,
    guardMs: 100,
    clock,
  })
  pool = made
  const run = (content: string | Uint8Array, signal?: AbortSignal) =>
    made.run({ content, mediaType: 'text/plain', maxTextBytes: 1000, mostBytes: 1000 }, signal)
  return { pool: made, run, clock }
}

/** Waits for the real worker to take the task; the fake clock stands still meanwhile. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition() && turn < 2000; turn++) await new Promise(resolve => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

describe('a pool', () => {
  it('answers in the order of the calls, more of them than it has workers', async () => {
    const { run } = start({ workers: 2 })
    const words = Array.from({ length: 50 }, (_, index) => `word ${index}`)
    expect(await Promise.all(words.map(word => run(word)))).toEqual(words)
  })

  it('never has more workers than it may', async () => {
    const { run } = start({ workers: 2 })
    const threads = new Set(await Promise.all(Array.from({ length: 20 }, () => run('who'))))
    expect(threads.size).toBeGreaterThanOrEqual(1)
    expect(threads.size).toBeLessThanOrEqual(2)
  })

  it('ends a worker that holds too much outside of its heap', async () => {
    const clock = fakeClock()
    const { run } = start({ clock })
    await run('warm')
    const refused = expect(run('hoard')).rejects.toMatchObject({ code: 'item_unreadable', message: /memory/ })
    let done = false
    void refused.then(() => (done = true))
    for (let turn = 0; !done && turn < 40; turn++) {
      await clock.advance(100)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    await refused
    expect(await run('next')).toBe('next')
  })

  it('sends a copy of the bytes and no more than them', async () => {
    const { run } = start()
    const bytes = Buffer.from('0123456789').subarray(2, 4)
    expect(await run(bytes)).toBe('50,51/2')
    expect(bytes.toString()).toBe('23')
  })

  it('gives converters nothing of the environment but where Node keeps what it has compiled', async () => {
    const { NODE_COMPILE_CACHE: _, ...others } = JSON.parse(await start().run('environment'))
    expect(others).toEqual({})
  })

  it('says what a worker finds unreadable', async () => {
    await expect(start().run('bad')).rejects.toMatchObject({ code: 'item_unreadable', message: 'not that' })
  })
})

describe('a worker', () => {
  it('that takes too long is replaced, and what waited behind it is done', async () => {
    const { run, clock } = start()
    const before = await run('who')
    const hanging = run('hang')
    const waiting = run('who')
    const refused = expect(hanging).rejects.toMatchObject({ code: 'item_unreadable', message: /more than 5 s/ })
    await clock.advance(4999)
    await clock.advance(1)
    await refused
    expect(await waiting).not.toBe(before)
  })

  it.each([
    ['dies', 'die', /stopped the worker/],
    ['exits', 'exit', /stopped the worker/],
  ])('that %s is replaced, and only its task fails', async (_what, content, message) => {
    const { run } = start()
    const results = await Promise.allSettled([run('one'), run(content), run('two')])
    expect(results[0]).toEqual({ status: 'fulfilled', value: 'one' })
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { code: 'item_unreadable', message } })
    expect(results[2]).toEqual({ status: 'fulfilled', value: 'two' })
  })

  it('that runs out of memory leaves the process alive, and only its task fails', async () => {
    // In a process of its own: the test runner's hooks keep a thread without memory from ending.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', hungry])
    expect(JSON.parse(stdout)).toEqual([
      'fulfilled',
      'the content needs more memory to convert than one item may take',
      'fulfilled',
    ])
  })

  it('that cannot start is our failure and not the content’s, which would be skipped', async () => {
    const { run } = start({ code: stillborn })
    await expect(run('x')).rejects.toMatchObject({ code: 'internal' })
  })

  it('that has no work for long enough is ended, and another starts when there is', async () => {
    const { run, clock } = start()
    const first = await run('who')
    await until(() => clock.sleeping === 1)
    await clock.advance(29_999)
    expect(await run('who')).toBe(first)
    await clock.advance(29_999)
    expect(await run('who')).toBe(first)
    await clock.advance(60_000)
    expect(await run('who')).not.toBe(first)
  })
})

describe('a task that is aborted', () => {
  it('fails with the reason at once, whether it waits or is worked on', async () => {
    const { run, clock } = start()
    const running = new AbortController()
    const waiting = new AbortController()
    const reason = new Failure('interrupted', 'stopped')
    const results = Promise.allSettled([run('hang', running.signal), run('x', waiting.signal), run('after')])
    waiting.abort(reason)
    running.abort()
    await until(() => clock.slept.length > 1)
    await clock.advance(5000)
    const [first, second, third] = await results
    expect(first).toMatchObject({ reason: { code: 'cancelled' } })
    expect(second).toEqual({ status: 'rejected', reason })
    expect(third).toEqual({ status: 'fulfilled', value: 'after' })
  })

  it('is not begun when it is aborted before', async () => {
    await expect(start().run('hang', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' })
  })
})

describe('closing', () => {
  it('fails what runs and what waits, refuses what comes, and may be repeated', async () => {
    const { pool: closing, run } = start()
    const results = Promise.allSettled([run('hang'), run('x')])
    await Promise.all([closing.close(), closing.close()])
    for (const result of await results) expect(result).toMatchObject({ reason: { code: 'closing' } })
    expect(await results).toHaveLength(2)
    await expect(run('x')).rejects.toMatchObject({ code: 'closing' })
    await closing.close()
  })
})
