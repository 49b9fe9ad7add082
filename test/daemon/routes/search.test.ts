import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyCharacter } from '../../support/any-character.ts'
import { pagedMessage } from '../../support/paged-text.ts'
import { times } from '../../support/suite-depth.ts'
import { type ConnectionJson, connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let connection: ConnectionJson

beforeAll(async () => {
  daemon = await startTestDaemon()
  daemon.slack.post('C00000001', pagedMessage(30, { 12: 'A tapir, the tapir.', 25: 'Another tapir.' }))
  await daemon.ask('POST', '/collections', { body: { name: 'All', readable_id: 'all' } })
  connection = await connect(daemon, { collection: 'all' })
})

afterAll(() => daemon.close())

interface Found {
  results: Record<string, unknown>[]
  status: string
}

async function search(body: object): Promise<Found> {
  const answer = await daemon.ask('POST', '/collections/all/search', { body })
  expect(answer.status, answer.text).toBe(200)
  return answer.body as Found
}

const entity = {
  id: expect.any(String),
  entity_id: expect.any(String),
  entity_type: 'slack_message',
  source_name: 'slack',
  source_connection_id: expect.any(String),
  collection: 'all',
  name: expect.any(String),
  text: expect.stringContaining('apples & pears'),
  url: expect.stringContaining('https://'),
  web_url: expect.stringContaining('https://'),
  author: expect.any(String),
  breadcrumbs: [{ entity_id: 'C00000001', name: expect.stringContaining('general'), entity_type: 'slack_channel' }],
  created_at: expect.any(String),
  synced_at: expect.any(String),
  change: 'inserted',
  raw: expect.objectContaining({ text: 'apples & pears' }),
}

describe('searching', () => {
  it('answers entities with score and snippet, by GET and by POST alike', async () => {
    const got = await daemon.ask('GET', '/collections/all/search/?query=apples')
    expect(got.status).toBe(200)
    expect(got.body).toMatchObject({ response_type: 'raw', status: 'success', completion: null })
    const { results } = got.body as Found
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ ...entity, snippet: '<mark>apples</mark> &amp; pears' })
    const { score, relevance_score } = results[0] as { score: number; relevance_score: number }
    expect(score).toBeGreaterThan(0)
    expect(relevance_score).toBeGreaterThan(0)
    expect(relevance_score).toBeLessThan(1)
    expect(await search({ query: 'apples' })).toEqual(got.body)
  })

  it('says the page and the section of what was found, and shows the best passages', async () => {
    const { results } = await search({ query: 'tapir' })
    expect(results).toHaveLength(1)
    const [hit] = results
    expect(hit).toMatchObject({
      page: 12,
      passages: [
        { page: 12, heading: 'Second part <of> it', snippet: hit?.snippet, score: hit?.score },
        { page: 25, heading: 'Second part <of> it', snippet: expect.stringContaining('Another <mark>tapir</mark>.') },
      ],
    })
    const short = (await search({ query: 'apples' })).results[0]
    expect(short).toMatchObject({ page: null, passages: [{ snippet: short?.snippet, page: null, heading: null }] })
  })

  it('says so when nothing was found', async () => {
    expect(await search({ query: 'zucchini' })).toEqual({
      results: [],
      status: 'no_results',
      response_type: 'raw',
      completion: null,
    })
  })

  it.each([
    [{ must: { key: 'entity_type', match: { value: 'slack_message' } } }, 1],
    [{ must: { key: 'source_name', match: { any: ['gmail'] } } }, 0],
    [{ must_not: [{ key: 'entity_type', match: { value: 'slack_message' } }] }, 0],
    [{ should: [{ key: 'created_at', range: { gte: '2000-01-01T00:00:00Z' } }] }, 1],
    [{ must: [{ key: 'breadcrumbs.name', match: { text: 'general' } }] }, 1],
    [{ must: [{ key: 'author', is_empty: true }] }, 0],
  ])('filters by %j', async (filter, count) => {
    expect((await search({ query: 'apples', filter })).results).toHaveLength(count)
  })

  it('filters by connection', async () => {
    const filter = { must: { key: 'source_connection_id', match: { value: connection.id } } }
    expect((await search({ query: 'apples', filter })).results).toHaveLength(1)
  })

  it('pages', async () => {
    const all = (await search({ query: 'bananas OR apples cherries' })).results
    const paged: unknown[] = []
    for (let offset = 0; offset < all.length; offset++) {
      paged.push(...(await search({ query: 'bananas OR apples cherries', limit: 1, offset })).results)
    }
    expect(paged).toEqual(all)
  })

  it('ignores what clients send that means nothing here', async () => {
    const found = await search({
      ...{ query: 'apples', response_type: 'completion', score_threshold: 0.9, summarize: true, recency_bias: 1 },
      ...{ expansion_strategy: 'llm', retrieval_strategy: 'neural', temporal_relevance: 0.5, expand_query: true },
      ...{ interpret_filters: true, rerank: true, generate_answer: true, search_method: 'hybrid' },
      ...{ enable_reranking: true, enable_query_interpretation: true, limit: null, offset: null, filter: null },
    })
    expect(found.results).toHaveLength(1)
    const query = 'query=apples&response_type=completion&recency_bias=1&score_threshold=1'
    expect((await daemon.ask('GET', `/collections/all/search?${query}`)).status).toBe(200)
  })

  it.each([
    ['quotes', '"apples'],
    ['operators', 'apples AND OR NOT NEAR('],
    ['wildcards', '* ^ apples*'],
    ['columns', 'text:apples -pears'],
    ['punctuation', '(((({[;]}))))'],
    ['SQL', "'; drop table entities; --"],
    ['nothing', ''],
    ['white space', ' \t '],
    ['a zero', 'a\u0000b'],
    ['half an emoji', '\ud83d'],
    ['emoji', '😀'.repeat(10_000)],
    ['10,000 characters', 'apples '.repeat(1428)],
  ])('takes any text: %s', async (_what, query) => {
    await search({ query })
    const answer = await daemon.ask('GET', `/collections/all/search?query=${encodeURIComponent(query.toWellFormed())}`)
    expect(answer.status).toBe(200)
  })

  it('takes any text that chance writes', async () => {
    let asked = 0
    const numRuns = times(20, 60)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: anyCharacter, maxLength: 30 }), async query => {
        asked++
        await search({ query })
      }),
      { numRuns },
    )
    expect(asked).toBeGreaterThanOrEqual(numRuns)
  })

  it.each([
    [{}, ['query']],
    [{ query: 5 }, ['query']],
    [{ query: 'x', limit: 0 }, ['limit']],
    [{ query: 'x', limit: 1001 }, ['limit']],
    [{ query: 'x', offset: -1 }, ['offset']],
    [{ query: 'x', filer: {} }, ['filer']],
    [{ query: 'x', response_type: 'poem' }, ['response_type']],
    [{ query: 'x', filter: { must: { key: 'nonsense', match: { value: 1 } } } }, ['filter', 'must']],
  ])('refuses %j', async (body, loc) => {
    const answer = await daemon.ask('POST', '/collections/all/search', { body })
    expect(answer.status).toBe(422)
    const [first] = (answer.body as { errors: { loc: unknown[] }[] }).errors
    expect(first?.loc.slice(0, loc.length + 1)).toEqual(['body', ...loc])
  })

  it('refuses a GET without a query, and an unknown collection', async () => {
    expect((await daemon.ask('GET', '/collections/all/search')).body).toMatchObject({
      errors: [{ loc: ['query', 'query'], type: 'missing' }],
    })
    for (const method of ['GET', 'POST']) {
      const options = method === 'POST' ? { body: { query: 'x' } } : {}
      const answer = await daemon.ask(method, '/collections/nowhere/search?query=x', options)
      expect([answer.status, answer.body]).toMatchObject([404, { type: '/problems/unknown-collection' }])
    }
  })
})

