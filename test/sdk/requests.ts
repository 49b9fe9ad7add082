/** Everything that the official clients' types let a caller say is taken; `Required` has the compiler ask for all of it. */
import { type AirweaveSDK as First, AirweaveSDKClient as FirstClient } from 'sdk1'
import { type AirweaveSDK as Todays, AirweaveSDKClient as TodaysClient } from 'sdk7'
import { beforeAll, describe, expect, it } from 'vitest'
import { connect, type TestDaemon } from '../daemon/harness.ts'
import type { Subject } from './subject.ts'

let daemon: TestDaemon
let first: FirstClient
let todays: TodaysClient

const once = { maxRetries: 0 }
const credential = { access_token: 'good-token', refresh_token: 'refresh-1', expires_at: '2100-01-01T00:00:00Z' }
const whiteLabel: Required<First.WhiteLabelCreate> = {
  name: 'Product',
  source_short_name: 'slack',
  redirect_url: 'https://product.example/back',
  client_id: 'product',
  client_secret: 'secret-of-the-product',
  allowed_origins: 'https://product.example',
}

const slack = { key: 'source_name', match: { value: 'slack' } }
const bananas = { key: 'text', match: { text: 'bananas' } }
const filter: Required<First.Filter> & Required<Todays.Filter> = {
  ...{ must: slack, should: [slack, bananas], must_not: [{ is_empty: { key: 'name' } }, { is_null: { key: 'id' } }] },
  min_should: { conditions: [slack, bananas], min_count: 1 },
}

