import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import { createInlet, type Event, type Inlet, type InletOptions, type JobRow } from '../../core/index.ts'
import { silentLog } from '../../core/log.ts'
import { mapInOrder } from '../../core/parallel.ts'
import { oauth2 } from '../../core/plugin.ts'
import { openVault } from '../../core/vault/index.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { checkpoint, note, type ScriptedPlugin, scriptedPlugin } from '../support/scripted-source.ts'

let dataDir: string
let plugin: ScriptedPlugin
let inlet: Inlet

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  plugin = scriptedPlugin(async function* () {
    yield note('apple', { text: 'an apple a day' })
    yield note('pear', { text: 'a pear at night' })
    yield checkpoint(1)
  })
  inlet = await open()
})

afterEach(async () => {
  await inlet.close()
  await rm(dataDir, { recursive: true, force: true })
})

function open(options: Partial<InletOptions> = {}): Promise<Inlet> {
  return createInlet({ dataDir, plugins: [plugin], environment: {}, ...options })
}

async function over(connectionId: string, jobId: string): Promise<JobRow> {
  let last: JobRow | undefined
  for await (const { job } of inlet.jobs.follow(connectionId, jobId, AbortSignal.timeout(20_000))) last = job
  if (!last) throw new Error('the job did not end')
  return last
}

async function connect(options: Record<string, unknown> = {}) {
  return inlet.connections.create({
    shortName: 'scripted',
    authFields: { access_token: 'secret-1' },
    syncImmediately: false,
    ...options,
  })
}

async function sync(id: string, options: { accessToken?: string } = {}): Promise<JobRow> {
  return over(id, (await inlet.connections.run(id, options)).id)
}

const code = (name: string, members: object = {}) => expect.objectContaining({ code: name, ...members })

