/** Every method that both clients have, and every member that their types promise of its answer. */
import { type AirweaveSDK as First, AirweaveSDKClient as FirstClient } from 'sdk1'
import { AirweaveSDKClient as TodaysClient } from 'sdk7'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionJson, TestDaemon } from '../daemon/harness.ts'
import { signInAt } from '../support/emulated-sign-in.ts'
import { problemsOfAnswers } from './check-answers.ts'
import { type Call, methodsOf, namesOf, recorded } from './recorder.ts'
import { product, type Subject } from './subject.ts'
import { problemsOfTexts } from './texts.ts'

const calls: Call[] = []
const { redirect, secrets } = product
/** No retries: the clients repeat a 500 on their own, which would hide one. */
const once = { maxRetries: 0 }

let daemon: TestDaemon
let first: FirstClient
let todays: TodaysClient

export function methodPromises(subject: Subject): void {
  beforeAll(() => {
    daemon = subject.daemon
    first = recorded('sdk1', new FirstClient({ apiKey: daemon.key, environment: daemon.url }), calls)
    todays = recorded('sdk7', new TodaysClient({ apiKey: daemon.key, environment: daemon.url }), calls)
  })

  describe('the client of the auth_fields era, 0.1.51', () => {
    it('lists and reads sources', async () => {
      const sources = await first.sources.readSources(once)
      expect(sources.map(source => source.short_name)).toEqual(
        expect.arrayContaining(['gmail', 'slack', 'google_drive']),
      )
      for (const source of sources) expect(await first.sources.readSource(source.short_name, once)).toEqual(source)
      const slack = await first.sources.readSource('slack', once)
      expect(slack).toMatchObject({ name: 'Slack', auth_type: 'oauth2_with_refresh_rotating' })
      expect(slack.auth_fields.fields.map(field => field.name)).toContain('access_token')
      expect(slack.config_fields.fields.map(field => field.name)).toContain('channels')
    })

    it('lives the life of a collection', async () => {
      const made = await first.collections.createCollection({ name: 'First client', readable_id: 'first-client' }, once)
      expect(made).toMatchObject({ readable_id: 'first-client', status: 'NEEDS SOURCE' })
      expect(await first.collections.getCollection('first-client', once)).toEqual(made)
      const renamed = await first.collections.updateCollection('first-client', { name: 'Renamed' }, once)
      expect(renamed).toMatchObject({ name: 'Renamed', id: made.id, created_at: made.created_at })
      const listed = await first.collections.listCollections({ skip: 0, limit: 1000 }, once)
      expect(listed).toContainEqual(renamed)
      expect(await first.collections.refreshAllSourceConnections('first-client', once)).toEqual([])
      expect(await first.collections.deleteCollection('first-client', { delete_data: true }, once)).toEqual(renamed)
      expect(await first.collections.listCollections({}, once)).not.toContainEqual(renamed)
    })

    it('lives the life of a connection, with a token of its own for one run', async () => {
      await first.collections.createCollection({ name: 'First life', readable_id: 'first-life' }, once)
      const made = await first.sourceConnections.createSourceConnection(
        {
          ...{ name: 'First workspace', description: 'from the first client', short_name: 'slack' },
          ...{ collection: 'first-life', auth_fields: { access_token: 'good-token' } },
          ...{ config_fields: { channels: ['general'] }, cron_schedule: '0 3 * * *', sync_immediately: true },
        },
        once,
      )
      expect(made).toMatchObject({ name: 'First workspace', description: 'from the first client', short_name: 'slack' })
      expect(made).toMatchObject({ collection: 'first-life', auth_fields: { access_token: '********' } })
      expect(made).toMatchObject({ config_fields: { channels: ['general'] }, cron_schedule: '0 3 * * *' })
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
      expect(updated).toMatchObject({ name: 'Other name', description: 'from the first client' })

      const job = await first.sourceConnections.runSourceConnection(made.id, { access_token: 'good-token' }, once)
      expect(job).toMatchObject({ source_connection_id: made.id })
      await synced(made.id)
      const read = await first.sourceConnections.getSourceConnectionJob(made.id, job.id, once)
      expect(read).toMatchObject({ id: job.id, status: 'completed', entities_inserted: 0 })
      const jobs = await first.sourceConnections.listSourceConnectionJobs(made.id, once)
      expect(jobs).toHaveLength(2)
      expect(jobs[0]).toEqual(read)

      const found = await first.collections.searchCollection('first-life', { query: 'bananas' }, once)
      expect(found).toMatchObject({ status: 'success', response_type: 'raw' })
      expect(found.results[0]).toMatchObject({ source_name: 'slack' })
      const filter = {
        must: { key: 'entity_type', match: { value: 'slack_message' } },
        must_not: [{ is_empty: { key: 'name' } }],
      }
      const filtered = await first.collections.searchCollectionAdvanced(
        'first-life',
        {
          ...{ query: 'bananas', filter, limit: 5, offset: 0, score_threshold: 0.1, summarize: false },
          ...{ response_type: 'raw', expansion_strategy: 'no_expansion' },
        },
        once,
      )
      expect(filtered.results).toHaveLength(1)
      await whileSlackIsDown(async () => {
        const [begun] = await first.collections.refreshAllSourceConnections('first-life', once)
        if (!begun) throw new Error('nothing was begun')
        const cancelled = await first.sourceConnections.cancelSourceConnectionJob(made.id, begun.id, once)
        expect(cancelled).toMatchObject({ id: begun.id, status: 'cancelled' })
      })
      await synced(made.id)
      const deleted = await first.sourceConnections.deleteSourceConnection(made.id, { delete_data: true }, once)
      expect(deleted.id).toBe(made.id)
      expect(await first.sourceConnections.listSourceConnections({ collection: 'first-life' }, once)).toEqual([])
    })

    it('lives the life of a white label', async () => {
      const given = { name: 'Product', source_short_name: 'gmail', redirect_url: redirect }
      const made = await first.whiteLabels.createWhiteLabel(
        { ...given, ...secrets, allowed_origins: 'https://product.example' },
        once,
      )
      expect(made).toMatchObject({ ...given, client_id: 'product', client_secret: '********' })
      expect(await first.whiteLabels.getWhiteLabel(made.id, once)).toEqual(made)
      expect(await first.whiteLabels.listWhiteLabels(once)).toEqual([made])
      const url = await first.whiteLabels.getWhiteLabelOauth2AuthUrlWhiteLabelsWhiteLabelIdOauth2AuthUrlOptions(
        made.id,
        once,
      )
      const back = await signInAt(url, 'ada@people.example')
      expect(back.origin + back.pathname).toBe(redirect)
      const wanted: Required<First.SourceConnectionCreateWithWhiteLabel> = {
        ...{ name: "Ada's mail", description: 'all of it', short_name: 'gmail', collection: 'first-life' },
        ...{ config_fields: {}, cron_schedule: '0 3 * * *', auth_fields: {}, sync_immediately: false },
        ...{ white_label_id: made.id, credential_id: made.id },
      }
      const exchange = first.whiteLabels.exchangeWhiteLabelOauth2CodeWhiteLabelsWhiteLabelIdOauth2CodeOptions
      const brought = { code: back.searchParams.get('code') ?? '', source_connection_in: wanted }
      const connection = await exchange.call(first.whiteLabels, made.id, brought, once)
      await expect(exchange.call(first.whiteLabels, made.id, brought, once)).rejects.toMatchObject({ statusCode: 400 })
      expect(connection).toMatchObject({ name: "Ada's mail", white_label_id: made.id, status: 'active' })
      const listed = await first.whiteLabels.listWhiteLabelSourceConnections(made.id, once)
      expect(listed.map(({ id }) => id)).toEqual([connection.id])
      const renamed = await first.whiteLabels.updateWhiteLabel(made.id, { name: 'Another name' }, once)
      expect(renamed).toMatchObject({ id: made.id, name: 'Another name', client_secret: '********' })
      expect(await first.whiteLabels.deleteWhiteLabel(made.id, once)).toEqual(renamed)
      expect(await first.whiteLabels.listWhiteLabels(once)).toEqual([])
      await expect(first.whiteLabels.getWhiteLabel(made.id, once)).rejects.toMatchObject({ statusCode: 404 })
      const left = await first.sourceConnections.getSourceConnection(connection.id, {}, once)
      expect(left).toMatchObject({ id: connection.id, white_label_id: null })
    })
  })

  describe('the client of today, 0.7.20', () => {
    it('lists and reads sources', async () => {
      const sources = await todays.sources.list(once)
      expect(sources.map(source => source.short_name)).toContain('google_calendar')
      for (const source of sources) expect(await todays.sources.get(source.short_name, once)).toEqual(source)
    })

    it('lives the life of a collection', async () => {
      const made = await todays.collections.create({ name: 'Todays client', readable_id: 'todays-client' }, once)
      expect(made).toMatchObject({ vector_size: 0, embedding_model_name: 'none', status: 'NEEDS SOURCE' })
      expect(await todays.collections.get('todays-client', once)).toEqual(made)
      expect(await todays.collections.list({ search: 'todays-c', skip: 0, limit: 5 }, once)).toEqual([made])
      expect(await todays.collections.refreshAllSourceConnections('todays-client', once)).toEqual([])
      expect(await todays.collections.delete('todays-client', once)).toEqual(made)
    })

    it('lives the life of a connection', async () => {
      await todays.collections.create({ name: 'Todays life', readable_id: 'todays-life' }, once)
      const made = await todays.sourceConnections.create(
        {
          ...{ short_name: 'slack', readable_collection_id: 'todays-life', name: 'Todays workspace' },
          ...{ authentication: { access_token: 'good-token' }, config: { channels: ['general'] } },
          ...{ schedule: { cron: '0 3 * * *', continuous: false }, redirect_url: 'https://app.example' },
        },
        once,
      )
      expect(made).toMatchObject({ readable_collection_id: 'todays-life', config: { channels: ['general'] } })
      expect(made).toMatchObject({ auth: { method: 'oauth_token', authenticated: true } })
      expect(made).toMatchObject({ schedule: { cron: '0 3 * * *', next_run: expect.any(String) } })
      await synced(made.id)
      const got = await todays.sourceConnections.get(made.id, once)
      expect(got.entities).toMatchObject({ total_entities: 5, by_type: { slack_message: { count: 3 } } })
      expect(got.sync).toMatchObject({ total_runs: 1, last_job: { status: 'completed', entities_inserted: 5 } })
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
      const found = await todays.collections.search(
        'todays-life',
        {
          ...{ query: 'cherries', retrieval_strategy: 'hybrid', temporal_relevance: 0.3, limit: 3, offset: 0 },
          ...{ filter: { should: [{ key: 'source_name', match: { any: ['slack'] } }] }, expand_query: false },
          ...{ interpret_filters: false, rerank: false, generate_answer: false },
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
      await whileSlackIsDown(async () => {
        const [begun] = await todays.collections.refreshAllSourceConnections('todays-life', once)
        if (!begun) throw new Error('nothing was begun')
        const cancelled = await todays.sourceConnections.cancelJob(made.id, begun.id, once)
        expect(cancelled).toMatchObject({ id: begun.id, status: 'cancelled' })
      })
      await synced(made.id)
      expect((await todays.sourceConnections.delete(made.id, once)).id).toBe(made.id)
      expect(await todays.sourceConnections.list({ collection: 'todays-life' }, once)).toEqual([])
    })

    it('begins the life of a connection that is signed in with a browser', async () => {
      const made = await todays.sourceConnections.create(
        {
          ...{ short_name: 'gmail', readable_collection_id: 'todays-life', redirect_url: 'https://app.example' },
          authentication: { ...secrets, redirect_uri: redirect },
        },
        once,
      )
      expect(made).toMatchObject({ status: 'pending_auth', auth: { method: 'oauth_browser', authenticated: false } })
      expect(made.auth.auth_url).toContain(`${subject.google.url}/o/oauth2/v2/auth?`)
    })
  })

  describe('of all methods', () => {
    it('the older client has 27, and each was called with success', () => {
      const all = methodsOf(first)
      expect(all).toHaveLength(27)
      expect(all.filter(name => !namesOf(calls, 'sdk1').has(name))).toEqual([])
    })

    it('each that the newer client has was called with success', () => {
      const all = methodsOf(todays)
      for (const resource of ['sources', 'collections', 'sourceConnections'])
        expect(all.filter(name => name.startsWith(`${resource}.`)).length).toBeGreaterThan(1)
      expect(all.filter(name => !namesOf(calls, 'sdk7').has(name))).toEqual([])
    })

    it('each answer has every member that the client promises, of the type and among the values it promises', async () => {
      expect(calls.length).toBeGreaterThan(60)
      expect(await problemsOfAnswers(calls)).toEqual([])
    })

    it('each id is a UUID, and each time ISO 8601 in UTC', () => {
      expect(calls.flatMap(problemsOfTexts)).toEqual([])
    })
  })
}

async function synced(id: string): Promise<void> {
  await daemon.until<ConnectionJson>(
    `/source-connections/${id}`,
    ({ latest_sync_job_status: status }) => status === 'completed' || status === 'failed' || status === 'cancelled',
  )
}

/** What `work` does while the provider takes nothing, so that a job goes on. */
async function whileSlackIsDown<Result>(work: () => Promise<Result>): Promise<Result> {
  daemon.slack.server.fault = () => ({ status: 503, headers: { 'retry-after': '1' } })
  try {
    return await work()
  } finally {
    daemon.slack.server.fault = undefined
  }
}
