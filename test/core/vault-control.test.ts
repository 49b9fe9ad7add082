import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createInlet, type Inlet, type JobRow } from '../../core/index.ts'
import { Secret } from '../../core/secret.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { checkpoint, note, type Script, type ScriptedPlugin, scriptedPlugin } from '../support/scripted-source.ts'

const minuteMs = 60_000
const start = Date.UTC(2026, 0, 1, 0, 30)

let dataDir: string
let plugin: ScriptedPlugin
let inlet: Inlet
let clock: FakeClock

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  plugin = scriptedPlugin(short)
  clock = fakeClock(start)
  inlet = await createInlet({ dataDir, plugins: [plugin], environment: {}, clock })
})

afterEach(async () => {
  await clock.run(inlet.close())
  await rm(dataDir, { recursive: true, force: true })
})

const short: Script = async function* () {
  yield note('apple')
  yield checkpoint(1)
}

/** Reads one thing, and waits for its end. */
const endless: Script = async function* (context) {
  yield note('apple')
  yield checkpoint('half')
  await new Promise((_resolve, reject) => {
    context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true })
  })
}

async function connect(options: object = {}) {
  const authFields = { access_token: 'secret-1' }
  return inlet.connections.create({ shortName: 'scripted', authFields, syncImmediately: false, ...options })
}

const hourly = { cronSchedule: '0 * * * *', timezone: 'UTC' }

async function until<Found>(look: () => Promise<Found | undefined | false>): Promise<Found> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const found = await look()
    if (found) return found
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  throw new Error('it did not come')
}

async function jobsOf(id: string): Promise<JobRow[]> {
  return inlet.jobs.list(id, { skip: 0, limit: 100 })
}

/** Moves time on in steps, letting the scheduler look around in each. */
async function pass(minutes: number): Promise<void> {
  for (let step = 0; step < minutes * 2; step++) {
    await until(async () => clock.sleeping > 0)
    await clock.advance(minuteMs / 2)
  }
}

const isOver = ({ status }: JobRow) => status !== 'pending' && status !== 'in_progress'

async function ended(id: string, count: number): Promise<JobRow[]> {
  return until(async () => {
    const jobs = await jobsOf(id)
    return jobs.length >= count && jobs.every(isOver) && jobs
  })
}

describe('locking the vault of a running inlet', () => {
  it('ends jobs with that reason, counts nothing against them, and leaves those with a token of their own', async () => {
    plugin.script = endless
    const [one, other] = [await connect(), await connect()]
    await inlet.connections.run(one.id)
    const own = await inlet.connections.run(other.id, { accessToken: 'one-off' })
    await until(async () => plugin.cursors.length === 2)
    await clock.run(inlet.vault.lock())
    const [job] = await ended(one.id, 1)
    expect(job).toMatchObject({
      status: 'failed',
      errorCategory: 'interrupted',
      error: expect.stringMatching(/vault was locked/),
    })
    expect(await inlet.connections.get(one.id)).toMatchObject({
      status: 'active',
      totalRuns: 1,
      failedRuns: 0,
      lastErrorMessage: null,
    })
    expect((await inlet.jobs.get(other.id, own.id)).status).toBe('in_progress')
    expect(await inlet.health()).toEqual({ store: true, vault: false, scheduler: true })
    await inlet.jobs.cancel(other.id, own.id)
  })

  it('refuses what needs a credential, and nothing else', async () => {
    const { id, collection } = await connect()
    await clock.run(inlet.vault.lock())
    const refused = [
      () => inlet.connections.run(id),
      () => connect(),
      () => inlet.connections.update(id, { authFields: { access_token: 'another' } }),
      () => inlet.connections.delete(id, { deleteData: true }),
    ]
    for (const call of refused) await expect(call()).rejects.toThrow(expect.objectContaining({ code: 'vault_locked' }))
    expect(refused).toHaveLength(4)
    expect(await inlet.connections.list({ skip: 0, limit: 10 })).toHaveLength(1)
    expect((await inlet.connections.update(id, { name: 'Renamed' })).name).toBe('Renamed')
    expect(await inlet.search({ collection, query: 'apple', limit: 1, offset: 0 })).toEqual([])
    await inlet.vault.unlock()
    const { id: jobId } = await inlet.connections.run(id)
    expect(await ended(id, 1)).toMatchObject([{ id: jobId, status: 'completed' }])
    await inlet.connections.delete(id, { deleteData: true })
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })

  it('lets schedules wait, and makes up for all they missed with one run', async () => {
    const { id } = await connect(hourly)
    await clock.run(inlet.vault.lock())
    await pass(190)
    expect(await jobsOf(id)).toEqual([])
    await until(async () => clock.sleeping > 0)
    await inlet.vault.unlock()
    // At once: no time has passed.
    expect(await ended(id, 1)).toMatchObject([{ trigger: 'schedule', status: 'completed' }])
    await pass(10)
    expect(await jobsOf(id)).toHaveLength(1)
    await pass(60)
    expect(await ended(id, 2)).toHaveLength(2)
  })

  it('makes up for a scheduled run that it ended, with one run', async () => {
    plugin.script = endless
    const { id } = await connect(hourly)
    await pass(32)
    await until(async () => plugin.cursors.length === 1)
    await clock.run(inlet.vault.lock())
    expect(await ended(id, 1)).toMatchObject([{ trigger: 'schedule', status: 'failed' }])
    plugin.script = short
    await pass(5)
    expect(await jobsOf(id)).toHaveLength(1)
    await inlet.vault.unlock()
    await pass(2)
    expect((await ended(id, 2)).map(({ status }) => status)).toEqual(['completed', 'failed'])
    expect(plugin.cursors).toEqual([undefined, 'half'])
    await pass(10)
    expect(await jobsOf(id)).toHaveLength(2)
  })

  it('does not open with a wrong key, and does with the right one', async () => {
    const { id } = await connect()
    const passphrase = new Secret('new words')
    await inlet.vault.rotate({ passphrase })
    await clock.run(inlet.vault.lock())
    await expect(inlet.vault.unlock({ passphrase: new Secret('wrong') })).rejects.toThrow(/nothing was changed/)
    expect(inlet.vault.lockedBecause).toBeDefined()
    await inlet.vault.unlock({ passphrase })
    expect(inlet.vault.lockedBecause).toBeUndefined()
    expect(await inlet.vault.status()).toMatchObject({ locked: false, credentials: 1, key: { source: 'passphrase' } })
    await inlet.connections.run(id)
    expect(await ended(id, 1)).toMatchObject([{ status: 'completed' }])
  })
})
