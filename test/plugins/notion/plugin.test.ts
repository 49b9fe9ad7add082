import { Client, collectPaginatedAPI, iterateAllDataSourceRows, LogLevel } from '@notionhq/client'
import * as specification from '@notionhq/client/build/src/api-endpoints.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createApi } from '../../../core/api.ts'
import { Failure } from '../../../core/errors.ts'
import { createPacer } from '../../../core/pacer.ts'
import { Secret } from '../../../core/secret.ts'
import { createTransport } from '../../../core/transport.ts'
import { classify } from '../../../plugins/notion/classify.ts'
import { notion } from '../../../plugins/notion/index.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { type FakeNotion, startFakeNotion } from '../../support/fake-notion.ts'
import { openWorld, seed } from './world.ts'

let fake: FakeNotion | undefined
afterEach(async () => {
  await fake?.close()
  fake = undefined
})

describe('what Notion refuses', () => {
  it.each([
    [401, 'unauthorized', 'unauthorized'],
    [403, 'restricted_resource', 'item_forbidden'],
    [404, 'object_not_found', 'item_missing'],
    [409, 'conflict_error', 'unavailable'],
    [429, 'rate_limited', 'rate_limited'],
    [529, 'service_overload', 'unavailable'],
    [500, 'internal_server_error', 'unavailable'],
    [503, 'service_unavailable', 'unavailable'],
    [504, 'gateway_timeout', 'unavailable'],
    [400, 'validation_error', 'bad_response'],
    [400, 'invalid_json', 'bad_response'],
    [501, 'constructor', 'bad_response'],
    [409, 'never_heard_of', 'unavailable'],
  ])('with %i %s means %s', (status, providerError, code) => {
    expect(classify(status, { object: 'error', status, code: providerError })).toMatchObject({ code, providerError })
  })

  it('is left to the status where it says nothing', () => {
    expect(classify(200, { code: 'unauthorized' })).toBeUndefined()
    expect(classify(502, undefined)).toBeUndefined()
    expect(classify(401, undefined)).toMatchObject({ code: 'unauthorized' })
  })
})

describe('tokens', () => {
  const input = (refreshToken: string, endpoints: Readonly<Record<string, string>>) => ({
    ...{ refreshToken, clientId: 'client-id', clientSecret: 'secret', scopes: [], endpoints, fields: {} },
  })

  async function refresh(request: Parameters<typeof notion.auth.refreshRequest>[0]) {
    const { url, headers, body } = notion.auth.refreshRequest(request)
    const answer = await fetch(url, { method: 'POST', headers, body })
    return notion.auth.readTokens({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    })
  }

  it('are refreshed with single use refresh tokens, the client in a Basic header, the rest as JSON', async () => {
    fake = await startFakeNotion({ now: () => 0 })
    const request = input('refresh-first', fake.endpoints)
    const good = { ...request, clientSecret: 'client-secret' }
    fake.refreshTokens.add('refresh-first')
    await expect(refresh(request)).rejects.toMatchObject({ code: 'client_invalid' })
    const tokens = await refresh(good)
    expect(tokens.expiresInSeconds).toBeUndefined()
    await expect(refresh(good)).rejects.toMatchObject({ code: 'token_revoked' })
    expect(await refresh({ ...good, refreshToken: tokens.refreshToken ?? '' })).toHaveProperty('accessToken')
    expect(notion.auth.repeatable).toBe(false)
  })

  it('stay without a new refresh token where there is none', () => {
    const body = JSON.stringify({ access_token: 'a', token_type: 'bearer', refresh_token: null, bot_id: 'b' })
    expect(notion.auth.readTokens({ status: 200, headers: {}, body }).refreshToken).toBeUndefined()
  })

  it.each([{ error: 'invalid_grant' }, { object: 'error', code: 'invalid_grant' }])('are revoked by %o', body => {
    const answer = { status: 400, headers: {}, body: JSON.stringify(body) }
    expect(() => notion.auth.readTokens(answer)).toThrow(expect.objectContaining({ code: 'token_revoked' }))
  })

  it('belong to a workspace', async () => {
    fake = await startFakeNotion({ now: () => 0 })
    const clock = fakeClock()
    const transport = createTransport()
    const tokens = {
      token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
      renew: () => Promise.reject(new Failure('token_expired', 'refused')),
    }
    const { endpoints } = fake
    const api = createApi({
      ...{ plugin: notion, endpoints, tokens, pacer: createPacer(clock, {}), transport, clock, random: () => 0 },
      signal: new AbortController().signal,
    })
    expect(await notion.sources[0]?.identify({ api, endpoints })).toEqual({ id: 'workspace-1', name: 'Test workspace' })
    await transport.close()
  })
})