export function requestPromises(subject: Subject): void {
  beforeAll(async () => {
    daemon = subject.daemon
    first = new FirstClient({ apiKey: daemon.key, environment: daemon.url })
    todays = new TodaysClient({ apiKey: daemon.key, environment: daemon.url })
    await todays.collections.create({ name: 'Requests', readable_id: 'requests' }, once)
  })

  describe('a request with everything that the client 0.1.51 can say', () => {
    it('makes, changes and runs a connection', async () => {
      const creation: Required<First.SourceConnectionCreate> = {
        ...{ name: 'Whole', description: 'all of it', short_name: 'slack', collection: 'requests' },
        ...{ config_fields: { channels: ['general'] }, auth_fields: credential },
        ...{ cron_schedule: '0 3 * * *', sync_immediately: false },
      }
      const made = await first.sourceConnections.createSourceConnection(creation, once)
      const label = await first.whiteLabels.createWhiteLabel(whiteLabel, once)
      const changes: Required<First.SourceConnectionUpdate> = {
        ...{ name: 'Changed', description: 'all of it', auth_fields: credential, config_fields: {} },
        ...{ cron_schedule: '0 4 * * *', connection_id: String(made.connection_id), white_label_id: label.id },
      }
      const changed = await first.sourceConnections.updateSourceConnection(made.id, changes, once)
      expect(changed).toMatchObject({ name: 'Changed', white_label_id: label.id, cron_schedule: '0 4 * * *' })
      const run: Required<First.BodyRunSourceConnectionSourceConnectionsSourceConnectionIdRunPost> = {
        access_token: 'good-token',
      }
      expect((await first.sourceConnections.runSourceConnection(made.id, run, once)).source_connection_id).toBe(made.id)
    })

    it('ends a schedule with null, as its documents say', async () => {
      const { id } = await connect(daemon, { cron_schedule: '0 3 * * *' })
      const ended = { cron_schedule: null } as unknown as First.SourceConnectionUpdate
      const changed = await first.sourceConnections.updateSourceConnection(id, ended, once)
      expect(changed).toMatchObject({ cron_schedule: null, next_scheduled_run: null })
    })

    it('changes a white label', async () => {
      const { id } = await first.whiteLabels.createWhiteLabel(whiteLabel, once)
      const { source_short_name: _fixed, ...rest } = whiteLabel
      const changes: Required<First.WhiteLabelUpdate> = { ...rest, name: 'Changed' }
      expect((await first.whiteLabels.updateWhiteLabel(id, changes, once)).name).toBe('Changed')
    })

    it('searches', async () => {
      const query: Required<First.SearchCollectionCollectionsReadableIdSearchGetRequest> = {
        ...{ query: 'bananas', response_type: 'completion', limit: 10, offset: 0 },
        ...{ score_threshold: 0.1, expansion_strategy: 'auto' },
      }
      expect((await first.collections.searchCollection('requests', query, once)).response_type).toBe('raw')
      const body: Required<First.SearchRequest> = {
        ...{ query: 'bananas', response_type: 'completion', limit: 10, offset: 0, filter },
        ...{ score_threshold: 0.1, expansion_strategy: 'llm', summarize: true },
      }
      expect((await first.collections.searchCollectionAdvanced('requests', body, once)).response_type).toBe('raw')
    })
  })

  describe('a request with everything that the client 0.7.20 can say', () => {
    const schedule: Required<Todays.ScheduleConfig> = {
      cron: '0 3 * * *',
      continuous: true,
      cursor_field: 'updated_at',
    }
    const token: Required<Todays.OAuthTokenAuthentication> = credential
    const creation = {
      ...{ name: 'Whole', description: 'all of it', short_name: 'slack', readable_collection_id: 'requests' },
      ...{ config: { channels: ['general'] }, schedule, redirect_url: 'https://app.example' },
    }

    it('makes, changes and runs a connection', async () => {
      const whole: Required<Todays.SourceConnectionCreate> = {
        ...creation,
        authentication: token,
        sync_immediately: false,
      }
      const made = await todays.sourceConnections.create(whole, once)
      const changes: Required<Todays.SourceConnectionUpdate> = {
        ...{ name: 'Changed', description: 'all of it', config: {}, schedule },
        authentication: { credentials: { ...credential } },
      }
      expect(await todays.sourceConnections.update(made.id, changes, once)).toMatchObject({ name: 'Changed' })
      const run: Required<Todays.RunSourceConnectionsSourceConnectionIdRunPostRequest> = { force_full_sync: true }
      expect((await todays.sourceConnections.run(made.id, run, once)).source_connection_id).toBe(made.id)
    })

    it('begins a sign-in with a browser', async () => {
      const authentication: Required<Todays.OAuthBrowserAuthentication> = {
        ...{ client_id: 'own', client_secret: 'own-secret-of-mine', redirect_uri: 'https://app.example/back' },
        ...{ consumer_key: 'of-oauth-1', consumer_secret: 'of-oauth-1-too' },
      }
      const made = await todays.sourceConnections.create({ ...creation, authentication, sync_immediately: true }, once)
      expect(made).toMatchObject({ status: 'pending_auth', auth: { authenticated: false } })
      expect(new URL(made.auth.auth_url ?? '').searchParams.get('client_id')).toBe('own')
    })

    it.each([
      ['a client of OAuth 1', { consumer_key: 'key', consumer_secret: 'secret' }, 'consumer_key'],
      ['an auth provider', { provider_readable_id: 'composio', provider_config: {} }, 'provider_readable_id'],
    ])('is told by name that there is no place for %s', async (_what, authentication, member) => {
      const refused = todays.sourceConnections.create({ ...creation, authentication }, once)
      await expect(refused).rejects.toMatchObject({
        statusCode: 422,
        body: { detail: expect.stringContaining(member) },
      })
    })

    it('searches, in both of its ways', async () => {
      const query: Required<Todays.SearchGetLegacyCollectionsReadableIdSearchGetRequest> = {
        ...{ query: 'bananas', response_type: 'completion', limit: 10, offset: 0, recency_bias: 0.5 },
      }
      expect((await todays.collections.searchGetLegacy('requests', query, once)).response_type).toBe('raw')
      const body: Required<Todays.SearchRequest> = {
        ...{ query: 'bananas', retrieval_strategy: 'neural', filter, offset: 0, limit: 10, temporal_relevance: 1 },
        ...{ expand_query: true, interpret_filters: true, rerank: true, generate_answer: true },
      }
      expect((await todays.collections.search('requests', body, once)).results).toEqual(expect.any(Array))
      const legacy: Required<Todays.LegacySearchRequest> = {
        ...{ query: 'bananas', filter, offset: 0, limit: 10, score_threshold: 0.5, response_type: 'completion' },
        ...{ search_method: 'hybrid', recency_bias: 0.5, expansion_strategy: 'auto', enable_reranking: true },
        enable_query_interpretation: true,
      }
      expect((await todays.collections.search('requests', legacy, once)).results).toEqual(expect.any(Array))
    })

    it('lists', async () => {
      const page: Required<Todays.ListCollectionsGetRequest> = { skip: 0, limit: 1000, search: 'requests' }
      expect(await todays.collections.list(page, once)).toHaveLength(1)
      const connections: Required<Todays.ListSourceConnectionsGetRequest> = {
        collection: 'requests',
        skip: 0,
        limit: 1,
      }
      expect((await todays.sourceConnections.list(connections, once)).length).toBeLessThanOrEqual(1)
    })
  })
}
