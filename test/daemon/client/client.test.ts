import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiKeyFromFile, type Client, createClient, type Entity, InletError, type Job } from 'inlet/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let client: Client

beforeAll(async () => {
  daemon = await startTestDaemon()
  client = createClient({ baseUrl: daemon.url, apiKey: daemon.key })
})

afterAll(() => daemon.close())

/** What it is refused with. */
async function refusal(work: Promise<unknown>): Promise<InletError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof InletError)) throw new Error(`not refused, but: ${String(error)}`)
  return error
}

async function connected(collection: string): Promise<{ connection: string; job: Job }> {
  await client.createCollection({ body: { name: collection, readable_id: collection } })
  const { id, latest_sync_job_id } = await client.createSourceConnection({
    body: { short_name: 'slack', collection, auth_fields: { access_token: 'good-token' } },
  })
  let job: Job | undefined
  for await (const progress of client.jobEvents(id, latest_sync_job_id ?? '')) job = progress
  if (!job) throw new Error('the job told nothing')
  return { connection: id, job }
}

describe('the client', () => {
  it('connects a source, follows its first job to the end, and finds what it brought', async () => {
    const { connection, job } = await connected('story')
    expect(job).toMatchObject({ status: 'completed', source_connection_id: connection })
    const { results } = await client.searchCollection({ readable_id: 'story', query: 'bananas', limit: 1 })
    expect(results.map(({ name }) => name)).toEqual(['bananas'])
    const found = await client.searchCollectionWithFilter({
      readable_id: 'story',
      body: { query: 'bananas', filter: { must: [{ key: 'entity_type', match: { value: 'slack_channel' } }] } },
    })
    expect(found.status).toBe('no_results')
  })

  it('gives a collection page by page, ends when there is no more, and goes on from the cursor', async () => {
    const { connection } = await connected('paged')
    const names = async (after?: string) => {
      const seen: Entity[] = []
      let cursor = ''
      let pages = 0
      for await (const page of client.changes('paged', { after, limit: 2 })) {
        seen.push(...page.entities)
        cursor = page.next_cursor
        pages++
      }
      return { seen: seen.map(({ name }) => name), cursor, pages }
    }
    const first = await names()
    expect(first.seen).toEqual(expect.arrayContaining(['apples & pears', 'bananas', 'cherries']))
    expect(first.pages).toBeGreaterThan(2)
    expect(await names(first.cursor)).toMatchObject({ seen: [], pages: 1 })
    daemon.slack.post('C00000001', 'dates')
    const job = await client.runSourceConnection({ source_connection_id: connection })
    for await (const _progress of client.jobEvents(connection, job.id));
    expect((await names(first.cursor)).seen).toContain('dates')
  })

  it('hears what happens, and what happened after an event that it has seen', async () => {
    const { connection } = await connected('heard')
    const heard: string[] = []
    const stop = new AbortController()
    for await (const event of client.events({ after: '0', signal: stop.signal })) {
      if (!('connection_id' in event) || event.connection_id !== connection) continue
      heard.push(event.type)
      if (event.type === 'job.completed') break
    }
    expect(heard).toEqual(['job.started', 'job.completed'])
  })

  it('throws what was refused with the members of the problem', async () => {
    const missing = await refusal(client.getCollection({ readable_id: 'nowhere' }))
    expect(missing).toMatchObject({ status: 404, problem: 'unknown-collection', type: '/problems/unknown-collection' })
    expect(missing.message).toBe(`GET /collections/nowhere: 404 ${missing.detail}`)
    const body = { short_name: 'slack', auth_fields: { acess_token: 'good-token' } }
    const invalid = await refusal(client.createSourceConnection({ body }))
    expect(invalid).toMatchObject({ status: 422, problem: 'invalid-auth-fields' })
    expect(invalid.errors.map(({ loc }) => loc)).toContainEqual(['body', 'auth_fields', 'acess_token'])
    const stranger = createClient({ baseUrl: daemon.url, apiKey: 'wrong-key' })
    const locked = await refusal(stranger.listSources())
    expect(locked).toMatchObject({ status: 401, problem: 'unauthorized', errors: [] })
    expect(JSON.stringify([locked, locked.message, locked.stack])).not.toContain('wrong-key')
    expect(await refusal(stranger.jobEvents('a', 'b').next())).toMatchObject({ status: 401 })
  })

  it('says which job is in the way', async () => {
    const { connection } = await connected('busy')
    daemon.slack.pace('conversations.history', 60_000, 1)
    const job = await client.runSourceConnection({ source_connection_id: connection })
    const busy = await refusal(client.runSourceConnection({ source_connection_id: connection }))
    expect(busy).toMatchObject({ status: 409, problem: 'job-running', job_id: job.id, connection_id: connection })
    await client.cancelJob({ source_connection_id: connection, job_id: job.id })
  })

  it('sends what it is given as one part of the path, and nothing in place of a missing one', async () => {
    expect(await refusal(client.getCollection({ readable_id: '../sources' }))).toMatchObject({
      problem: 'unknown-collection',
    })
    await expect(client.getCollection({ readable_id: '' })).rejects.toThrow('readable_id is missing')
  })

  it('gives what is deleted, and sends a request of any other kind with the key', async () => {
    await client.createCollection({ body: { name: 'Gone', readable_id: 'gone' } })
    expect(await client.deleteCollection({ readable_id: 'gone', delete_data: true })).toMatchObject({ name: 'Gone' })
    expect(await (await client.fetch('/readyz')).json()).toMatchObject({ status: 'ready' })
    expect(await refusal(client.fetch('/nowhere'))).toMatchObject({ problem: 'not-found' })
  })

  it('stops when it is told to, with the reason', async () => {
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(client.listSources(undefined, { signal })).rejects.toBe(reason)
    await expect(client.events({ signal }).next()).rejects.toBe(reason)
    await expect(client.changes('story', { signal }).next()).rejects.toBe(reason)
  })
})

describe('the key', () => {
  it('is read from a file for each request, or from the environment', async () => {
    const file = join(daemon.folder, 'key-of-a-script')
    await writeFile(file, 'wrong-key\n')
    const reader = createClient({ baseUrl: `${daemon.url}/`, apiKey: apiKeyFromFile(file) })
    expect((await refusal(reader.listSources())).status).toBe(401)
    await writeFile(file, await readFile(join(daemon.folder, 'data', 'api-key')))
    expect((await reader.listSources()).length).toBe(9)
    vi.stubEnv('INLET_API_KEY', daemon.key)
    try {
      expect((await createClient({ baseUrl: daemon.url }).listSources()).length).toBe(9)
    } finally {
      vi.unstubAllEnvs()
    }
    expect((await createClient({ baseUrl: daemon.url }).getHealth()).status).toBe('ok')
  })

  it('is not sent on to where an answer leads', async () => {
    const asked: (RequestInit | undefined)[] = []
    const led = createClient({
      apiKey: 'a-key',
      fetch: async (_url, init) => {
        asked.push(init)
        return Response.json([])
      },
    })
    await led.listSources()
    expect(asked).toMatchObject([{ redirect: 'error', headers: { 'X-API-Key': 'a-key' } }])
  })
})
