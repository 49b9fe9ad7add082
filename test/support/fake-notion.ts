/**
 * A workspace that behaves as Notion does, and is stricter where Notion is lenient: the version header is required,
 * bodies and queries have known members only, pages are small (an empty one among them), cursors are bound to their
 * request, files have another address at each read. Times are rounded down to the minute, a comment changes no page's
 * time, search leaves out what it is told to, and what is not shared is not found.
 */
import type { JsonObject } from '../../core/plugin.ts'
import {
  blockObject,
  commentObject,
  databaseObject,
  type FakeDatabase,
  type FakePage,
  type Parent,
  pageObject,
  sourceObject,
} from './fake-notion-objects.ts'
import { bodyOf, createPager, error, invalid, missing, restricted } from './fake-notion-protocol.ts'
import { createWorkspace } from './fake-notion-workspace.ts'
import { type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from './fake-server.ts'

export interface FakeNotionOptions {
  /** The most that one answer holds, whatever `page_size` asks for; default 2. */
  pageSize?: number
  /** Whether the second page of a list is empty; default true. */
  hasEmptyPages?: boolean
  /** Milliseconds since 1970. */
  now(): number
}

export type FakeNotion = Awaited<ReturnType<typeof startFakeNotion>>

export async function startFakeNotion({ pageSize = 2, hasEmptyPages = true, now }: FakeNotionOptions) {
  const workspace = createWorkspace(now)
  const { pages, databases, sources, comments, users, page, findBlock, isTrashed, isVisible } = workspace
  /** What search does not show. */
  const hidden = new Set<string>()
  /** Blocks and pages whose children are of a kind that Notion does not support. */
  const unsupported = new Set<string>()
  const refusals = { comments: false, users: false }
  /** Texts of files that Notion keeps, by path below `/files/`. */
  const files = new Map<string, string>()
  const refreshTokens = new Set<string>()
  const client = { id: 'client-id', secret: 'client-secret' }
  const pager = createPager(pageSize, hasEmptyPages, () => ++reads)
  let reads = 0
  let mostRows = 10_000

  const route = (method: string, pattern: string, handler: (request: FakeRequest) => FakeResponse) => ({
    method,
    pattern: `/v1/${pattern}`,
    handler: (request: FakeRequest) =>
      request.headers['notion-version'] === '2025-09-03' ? handler(request) : invalid('missing_version'),
  })
  const server: FakeServer = await startFakeServer([
    route('POST', 'search', search),
    route('GET', 'users', request =>
      refusals.users ? restricted() : pager.list(request, userObjects(), ['start_cursor', 'page_size']),
    ),
    route('GET', 'users/me', () => ({ body: me() })),
    route('GET', 'pages/{id}', ({ params }) => found(pages.get(params.id ?? ''), page => showPage(page))),
    route('GET', 'databases/{id}', ({ params }) => found(databases.get(params.id ?? ''), showDatabase)),
    route('GET', 'data_sources/{id}', ({ params }) => showSource(params.id ?? '')),
    route('POST', 'data_sources/{id}/query', query),
    route('GET', 'blocks/{id}', ({ params }) => showBlock(params.id ?? '')),
    route('GET', 'blocks/{id}/children', children),
    route('GET', 'comments', listComments),
    { ...route('POST', 'oauth/token', token), open: true },
    {
      method: 'GET',
      pattern: '/files/{name}',
      open: true,
      handler: ({ params }) => ({ body: files.get(params.name ?? '') }),
    },
  ])
  server.tokens = new Set(['good-token'])
  server.refuse = error(401, 'unauthorized')

  return {
    server,
    endpoints: { api: server.url, token: `${server.url}/v1/oauth/token`, authorize: `${server.url}/authorize` },
    ...workspace,
    ...{ hidden, unsupported, refusals, files, refreshTokens, client },
    expireCursors: () => pager.expire(),
    limitRows(most: number): void {
      mostRows = most
    },
    /** How many requests went to paths that begin so. */
    calls: (start: string) => server.requests.filter(({ path }) => path.startsWith(`/v1/${start}`)).length,
    close: () => server.close(),
  }

  function showPage(page: FakePage) {
    return pageObject(
      page,
      isTrashed(page),
      source => sources.get(source)?.database ?? '',
      () => ++reads,
    )
  }

  function showDatabase(item: FakeDatabase) {
    const own = item.sources.flatMap(id => sources.get(id) ?? [])
    return databaseObject(item, isTrashed(item), own)
  }

  function showSource(id: string): FakeResponse {
    const source = sources.get(id)
    const home = databases.get(source?.database ?? '')
    return source && isVisible(home) ? { body: sourceObject(source, home as FakeDatabase, 'user-ann') } : missing()
  }

  function showBlock(id: string): FakeResponse {
    const found = findBlock(id)
    if (!found || !isVisible(found.page)) return missing()
    return { body: blockObject(found.block, found.page, found.container, () => ++reads) }
  }

  function found<Item extends FakePage | FakeDatabase>(
    item: Item | undefined,
    show: (item: Item) => object,
  ): FakeResponse {
    return item?.isShared ? { body: show(item) } : missing()
  }

  function search(request: FakeRequest): FakeResponse {
    const body = bodyOf(request, ['query', 'sort', 'filter', 'start_cursor', 'page_size'])
    const { timestamp, direction, ...rest } = (body?.sort ?? {}) as JsonObject
    const isSorted = timestamp === 'last_edited_time' && (direction === 'ascending' || direction === 'descending')
    if (!body || !isSorted || Object.keys(rest).length > 0) return invalid()
    const items = [
      ...[...pages.values()].filter(isVisible).map(item => ({ ...item, show: () => showPage(page(item.id)) })),
      ...[...sources.values()].flatMap(source => {
        const home = databases.get(source.database)
        return isVisible(home)
          ? [{ ...source, show: () => sourceObject(source, home as FakeDatabase, 'user-ann') }]
          : []
      }),
    ].filter(({ id }) => !hidden.has(id))
    items.sort((a, b) => b.edited - a.edited || (a.id < b.id ? -1 : 1))
    return pager.page(request, body, items, item => item.show(), 'page_or_data_source')
  }

  function query(request: FakeRequest): FakeResponse {
    const body = bodyOf(request, [
      'filter',
      'sorts',
      'start_cursor',
      'page_size',
      'archived',
      'in_trash',
      'result_type',
    ])
    const source = sources.get(request.params.id ?? '')
    if (!source || !isVisible(databases.get(source.database))) return missing()
    if (!body || [...request.query.keys()].some(key => key !== 'filter_properties')) return invalid()
    const from = (body.filter as { created_time?: { on_or_after?: string } } | undefined)?.created_time?.on_or_after
    const rows = [...pages.values()].filter(
      ({ parent, ...rest }) =>
        typeof parent === 'object' &&
        'source' in parent &&
        parent.source === source.id &&
        isVisible({ parent, ...rest }),
    )
    const listed = rows.filter(({ created }) => from === undefined || created >= Date.parse(from))
    listed.sort((a, b) => (body.sorts ? a.created - b.created : b.edited - a.edited) || (a.id < b.id ? -1 : 1))
    const status =
      listed.length > mostRows
        ? { type: 'incomplete', incomplete_reason: 'query_result_limit_reached' }
        : { type: 'complete' }
    return pager.page(request, body, listed.slice(0, mostRows), row => showPage(row), 'page_or_data_source', {
      request_status: status,
    })
  }

  function children(request: FakeRequest): FakeResponse {
    const { id = '' } = request.params
    const home = pages.get(id)
    const found = home ? undefined : findBlock(id)
    const owner = home ?? found?.page
    if (!owner || !isVisible(owner)) return missing()
    if (unsupported.has(id)) return invalid()
    const original = (found?.block.content.synced_from as { block_id?: string } | null | undefined)?.block_id
    const shown = original === undefined ? found : findBlock(original)
    if (original !== undefined && !(shown && isVisible(shown.page))) return missing()
    const blocks = (home?.blocks ?? shown?.block.children ?? []).filter(({ id: child, type }) =>
      type.startsWith('child_') ? isVisible(pages.get(child) ?? databases.get(child)) : true,
    )
    const container: Parent = home ? { page: home.id } : { block: shown?.block.id ?? id }
    const by = shown?.page ?? owner
    return pager.list(
      request,
      blocks.map(item => ({ ...blockObject(item, by, container, () => ++reads) })),
      ['start_cursor', 'page_size'],
    )
  }

  function listComments(request: FakeRequest): FakeResponse {
    if (refusals.comments) return restricted()
    const on = request.query.get('block_id') ?? ''
    if (!isVisible(pages.get(on)) && !isVisible(findBlock(on)?.page)) return missing()
    const own = [...comments.values()].filter(comment => comment.on === on)
    return pager.list(
      request,
      own.map(comment => commentObject(comment, { page: on })),
      ['block_id', 'start_cursor', 'page_size'],
    )
  }

  function userObjects() {
    return [...users].map(([id, name]) => ({
      ...{ object: 'user', id, name, avatar_url: `https://files.example/${id}?read=${++reads}` },
      ...{ type: 'person', person: { email: `${id}@example.com` } },
    }))
  }

  function me() {
    const owner = { type: 'workspace', workspace: true }
    const limits = { max_file_upload_size_in_bytes: 1 }
    const bot = { owner, workspace_id: 'workspace-1', workspace_name: 'Test workspace', workspace_limits: limits }
    return {
      object: 'user',
      id: 'user-bot',
      name: 'Inlet',
      avatar_url: null,
      type: 'bot',
      bot,
      request_id: String(++reads),
    }
  }

  function token(request: FakeRequest): FakeResponse {
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    if (request.headers.authorization !== basic) return { status: 401, body: { error: 'invalid_client' } }
    const body = bodyOf(request, ['grant_type', 'refresh_token'])
    if (body?.grant_type !== 'refresh_token') return invalid()
    if (!refreshTokens.delete(String(body.refresh_token))) return { status: 400, body: { error: 'invalid_grant' } }
    const next = `refresh-${++reads}`
    refreshTokens.add(next)
    server.tokens?.add(`access-${reads}`)
    return {
      body: {
        access_token: `access-${reads}`,
        token_type: 'bearer',
        refresh_token: next,
        bot_id: 'bot',
        workspace_id: 'workspace-1',
      },
    }
  }
}