describe('a connection', () => {
  it('is made, synced at once, searched and followed', async () => {
    const made = await connect({ syncImmediately: true, name: 'My notes' })
    expect(made).toMatchObject({ name: 'My notes', status: 'in_progress', lastJob: { trigger: 'create' } })
    expect(await over(made.id, made.lastJob?.id ?? '')).toMatchObject({ status: 'completed', inserted: 2 })
    expect(await inlet.connections.get(made.id)).toMatchObject({
      status: 'active',
      account: { id: 'me' },
      totalRuns: 1,
      successfulRuns: 1,
      entityCounts: [{ entityType: 'note', count: 2 }],
    })
    const hits = await inlet.search({ collection: made.collection, query: 'pear', limit: 10, offset: 0 })
    expect(hits.map(({ entity }) => entity.entityId)).toEqual(['pear'])
    expect(hits[0]?.snippet).toContain('<mark>pear</mark>')
    const first = await inlet.changes({ collection: made.collection, limit: 10 })
    expect(first.entities.map(({ entityId }) => entityId)).toEqual(['apple', 'pear'])
    const id = first.entities[0]?.id ?? ''
    expect((await inlet.entity(id)).text).toBe('an apple a day')
    expect((await inlet.changes({ collection: made.collection, limit: 10, after: first.nextCursor })).entities).toEqual(
      [],
    )
  })

  it('has one job at a time, and the second is told which one runs', async () => {
    const release = Promise.withResolvers<void>()
    plugin.script = async function* () {
      await release.promise
      yield checkpoint(1)
    }
    const { id } = await connect()
    const first = await inlet.connections.run(id)
    await expect(inlet.connections.run(id)).rejects.toThrow(code('conflict', { jobId: first.id }))
    release.resolve()
    expect(await over(id, first.id)).toMatchObject({ status: 'completed' })
    expect(await sync(id)).toMatchObject({ status: 'completed' })
  })

  it('runs no more jobs at once than is configured', async () => {
    let running = 0
    let most = 0
    const release = Promise.withResolvers<void>()
    plugin.script = async function* () {
      most = Math.max(most, ++running)
      await release.promise
      running--
      yield checkpoint(1)
    }
    const ids = await Promise.all(Array.from({ length: 7 }, async () => (await connect()).id))
    const jobs = await Promise.all(ids.map(async id => ({ id, job: await inlet.connections.run(id) })))
    while (most < 4) await systemClock.sleep(5)
    await systemClock.sleep(20)
    release.resolve()
    for (const { id, job } of jobs) expect(await over(id, job.id)).toMatchObject({ status: 'completed' })
    expect(most).toBe(4)
  })

  it('shares its account’s limit with the others of that account, in their first runs too', async () => {
    let [under, most] = [0, 0]
    const arrived: (() => void)[] = []
    const server = createServer((_request, response) => {
      most = Math.max(most, ++under)
      const answer = () => {
        under--
        response.setHeader('content-type', 'application/json').end('{}')
      }
      // Each is answered once another one is there, or nothing else can come.
      arrived.push(answer)
      setImmediate(() => setImmediate(() => arrived.shift()?.()))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    let asked = 0
    plugin.script = async function* (context) {
      for await (const _answer of mapInOrder([1, 2, 3, 4], 4, () => context.api.get(`${api}/`))) asked++
    }
    await inlet.close()
    inlet = await open({ providers: { scripted: { endpoints: { api }, limits: { concurrent: 1 } } } })
    const made = await Promise.all([1, 2, 3].map(() => connect({ syncImmediately: true })))
    for (const { id, lastJob } of made) expect(await over(id, lastJob?.id ?? '')).toMatchObject({ status: 'completed' })
    expect(asked).toBe(12)
    expect(most).toBe(1)
    server.close()
  })

  it('can be cancelled, waiting or running', async () => {
    plugin.script = async function* (context) {
      yield note('first')
      await systemClock.sleep(60_000, context.signal)
    }
    const { id } = await connect()
    const job = await inlet.connections.run(id)
    expect(await inlet.jobs.cancel(id, job.id)).toMatchObject({ status: 'cancelled', errorCategory: 'cancelled' })
    await expect(inlet.jobs.cancel(id, job.id)).rejects.toThrow(code('conflict', { problem: 'job-over' }))
    expect(await inlet.connections.get(id)).toMatchObject({ status: 'active', failedRuns: 0 })
  })

  it('says in its job why it failed, and recovers with the next run', async () => {
    const good = plugin.script
    plugin.script = async function* () {
      yield note('half')
      throw new Failure('unavailable', 'the provider is down')
    }
    const { id } = await connect()
    expect(await sync(id)).toMatchObject({
      status: 'failed',
      errorCategory: 'provider_unavailable',
      error: 'the provider is down',
      inserted: 1,
    })
    expect(await inlet.connections.get(id)).toMatchObject({
      status: 'failing',
      lastErrorMessage: 'the provider is down',
    })
    plugin.script = good
    expect(await sync(id)).toMatchObject({ status: 'completed', deleted: 1 })
    expect(await inlet.connections.get(id)).toMatchObject({
      status: 'active',
      totalRuns: 2,
      successfulRuns: 1,
      failedRuns: 1,
    })
  })

  it('is a bug’s job failed as internal, without its words', async () => {
    plugin.script = async function* () {
      throw new TypeError('cannot read secret-1 of undefined')
    }
    const { id } = await connect()
    const job = await sync(id)
    expect(job).toMatchObject({ status: 'failed', errorCategory: 'internal' })
    expect(job.error).not.toContain('secret-1')
  })

  it('needs a person when its token is revoked, until it gets another', async () => {
    const good = plugin.script
    plugin.script = async function* () {
      throw new Failure('token_revoked', 'sign in again')
    }
    const { id } = await connect()
    expect(await sync(id)).toMatchObject({ status: 'failed', errorCategory: 'token_revoked' })
    expect(await inlet.connections.get(id)).toMatchObject({ status: 'needs_reauth' })
    plugin.script = good
    expect(await inlet.connections.update(id, { authFields: { access_token: 'secret-2' } })).toMatchObject({
      status: 'active',
    })
    expect(await sync(id)).toMatchObject({ status: 'completed' })
  })

  it('without a credential waits for one, but takes a one-off token', async () => {
    const { id, status } = await connect({ authFields: undefined })
    expect(status).toBe('pending_auth')
    await expect(inlet.connections.run(id)).rejects.toThrow(code('conflict', { problem: 'pending-auth' }))
    expect(await sync(id, { accessToken: 'one-off' })).toMatchObject({ status: 'completed', trigger: 'override' })
    expect(await inlet.connections.get(id)).toMatchObject({ status: 'pending_auth', account: null })
  })

  it('is gone with its credential when deleted, and with its entities when asked', async () => {
    const kept = await connect()
    const dropped = await connect()
    await sync(kept.id)
    await sync(dropped.id)
    await inlet.connections.delete(kept.id, { deleteData: false })
    await inlet.connections.delete(dropped.id, { deleteData: true })
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
    await expect(inlet.connections.get(kept.id)).rejects.toThrow(code('not_found'))
    const left = async (collection: string) => (await inlet.changes({ collection, limit: 10 })).entities.length
    expect([await left(kept.collection), await left(dropped.collection)]).toEqual([2, 0])
  })

  it('says why it needs a person when its dead token cannot be refreshed', async () => {
    const { id } = await connect({ authFields: { access_token: 'old', expires_at: '2020-01-01T00:00:00Z' } })
    await expect(inlet.connections.run(id)).rejects.toThrow(code('token_expired', { problem: 'token-refresh-failed' }))
    const { status, lastErrorCategory, lastErrorMessage } = await inlet.connections.get(id)
    expect([status, lastErrorCategory]).toEqual(['needs_reauth', 'token_expired'])
    expect(lastErrorMessage).toBeTruthy()
    expect(await inlet.jobs.list(id, { skip: 0, limit: 10 })).toEqual([])
  })

  it('is stopped before it is deleted', async () => {
    plugin.script = async function* (context) {
      yield note('first')
      await systemClock.sleep(60_000, context.signal)
    }
    const { id } = await connect({ syncImmediately: true })
    await inlet.connections.delete(id, { deleteData: true })
    await expect(inlet.connections.get(id)).rejects.toThrow(code('not_found'))
  })

  it('moves to another collection with its entities', async () => {
    const { id, collection } = await connect()
    await sync(id)
    const other = await inlet.collections.create({ name: 'Other' })
    await inlet.connections.update(id, { collection: other.readableId })
    expect(
      (await inlet.changes({ collection, limit: 10, includeDeleted: true })).entities.map(({ change }) => change),
    ).toEqual(['deleted', 'deleted'])
    expect((await inlet.search({ collection: other.readableId, query: 'apple', limit: 10, offset: 0 })).length).toBe(1)
  })
})

describe('what is refused', () => {
  it('a misspelt source, with the known ones', async () => {
    await expect(inlet.connections.create({ shortName: 'scriptd' })).rejects.toThrow(
      /Did you mean "scripted"\? Known sources: scripted/,
    )
  })

  it('a refresh token without the client that it was issued to, saying both ways to give it', async () => {
    const refused = connect({ authFields: { access_token: 'a', refresh_token: 'r' } })
    await expect(refused).rejects.toThrow(/client_id.*auth_fields.*providers\.scripted\.clientId/)
    expect(await inlet.connections.list({ skip: 0, limit: 10 })).toEqual([])
  })

  it('a token that does not work, when that was to be found out, leaving nothing behind', async () => {
    const [source] = plugin.sources
    if (!source) throw new Error('no source')
    const broken = { ...source, identify: () => Promise.reject(new Failure('token_expired', 'it is dead')) }
    await inlet.close()
    inlet = await open({ plugins: [{ ...plugin, sources: [broken] }] })
    await expect(connect({ validate: true })).rejects.toThrow(code('token_expired'))
    expect(await inlet.connections.list({ skip: 0, limit: 10 })).toEqual([])
    expect(await inlet.collections.list({ skip: 0, limit: 10 })).toEqual([])
    expect(await readdir(join(dataDir, 'vault'))).toEqual([])
  })

  it('everything that needs the vault while it is locked, leaving nothing behind', async () => {
    const { id } = await connect()
    await inlet.close()
    inlet = await open({ environment: { INLET_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') } })
    expect(await inlet.health()).toMatchObject({ vault: false, store: true })
    await expect(connect({ name: 'Another' })).rejects.toThrow(code('vault_locked'))
    expect(await inlet.connections.list({ skip: 0, limit: 10 })).toHaveLength(1)
    await expect(inlet.connections.run(id)).rejects.toThrow(code('vault_locked'))
    expect(await inlet.connections.get(id)).toMatchObject({ status: 'active', totalRuns: 0 })
    await inlet.close()
    inlet = await open()
    expect(await sync(id)).toMatchObject({ status: 'completed' })
  })

  it('a cron expression or time zone that does not exist, before anything is made', async () => {
    await expect(connect({ cronSchedule: 'every day' })).rejects.toThrow(code('invalid'))
    await expect(connect({ cronSchedule: '0 0 * * *', timezone: 'Nowhere' })).rejects.toThrow(code('invalid'))
    expect(await inlet.collections.list({ skip: 0, limit: 10 })).toEqual([])
  })

  it('a token put where a name belongs, without repeating it', async () => {
    const token = 'xoxp-'.padEnd(60, '7')
    const attempts = [
      () => connect({ authFields: { [token]: 'access_token' } }),
      () => connect({ config: { [token]: 'x' } }),
      () => connect({ cronSchedule: token }),
      () => connect({ cronSchedule: '0 0 * * *', timezone: token }),
      () => connect({ collection: token }),
      () => inlet.connections.create({ shortName: token }),
      () => inlet.connections.get(token),
    ]
    for (const attempt of attempts) {
      const failure = await attempt().then(
        () => undefined,
        (error: Failure) => error,
      )
      expect(failure?.remedy).toBe('caller')
      expect(JSON.stringify([failure?.message, failure?.fields])).not.toContain(token)
    }
  })

  it('a time zone that does not exist, also without a schedule', async () => {
    await expect(connect({ timezone: 'Mars/X' })).rejects.toThrow(code('invalid'))
  })

  it('a second inlet on the same folder, in one sentence', async () => {
    await expect(open()).rejects.toThrow(code('data_folder', { message: expect.stringMatching(/already running/) }))
  })
})

describe('a schedule', () => {
  it('is kept with its next run, changed and ended', async () => {
    const made = await connect({ cronSchedule: '0 3 * * *', timezone: 'Europe/Berlin' })
    expect(made).toMatchObject({
      cronSchedule: '0 3 * * *',
      timezone: 'Europe/Berlin',
      nextRunAt: expect.stringMatching(/T0[12]:00:00\.000Z$/),
    })
    expect(await inlet.connections.update(made.id, { cronSchedule: null })).toMatchObject({
      cronSchedule: null,
      nextRunAt: null,
    })
  })

  it('runs by itself', async () => {
    const { id } = await connect({ cronSchedule: '* * * * * *', timezone: 'UTC' })
    for (let tries = 0; tries < 100; tries++) {
      if ((await inlet.connections.get(id)).successfulRuns > 0) break
      await systemClock.sleep(100)
    }
    expect((await inlet.jobs.list(id, { skip: 0, limit: 10 })).at(-1)).toMatchObject({
      trigger: 'schedule',
      status: 'completed',
    })
  })
})

describe('a restart', () => {
  it('removes what a killed one was downloading', async () => {
    await inlet.close()
    await mkdir(join(dataDir, 'downloads'))
    await writeFile(join(dataDir, 'downloads', 'half'), 'half of a file')
    inlet = await open()
    await expect(readdir(join(dataDir, 'downloads'))).rejects.toThrow('ENOENT')
  })

  it('keeps everything, and what was running goes on where it stopped', async () => {
    plugin.script = async function* (context, cursor) {
      if (cursor === undefined) {
        yield note('apple')
        yield checkpoint('half')
        await systemClock.sleep(60_000, context.signal)
      }
      yield note('pear')
      yield checkpoint('whole')
    }
    const { id } = await connect()
    const job = await inlet.connections.run(id)
    while (plugin.cursors.length === 0) await systemClock.sleep(5)
    await inlet.close()
    inlet = await open()
    expect(await inlet.jobs.get(id, job.id)).toMatchObject({ status: 'failed', errorCategory: 'interrupted' })
    expect(await sync(id)).toMatchObject({ status: 'completed', deleted: 0 })
    expect(plugin.cursors).toEqual([undefined, 'half'])
  })

  it('after kill -9 finds everything that was stored, and resumes', async () => {
    await inlet.close()
    const child = spawn(process.execPath, [join(import.meta.dirname, '../support/killed-inlet.ts'), dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const printed: string[] = []
    for await (const line of child.stdout) {
      printed.push(String(line))
      if (String(line).includes('half')) child.kill('SIGKILL')
    }
    expect(printed.join('')).toContain('half')
    inlet = await open()
    const [connection] = await inlet.connections.list({ skip: 0, limit: 10 })
    const id = connection?.id ?? ''
    expect(await inlet.jobs.list(id, { skip: 0, limit: 10 })).toMatchObject([
      { status: 'failed', errorCategory: 'interrupted' },
    ])
    plugin.script = async function* () {
      yield note('last')
      yield checkpoint('whole')
    }
    expect(await sync(id)).toMatchObject({ status: 'completed', inserted: 1, deleted: 0 })
    expect(plugin.cursors).toEqual(['half'])
    expect((await inlet.connections.get(id)).entityCounts).toMatchObject([{ count: 1501 }])
  })
})

describe('events', () => {
  /** The types of what happens, until there are so many. */
  async function heard(count: number, signal = AbortSignal.timeout(20_000)): Promise<Event[]> {
    const events: Event[] = []
    for await (const event of inlet.events(signal, 'start')) {
      events.push(event)
      if (events.length === count) break
    }
    return events
  }

  it('tell of jobs, and once of a connection that needs a person', async () => {
    const { id, collection } = await connect()
    await sync(id)
    plugin.script = async function* () {
      throw new Failure('token_revoked', 'the token was revoked')
    }
    await sync(id)
    await sync(id)
    const events = await heard(7)
    const about = { connectionId: id, source: 'scripted', collection }
    expect(events.map(({ type }) => type)).toEqual([
      ...['job.started', 'job.completed', 'job.started', 'job.failed', 'connection.needs_reauth'],
      ...['job.started', 'job.failed'],
    ])
    expect(events[1]).toMatchObject({ ...about, inserted: 2, updated: 0, deleted: 0 })
    expect(events[4]).toMatchObject({ ...about, category: 'token_revoked', message: 'the token was revoked' })
  })

  it('tell of a refused client once, whatever number of connections it has, until it works again', async () => {
    const ids = [(await connect()).id, (await connect()).id]
    const works = plugin.script
    const refuse: typeof works = async function* () {
      throw new Failure('client_invalid', 'the client was refused')
    }
    for (const script of [refuse, works, refuse]) {
      plugin.script = script
      for (const id of ids) await sync(id)
    }
    const types = (await heard(16)).map(({ type }) => type).filter(type => !type.startsWith('job.'))
    expect(types).toEqual(['client.refused', ...['connection.recovered', 'connection.recovered'], 'client.refused'])
  })

  it('tell at the start of a refresh token that a crash has cost', async () => {
    plugin.auth = oauth2({ repeatable: false })
    const authFields = { access_token: 'secret-1', refresh_token: 'secret-2', client_id: 'client' }
    const { id } = await connect({ authFields })
    await inlet.close()
    const vault = await openVault({ dataDir, environment: {}, log: silentLog })
    const credential = await vault.get(id)
    if (!credential) throw new Error('no credential')
    const intent = { startedAt: credential.obtainedAt, repeats: true } as const
    await vault.put(id, { ...credential, intent }, { replaces: credential.generation })
    await vault.close()
    inlet = await open()
    expect(await heard(1)).toMatchObject([{ type: 'connection.needs_reauth', connectionId: id }])
    await vi.waitFor(async () => expect(await inlet.connections.get(id)).toMatchObject({ status: 'needs_reauth' }))
  })

  it('tell ahead that a token will die, once, also over a restart, and the connection says it', async () => {
    const clock = fakeClock()
    await inlet.close()
    inlet = await open({ clock })
    const expires_at = new Date(clock.now() + 4 * 3_600_000).toISOString()
    const { id } = await connect({ authFields: { access_token: 'secret-1', expires_at } })
    expect(await inlet.connections.get(id)).toMatchObject({
      needsPersonAt: expires_at,
      needsPersonBecause: 'access_token_ends',
    })
    const began = clock.now()
    expect(await clock.run(heard(1), { graceMs: 2 })).toMatchObject([
      { type: 'connection.expiring', connectionId: id, endsAt: expires_at },
    ])
    expect(clock.now() - began).toBeGreaterThanOrEqual(3 * 3_600_000)
    await inlet.close()
    inlet = await open({ clock })
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000)
      await inlet.connections.get(id)
    }
    const again = new AbortController()
    const silence = heard(1, again.signal)
    again.abort()
    expect(await silence).toEqual([])
    expect((await inlet.connections.get(id)).needsPersonAt).toBe(expires_at)
  })
})

describe('secrets', () => {
  it('given through any door are in no file in clear', async () => {
    const canaries = {
      access_token: 'canary-access-8d1f',
      refresh_token: 'canary-refresh-77aa',
      client_id: 'client',
      client_secret: 'canary-client-0c3e',
    }
    const { id } = await connect({ authFields: canaries })
    await sync(id)
    await sync(id, { accessToken: 'canary-override-51b2' })
    await inlet.connections.update(id, { authFields: { access_token: 'canary-changed-9e90' } })
    const names = await readdir(dataDir, { recursive: true, withFileTypes: true })
    const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    expect(files.length).toBeGreaterThan(3)
    for (const file of files) {
      const bytes = await readFile(file)
      for (const canary of [
        'canary-access-8d1f',
        'canary-refresh-77aa',
        'canary-client-0c3e',
        'canary-override-51b2',
        'canary-changed-9e90',
      ]) {
        for (const form of [
          canary,
          Buffer.from(canary).toString('base64').replace(/=+$/, ''),
          Buffer.from(canary).toString('hex'),
        ]) {
          expect(bytes.includes(form), `${form} in ${file}`).toBe(false)
        }
      }
    }
  })
})