interface Changes {
  entities: { id: string; name: string; change: string; entity_type: string }[]
  next_cursor: string
}

async function changes(query: string): Promise<Changes> {
  const answer = await daemon.ask('GET', `/collections/all/entities${query}`)
  expect(answer.status, answer.text).toBe(200)
  return answer.body as Changes
}

describe('listing and following a collection', () => {
  it('gives every entity once, in pages of any size', async () => {
    const whole = await changes('')
    expect(whole.entities).toHaveLength(6)
    const seen: string[] = []
    for (let after = ''; ; ) {
      const page = await changes(`?limit=2${after}`)
      if (page.entities.length === 0) break
      seen.push(...page.entities.map(({ id }) => id))
      after = `&after=${encodeURIComponent(page.next_cursor)}`
    }
    expect(seen).toEqual(whole.entities.map(({ id }) => id))
  })

  it('then gives what has changed since, deletions included', async () => {
    const { next_cursor: cursor } = await changes('')
    const removed = daemon.slack.post('C00000001', 'dates')
    await rerun()
    const after = `?after=${encodeURIComponent(cursor)}`
    const added = await changes(after)
    expect(added.entities).toMatchObject([{ change: 'inserted', entity_type: 'slack_message' }])
    daemon.slack.remove('C00000001', removed)
    await rerun()
    const since = `?after=${encodeURIComponent(added.next_cursor)}`
    expect((await changes(since)).entities).toMatchObject([{ id: added.entities[0]?.id, change: 'deleted' }])
    expect((await changes(`${since}&include_deleted=false`)).entities).toEqual([])
  })

  it('filters by type and connection', async () => {
    expect((await changes('?entity_type=slack_channel')).entities).toHaveLength(1)
    expect((await changes(`?source_connection_id=${connection.id}`)).entities.length).toBeGreaterThan(4)
    expect((await changes('?source_connection_id=00000000-0000-4000-8000-000000000000')).entities).toEqual([])
  })

  it.each([
    ['?limit=0', 'limit'],
    ['?after=nonsense', 'after'],
    ['?after=', 'after'],
    ['?include_deleted=perhaps', 'include_deleted'],
    ['?source_connection_id=nonsense', 'source_connection_id'],
  ])('refuses %s', async (query, name) => {
    const answer = await daemon.ask('GET', `/collections/all/entities${query}`)
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ errors: [{ loc: name === 'after' ? expect.anything() : ['query', name] }] })
  })

  it('of an unknown collection answers 404', async () => {
    expect((await daemon.ask('GET', '/collections/nowhere/entities')).status).toBe(404)
  })
})

describe('one entity', () => {
  it('is read whole, and 404 where there is none', async () => {
    const { results } = await search({ query: 'apples' })
    const id = String(results[0]?.id)
    const answer = await daemon.ask('GET', `/entities/${id}/`)
    expect([answer.status, answer.body]).toMatchObject([200, entity])
    for (const other of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
      const missing = await daemon.ask('GET', `/entities/${other}`)
      expect([missing.status, missing.body]).toMatchObject([404, { type: '/problems/unknown-entity' }])
    }
  })
})

async function rerun(): Promise<void> {
  const answer = await daemon.ask('POST', `/source-connections/${connection.id}/run`)
  const { id } = answer.body as { id: string }
  await daemon.until<{ status: string }>(
    `/source-connections/${connection.id}/jobs/${id}`,
    ({ status }) => status === 'completed',
  )
}
