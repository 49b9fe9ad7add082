import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createInlet, type Inlet, type JobRow } from '../../core/index.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { type FakeServer, type Fault, startFakeServer } from '../support/fake-server.ts'
import { checkpoint, note, scriptedPlugin } from '../support/scripted-source.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

interface Bench {
  inlet: Inlet
  clock: FakeClock
  server: FakeServer
  id: string
  /** How often a token was asked for. */
  refreshes(): number
  /** Jobs so far, oldest first. */
  jobs(): Promise<JobRow[]>
  /** Moves time on in steps, and lets jobs end between them. */
  pass(ms: number, stepMs?: number): Promise<void>
  run(): Promise<JobRow>
}

/** A connection whose tokens live for an hour, and a provider that has one note. */
async function start(schedule?: string): Promise<Bench> {
  const clock = fakeClock()
  let issued = 0
  let asked = 0
  const server: FakeServer = await startFakeServer([
    {
      method: 'POST',
      pattern: '/token',
      open: true,
      handler: () => {
        asked++
        server.tokens?.add(`token-${++issued}`)
        return { body: { access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 3600 } }
      },
    },
    { method: 'GET', pattern: '/notes', handler: () => ({ body: { notes: ['one'] } }) },
  ])
  server.tokens = new Set(['token-0'])
  const plugin = scriptedPlugin(async function* (context) {
    const { notes } = await context.api.get<{ notes: string[] }>(`${server.url}/notes`)
    for (const name of notes) yield note(name)
    yield checkpoint(1)
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const providers = { scripted: { endpoints: { api: server.url, token: `${server.url}/token` } } }
  const inlet = await createInlet({ dataDir, plugins: [plugin], providers, clock, random: () => 0.5 })
  onTestFinished(async () => {
    await clock.run(inlet.close(), { graceMs: 5 })
    await server.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  const { id } = await inlet.connections.create({
    shortName: 'scripted',
    authFields: {
      ...{ access_token: 'token-0', refresh_token: 'refresh', client_id: 'client' },
      expires_at: new Date(clock.now() + hour).toISOString(),
    },
    ...(schedule === undefined ? {} : { cronSchedule: schedule, timezone: 'UTC' }),
    syncImmediately: false,
  })
  // The scheduler naps, and whoever else looks at the time.
  let idle = 0
  for (let calm = 0; calm < 50; calm++) {
    await new Promise(resolve => setTimeout(resolve, 2))
    if (clock.sleeping > idle) [idle, calm] = [clock.sleeping, 0]
  }
  const bench: Bench = {
    ...{ inlet, clock, server, id },
    refreshes: () => asked,
    jobs: async () => (await inlet.jobs.list(id, { skip: 0, limit: 1000 })).reverse(),
    async pass(ms, stepMs = 10_000) {
      for (let left = ms; left > 0; left -= stepMs) {
        await quiet()
        await clock.advance(Math.min(stepMs, left))
      }
      await quiet()
    },
    run: () => clock.run(runToItsEnd(), { graceMs: 20 }),
  }
  return bench

  async function runToItsEnd(): Promise<JobRow> {
    const job = await inlet.connections.run(id)
    let last = job
    for await (const progress of inlet.jobs.follow(id, job.id, AbortSignal.timeout(60_000))) last = progress.job
    return last
  }

  /** Until the scheduler naps and no job works, but for one that waits for the provider. */
  async function quiet(): Promise<void> {
    // Where the provider works, a job hardly ever waits for anything but the machine.
    const enough = server.fault ? 4 : 400
    for (let calm = 0; calm < enough; ) {
      await new Promise(resolve => setTimeout(resolve, 1))
      const [latest] = await inlet.jobs.list(id, { skip: 0, limit: 1 })
      const works = latest?.status === 'pending' || latest?.status === 'in_progress'
      // A job's limit, and a wait of the job's own.
      const isCalm = clock.sleeping >= idle + (works ? 2 : 0)
      calm = isCalm ? calm + (works ? 1 : enough / 4) : 0
    }
  }
}

const statuses = async ({ jobs }: Bench) => (await jobs()).map(({ status }) => status)

describe('a wall clock that jumps', () => {
  it.each([day, -day])('by %d ms makes one refresh at most, and no storm of runs', async jump => {
    const bench = await start('*/5 * * * *')
    await bench.pass(6 * minute)
    expect(await statuses(bench)).toEqual(['completed'])
    bench.clock.jump(jump)
    await bench.pass(minute)
    const soon = (await bench.jobs()).length
    // What was missed is caught up with by one run; what lies in the past again is not run at once.
    expect(soon).toBeLessThanOrEqual(2)
    await bench.pass(15 * minute)
    const after = await statuses(bench)
    expect(after.length - soon).toBeGreaterThanOrEqual(3)
    expect(after.length - soon).toBeLessThanOrEqual(4)
    expect(new Set(after)).toEqual(new Set(['completed']))
    expect(bench.refreshes()).toBeLessThanOrEqual(1)
  })

  it('back and forth for an hour keeps the connection healthy', async () => {
    const bench = await start('*/5 * * * *')
    let jumps = 0
    for (; jumps < 10; jumps++) {
      bench.clock.jump(jumps % 2 === 0 ? day : -day)
      await bench.pass(6 * minute, 30_000)
    }
    expect(new Set(await statuses(bench))).toEqual(new Set(['completed']))
    expect((await bench.jobs()).length).toBeLessThanOrEqual(2 * jumps)
    expect(bench.refreshes()).toBeLessThanOrEqual(jumps)
    expect(await bench.inlet.connections.get(bench.id)).toMatchObject({ authState: 'ready', failedRuns: 0 })
  })
})

it('a machine that was suspended over three times of a schedule makes exactly one run', async () => {
  const bench = await start('* * * * *')
  await bench.pass(90_000)
  expect(await bench.jobs()).toHaveLength(1)
  // The monotonic clock stands still meanwhile.
  bench.clock.jump(3 * minute)
  await bench.pass(20_000)
  expect(await bench.jobs()).toHaveLength(2)
  await bench.pass(minute)
  expect(await statuses(bench)).toEqual(['completed', 'completed', 'completed'])
})

describe('a provider that is down for hours', () => {
  const everything = (): Fault => ({ status: 503, body: {} })
  const tokensOnly = ({ path }: { path: string }): Fault | undefined => (path === '/token' ? 'drop' : undefined)

  it.each([
    ['everywhere', everything],
    ['at its token endpoint', tokensOnly],
  ])('%s fails runs as unavailable, harms no connection, and the next run works', async (_where, fault) => {
    const bench = await start('*/30 * * * *')
    await bench.pass(31 * minute, 30_000)
    bench.server.fault = fault
    await bench.pass(3 * hour, minute)
    const down = (await bench.jobs()).slice(1)
    const failed = down.filter(({ status }) => status === 'failed')
    expect(failed.length).toBeGreaterThanOrEqual(4)
    for (const { errorCategory, error } of failed) {
      expect(errorCategory).toBe('provider_unavailable')
      expect(error).toMatch(/127\.0\.0\.1/)
    }
    const connection = await bench.inlet.connections.get(bench.id)
    expect(connection).toMatchObject({ authState: 'ready', lastErrorCategory: 'provider_unavailable' })
    bench.server.fault = undefined
    await bench.pass(31 * minute, 30_000)
    expect((await statuses(bench)).at(-1)).toBe('completed')
    expect(await bench.inlet.connections.get(bench.id)).toMatchObject({ status: 'active', lastErrorCategory: null })
  })

  it('does not answer at its token endpoint for a minute, delays a run and does not fail it', async () => {
    const bench = await start()
    await bench.pass(2 * hour, 10 * minute)
    let silent = 0
    bench.server.fault = ({ path }) => (path === '/token' && ++silent <= 2 ? 'hang' : undefined)
    const before = bench.clock.monotonic()
    expect(await bench.run()).toMatchObject({ status: 'completed' })
    expect(silent).toBe(3)
    expect(bench.clock.monotonic() - before).toBeGreaterThanOrEqual(minute)
    expect(await bench.inlet.connections.get(bench.id)).toMatchObject({ authState: 'ready', failedRuns: 0 })
  })

  it('whose token answers are cut off in the middle, is asked again and the run goes on', async () => {
    const bench = await start('0 */2 * * *')
    let cut = 0
    bench.server.fault = ({ path }) => (path === '/token' && ++cut <= 3 ? 'truncate' : undefined)
    await bench.pass(2 * hour + 5 * minute)
    expect(await statuses(bench)).toEqual(['completed'])
    expect(cut).toBe(4)
  })
})