describe('every request', () => {
  it('is one of the specification, with its parameters alone, and goes to Notion alone', async () => {
    const world = await openWorld()
    await world.harness.run()
    world.fake.trash([...world.fake.pages.keys()][0] ?? '')
    await world.harness.run()
    const {
      search,
      listUsers,
      getPage,
      getDatabase,
      getDataSource,
      queryDataSource,
      getBlock,
      listBlockChildren,
      listComments,
    } = specification
    const wildcard = { page_id: '*', database_id: '*', data_source_id: '*', block_id: '*' }
    const endpoints = [
      search,
      listUsers,
      getPage,
      getDatabase,
      getDataSource,
      queryDataSource,
      getBlock,
      listBlockChildren,
      listComments,
    ]
    const { requests } = world.fake.server
    expect(requests.length).toBeGreaterThan(30)
    for (const { method, path, query, body, headers } of requests) {
      const endpoint = endpoints.find(
        ({ method: verb, path: pathOf }) =>
          verb === method.toLowerCase() && new RegExp(`^/v1/${pathOf(wildcard).replaceAll('*', '[^/]+')}$`).test(path),
      )
      expect(endpoint, `${method} ${path}`).toBeDefined()
      for (const name of query.keys()) expect(endpoint?.queryParams).toContain(name)
      for (const name of Object.keys(JSON.parse(body || '{}') as object)) expect(endpoint?.bodyParams).toContain(name)
      expect(headers['notion-version']).toBe('2025-09-03')
    }
    await world.close()
  })
})

describe('the fake', () => {
  it('is a workspace to Notion’s own SDK', async () => {
    const server = await startFakeNotion({ now: () => Date.UTC(2026, 0, 15) })
    fake = server
    const { home, guide, source, rows, tasks } = seed(server)
    const options = {
      auth: 'good-token',
      baseUrl: server.server.url,
      notionVersion: '2025-09-03',
      retry: false as const,
      logLevel: LogLevel.ERROR,
    }
    const client = new Client(options)
    const sort = { timestamp: 'last_edited_time' as const, direction: 'descending' as const }
    const found = await collectPaginatedAPI(client.search, { sort })
    expect(found.map(({ id }) => id)).toHaveLength(server.pages.size + server.sources.size - server.hidden.size)
    const listed: string[] = []
    for await (const row of iterateAllDataSourceRows(client, { data_source_id: source })) listed.push(row.id)
    expect(listed).toEqual(rows)
    const blocks = await collectPaginatedAPI(client.blocks.children.list, { block_id: home })
    expect(blocks).toHaveLength(server.pages.get(home)?.blocks.length ?? 0)
    expect(await client.blocks.retrieve({ block_id: blocks[0]?.id ?? '' })).toMatchObject({ type: 'paragraph' })
    expect(await collectPaginatedAPI(client.comments.list, { block_id: guide })).toHaveLength(2)
    expect(await collectPaginatedAPI(client.users.list, {})).toHaveLength(3)
    expect(await client.users.me({})).toMatchObject({ type: 'bot' })
    expect(await client.pages.retrieve({ page_id: guide })).toMatchObject({ object: 'page', in_trash: false })
    expect(await client.databases.retrieve({ database_id: tasks })).toMatchObject({ data_sources: [{ id: source }] })
    expect(await client.dataSources.retrieve({ data_source_id: source })).toMatchObject({
      parent: { database_id: tasks },
    })
    server.unshare(guide)
    await expect(client.pages.retrieve({ page_id: guide })).rejects.toMatchObject({
      code: 'object_not_found',
      status: 404,
    })
    const stranger = new Client({ ...options, auth: 'bad' })
    await expect(stranger.users.me({})).rejects.toMatchObject({ code: 'unauthorized' })
    const old = new Client({ ...options, notionVersion: '2022-06-28' })
    await expect(old.users.me({})).rejects.toMatchObject({ status: 400 })
    expect(server.server.unknown).toEqual([])
  })

  it('refuses what Notion would refuse', async () => {
    const server = await startFakeNotion({ now: () => 0 })
    fake = server
    const { home, guide } = seed(server)
    const ask = async (path: string, body?: object) => {
      const answer = await fetch(`${server.server.url}/v1/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          authorization: 'Bearer good-token',
          'notion-version': '2025-09-03',
          'content-type': 'application/json',
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      return (await answer.json()) as { code?: string; next_cursor?: string }
    }
    expect((await ask('search', { sort: { timestamp: 'created_time', direction: 'ascending' } })).code).toBe(
      'validation_error',
    )
    expect((await ask(`blocks/${home}/children?page_size=101`)).code).toBe('validation_error')
    expect((await ask(`blocks/${home}/children?limit=1`)).code).toBe('validation_error')
    const { next_cursor: cursor = '' } = await ask(`blocks/${home}/children?page_size=100`)
    expect((await ask(`blocks/${guide}/children?page_size=100&start_cursor=${cursor}`)).code).toBe('validation_error')
    expect((await ask(`blocks/${home}/children?page_size=100&start_cursor=${cursor}`)).code).toBeUndefined()
    server.expireCursors()
    expect((await ask(`blocks/${home}/children?page_size=100&start_cursor=${cursor}`)).code).toBe('validation_error')
  })
})
