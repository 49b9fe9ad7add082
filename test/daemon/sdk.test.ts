import { AirweaveSDKClient as FirstClient } from 'sdk1'
import { AirweaveSDKClient as TodaysClient } from 'sdk7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConnectionJson, startTestDaemon, type TestDaemon } from './harness.ts'

let daemon: TestDaemon
let first: FirstClient
let todays: TodaysClient

beforeAll(async () => {
  daemon = await startTestDaemon()
  first = new FirstClient({ apiKey: daemon.key, environment: daemon.url })
  todays = new TodaysClient({ apiKey: daemon.key, environment: daemon.url })
})

afterAll(() => daemon.close())

/** No retries: the clients repeat a 500 on their own, which would hide one. */
const once = { maxRetries: 0 }

async function synced(id: string): Promise<void> {
  await daemon.until<ConnectionJson>(
    `/source-connections/${id}`,
    ({ latest_sync_job_status: status }) => status === 'completed' || status === 'failed' || status === 'cancelled',
  )
}

describe('the client of the auth_fields era, unmodified', () => {
  it('lists and reads sources', async () => {
    const sources = await first.sources.readSources(once)
    expect(sources.map(source => source.short_name)).toEqual(expect.arrayContaining(['gmail', 'slack', 'google_drive']))
    const source = await first.sources.readSource('slack', once)
    const required = [
      source.name,
      source.id,
      source.class_name,
      source.config_class,
      source.auth_config_class,
      source.created_at,
    ]
    expect(required.every(value => typeof value === 'string' && value !== '')).toBe(true)
    expect(source.auth_fields.fields.map(field => field.name)).toContain('access_token')
  })

  it('lives the life of a collection', async () => {
    const made = await first.collections.createCollection({ name: 'First client', readable_id: 'first-client' }, once)
    expect(made).toMatchObject({
      readable_id: 'first-client',
      status: 'NEEDS SOURCE',
      organization_id: expect.any(String),
    })
    expect(await first.collections.getCollection('first-client', once)).toEqual(made)
    const renamed = await first.collections.updateCollection('first-client', { name: 'Renamed' }, once)
    expect(renamed.name).toBe('Renamed')
    const listed = await first.collections.listCollections({ skip: 0, limit: 1000 }, once)
    expect(listed.map(collection => collection.readable_id)).toContain('first-client')
    expect(await first.collections.refreshAllSourceConnections('first-client', once)).toEqual([])
    const deleted = await first.collections.deleteCollection('first-client', { delete_data: true }, once)
    expect(deleted.readable_id).toBe('first-client')
  })

  it('lives the life of a connection, with a token of its own for one run', async () => {
    await first.collections.createCollection({ name: 'First life', readable_id: 'first-life' }, once)
    const made = await first.sourceConnections.createSourceConnection(
      {
        name: 'First workspace',
        description: 'from the first client',
        short_name: 'slack',
        collection: 'first-life',
        auth_fields: { access_token: 'good-token' },
        config_fields: { channels: ['general'] },
        cron_schedule: '0 3 * * *',
        sync_immediately: true,
      },
      once,
    )
    expect(made).toMatchObject({
      name: 'First workspace',
      collection: 'first-life',
      auth_fields: { access_token: '********' },
      config_fields: { channels: ['general'] },
      cron_schedule: '0 3 * * *',
    })
    await synced(made.id)
    const got = await first.sourceConnections.getSourceConnection(made.id, { show_auth_fields: true }, once)
    expect(got).toMatchObject({ latest_sync_job_status: 'completed', auth_fields: { access_token: '********' } })
    const listed = await first.sourceConnections.listSourceConnections({ collection: 'first-life', limit: 10 }, once)
    expect(listed).toMatchObject([{ id: made.id, sync_id: made.sync_id, short_name: 'slack' }])
    const updated = await first.sourceConnections.updateSourceConnection(
      made.id,
      { name: 'Other name', auth_fields: { access_token: 'good-token' }, connection_id: String(made.connection_id) },
      once,
    )
    expect(updated.name).toBe('Other name')

    const job = await first.sourceConnections.runSourceConnection(made.id, { access_token: 'good-token' }, once)
    expect(job).toMatchObject({ source_connection_id: made.id })
    await synced(made.id)
    const read = await first.sourceConnections.getSourceConnectionJob(made.id, job.id, once)
    expect(read).toMatchObject({ id: job.id, status: 'completed', entities_inserted: 0 })
    const jobs = await first.sourceConnections.listSourceConnectionJobs(made.id, once)
    expect(jobs[0]?.id).toBe(job.id)
    await expect(first.sourceConnections.cancelSourceConnectionJob(made.id, job.id, once)).rejects.toMatchObject({
      statusCode: 409,
    })

    const found = await first.collections.searchCollection('first-life', { query: 'bananas' }, once)
    expect(found).toMatchObject({ status: 'success', response_type: 'raw' })
    expect(found.results[0]).toMatchObject({ source_name: 'slack' })
    const filtered = await first.collections.searchCollectionAdvanced(
      'first-life',
      {
        query: 'bananas',
        filter: {
          must: { key: 'entity_type', match: { value: 'slack_message' } },
          must_not: [{ is_empty: { key: 'name' } }],
        },
        limit: 5,
        offset: 0,
        score_threshold: 0.1,
        summarize: false,
        response_type: 'raw',
        expansion_strategy: 'no_expansion',
      },
      once,
    )
    expect(filtered.results).toHaveLength(1)
    expect(await first.collections.refreshAllSourceConnections('first-life', once)).toHaveLength(1)
    await synced(made.id)
    const deleted = await first.sourceConnections.deleteSourceConnection(made.id, { delete_data: true }, once)
    expect(deleted.id).toBe(made.id)
  })

  it('hears of a mistake as its own error', async () => {
    const wrong = first.sourceConnections.createSourceConnection(
      { name: 'Wrong', short_name: 'slack', auth_fields: { token: 'x' } },
      once,
    )
    await expect(wrong).rejects.toMatchObject({ statusCode: 422, body: { type: '/problems/invalid-auth-fields' } })
    const stranger = new FirstClient({ apiKey: 'wrong', environment: daemon.url })
    await expect(stranger.sources.readSources(once)).rejects.toMatchObject({ statusCode: 401 })
  })
})

describe('the client of today, unmodified', () => {
  it('lists and reads sources', async () => {
    expect((await todays.sources.list(once)).map(source => source.short_name)).toContain('google_calendar')
    expect(await todays.sources.get('slack', once)).toMatchObject({
      short_name: 'slack',
      config_fields: { fields: expect.any(Array) },
    })
  })

  it('lives the life of a collection', async () => {
    const made = await todays.collections.create({ name: 'Todays client', readable_id: 'todays-client' }, once)
    expect(made).toMatchObject({ vector_size: 0, embedding_model_name: 'none' })
    expect(await todays.collections.get('todays-client', once)).toEqual(made)
    expect(await todays.collections.list({ search: 'todays-c', skip: 0, limit: 5 }, once)).toEqual([made])
    expect((await todays.collections.delete('todays-client', once)).id).toBe(made.id)
  })

  it('lives the life of a connection', async () => {
    await todays.collections.create({ name: 'Todays life', readable_id: 'todays-life' }, once)
    const made = await todays.sourceConnections.create(
      {
        short_name: 'slack',
        readable_collection_id: 'todays-life',
        name: 'Todays workspace',
        authentication: { access_token: 'good-token' },
        config: { channels: ['general'] },
        schedule: { cron: '0 3 * * *', continuous: false },
        redirect_url: 'https://app.example',
      },
      once,
    )
    expect(made).toMatchObject({
      readable_collection_id: 'todays-life',
      auth: { method: 'oauth_token', authenticated: true },
      config: { channels: ['general'] },
      schedule: { cron: '0 3 * * *', next_run: expect.any(String) },
    })
    await synced(made.id)
    const got = await todays.sourceConnections.get(made.id, once)
    expect(got.entities).toMatchObject({ total_entities: 5, by_type: { slack_message: { count: 3 } } })
    expect(got.sync?.last_job).toMatchObject({ status: 'completed', entities_inserted: 5 })
    expect(await todays.sourceConnections.list({ collection: 'todays-life' }, once)).toMatchObject([
      { id: made.id, is_authenticated: true, auth_method: 'oauth_token', entity_count: 5 },
    ])
    const updated = await todays.sourceConnections.update(
      made.id,
      { description: 'new', schedule: {}, authentication: { credentials: { access_token: 'good-token' } } },
      once,
    )
    expect(updated).toMatchObject({ description: 'new', schedule: { cron: '0 3 * * *' } })
    const job = await todays.sourceConnections.run(made.id, { force_full_sync: true }, once)
    expect(job).toMatchObject({ source_connection_id: made.id })
    await synced(made.id)
    expect((await todays.sourceConnections.getSourceConnectionJobs(made.id, { limit: 1 }, once))[0]?.id).toBe(job.id)
    await expect(todays.sourceConnections.cancelJob(made.id, job.id, once)).rejects.toMatchObject({ statusCode: 409 })
    const found = await todays.collections.search(
      'todays-life',
      {
        query: 'cherries',
        retrieval_strategy: 'hybrid',
        filter: { should: [{ key: 'source_name', match: { any: ['slack'] } }] },
        temporal_relevance: 0.3,
        expand_query: false,
        interpret_filters: false,
        rerank: false,
        generate_answer: false,
        limit: 3,
        offset: 0,
      },
      once,
    )
    expect(found.results).toHaveLength(1)
    const legacy = await todays.collections.searchGetLegacy(
      'todays-life',
      { query: 'cherries', response_type: 'raw', limit: 1, offset: 0, recency_bias: 0.5 },
      once,
    )
    expect(legacy).toMatchObject({ status: 'success', results: [{ source_name: 'slack' }] })
    expect(await todays.collections.refreshAllSourceConnections('todays-life', once)).toHaveLength(1)
    await synced(made.id)
    expect((await todays.sourceConnections.delete(made.id, once)).id).toBe(made.id)
  })

  it('hears of a mistake as its own error', async () => {
    const wrong = { short_name: 'slack', readable_collection_id: 'x', authentication: { access_token: ' ' } }
    await expect(todays.sourceConnections.create(wrong, once)).rejects.toMatchObject({ statusCode: 422 })
    await expect(todays.sourceConnections.get('00000000-0000-4000-8000-000000000000', once)).rejects.toMatchObject({
      statusCode: 404,
      body: { type: '/problems/unknown-connection' },
    })
  })
})
