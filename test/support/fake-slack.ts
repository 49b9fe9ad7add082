/**
 * A workspace that behaves as Slack does, and is stricter where Slack is lenient: POST with a form only, known
 * parameters only, small pages (an empty one among them), cursors bound to their method and parameters, and members
 * that differ at each read. Replies are in no history unless broadcast; `oldest` and `latest` are exclusive.
 */
import type { Endpoints, JsonObject } from '../../core/plugin.ts'
import { bearer, type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from './fake-server.ts'
import { createSlackPages, type PagedList } from './fake-slack-pages.ts'
import {
  conversationTypes,
  failure,
  good,
  methods,
  missingScope,
  readForm,
  scopeOf,
  typeOf,
} from './fake-slack-protocol.ts'
import { showChannel, showMessage, showUser } from './fake-slack-view.ts'
import {
  createSlackWorkspace,
  listOf,
  repliesTo,
  type SlackMessage,
  type SlackWorkspace,
} from './fake-slack-workspace.ts'
import type { Method } from './slack-sdk.ts'
import { checkAnswer, checkRequest } from './slack-spec.ts'

export type { SlackMessage, SlackObject } from './fake-slack-workspace.ts'

export interface FakeSlackOptions {
  /** The most that one answer holds, whatever `limit` asks for; default 3. */
  pageSize?: number
  /** Milliseconds since 1970, for `pace`; default: the machine's. */
  now?(): number
}

export interface FakeSlack extends SlackWorkspace {
  server: FakeServer
  endpoints: Endpoints
  /** What asking for a channel's history or threads answers instead. */
  refusals: Map<string, string>
  missingScopes: Set<string>
  /** Refresh tokens that were not used yet. */
  refreshTokens: Set<string>
  client: { id: string; secret: string }
  /** What in requests and answers is not as Slack's specification and SDK have it, a sentence each. */
  problems: string[]
  /** Keeps a file, and gives what messages tell of where it is. */
  keep(id: string, name: string, content: string | Uint8Array): { url_private: string; size: number }
  /** How often the bytes of a file were asked for, or of any. */
  fetches(id?: string): number
  /** Every cursor given so far becomes invalid. */
  expireCursors(): void
  /** Lets a method through once in so many milliseconds, with at most so many items. */
  pace(method: string, everyMs: number, mostItems: number): void
  /** How often a method was asked. */
  calls(method?: string): number
  close(): Promise<void>
}

type Form = ReadonlyMap<string, string>

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const { pageSize = 3, now = () => Date.now() } = options
  const workspace = createSlackWorkspace()
  const { team, me, users, channels, messages } = workspace
  const pages = createSlackPages()
  const refusals = new Map<string, string>()
  const missingScopes = new Set<string>()
  const refreshTokens = new Set<string>()
  const paces = new Map<string, { everyMs: number; mostItems: number; next: number }>()
  const problems: string[] = []
  const kept = new Map<string, string | Uint8Array>()
  const client = { id: 'client.id', secret: 'client-secret' }
  let reads = 0
  let refreshes = 0

  const names = Object.keys(methods) as Method[]
  const server = await startFakeServer([
    ...names.map(name => ({
      method: 'POST',
      pattern: `/api/${name}`,
      // Slack tells a bad token from none, which the server below does not.
      open: true,
      handler: (request: FakeRequest) => {
        const answer = handle(name, request)
        problems.push(...checkRequest(request), ...checkAnswer(name, answer))
        return answer
      },
    })),
    { method: 'GET', pattern: '/files-pri/{id}/{name}', open: true, handler: giveFile },
    {
      ...{ method: 'GET', pattern: '/signin', open: true },
      handler: () => ({ body: '<title>Sign in</title>', headers: { 'content-type': 'text/html; charset=utf-8' } }),
    },
  ])
  server.tokens = new Set(['good-token'])

  return {
    ...workspace,
    ...{ server, refusals, missingScopes, refreshTokens, client, problems },
    endpoints: {
      api: `${server.url}/api`,
      token: `${server.url}/api/oauth.v2.access`,
      authorize: `${server.url}/oauth`,
    },
    keep(id, name, content) {
      kept.set(id, content)
      return { url_private: `${server.url}/files-pri/${id}/${name}`, size: Buffer.byteLength(content) }
    },
    fetches: (id = '') => server.requests.filter(({ path }) => path.startsWith(`/files-pri/${id}`)).length,
    expireCursors: () => pages.expire(),
    pace(method, everyMs, mostItems) {
      paces.set(method, { everyMs, mostItems, next: 0 })
    },
    calls: method =>
      server.requests.filter(({ path }) => (method ? path === `/api/${method}` : path.startsWith('/api/'))).length,
    close: () => server.close(),
  }

  /** Whoever may not read files is sent to sign in. */
  function giveFile(request: FakeRequest): FakeResponse {
    const isRefused = !server.tokens?.has(bearer(request)) || missingScopes.has('files:read')
    if (isRefused) return { status: 302, headers: { location: `${server.url}/signin` } }
    const body = kept.get(request.params.id ?? '')
    return body === undefined ? { status: 404, body: 'no such file' } : { body }
  }

  function handle(name: Method, request: FakeRequest): FakeResponse {
    const token = bearer(request)
    if (name !== 'oauth.v2.access' && server.tokens && !server.tokens.has(token))
      return failure(token ? 'invalid_auth' : 'not_authed')
    const form = readForm(name, request)
    if (typeof form === 'string') return failure(form)
    const pace = paces.get(name)
    if (pace) {
      if (now() < pace.next) {
        const seconds = Math.ceil((pace.next - now()) / 1000)
        return { ...failure('ratelimited'), status: 429, headers: { 'retry-after': String(seconds) } }
      }
      pace.next = now() + pace.everyMs
    }
    reads++
    switch (name) {
      case 'auth.test':
        return good({ url: team.url, team: team.name, team_id: team.id, user: 'me', user_id: me })
      case 'users.list':
        return missing('users:read') ?? listUsers(form)
      case 'conversations.list':
        return listChannels(form)
      case 'conversations.history':
        return refusedChannel(form) ?? history(form)
      case 'conversations.replies':
        return refusedChannel(form) ?? replies(form)
      case 'oauth.v2.access':
        return refresh(request, form)
    }
  }

  function paged<Item extends JsonObject>(list: Omit<PagedList<Item>, 'mostItems'>): FakeResponse {
    return pages.page({ ...list, mostItems: Math.min(pageSize, paces.get(list.method)?.mostItems ?? pageSize) })
  }

  function listUsers(form: Form): FakeResponse {
    const withLocale = form.get('include_locale') === 'true'
    return paged({
      ...{ method: 'users.list', form, items: users, member: 'members', rest: { cache_ts: reads } },
      show: user => showUser(user, withLocale),
    })
  }

  function listChannels(form: Form): FakeResponse {
    const types = (form.get('types') ?? 'public_channel').split(',')
    if (!types.every(type => conversationTypes.includes(type))) return failure('invalid_types')
    const refused = types.map(type => missing(scopeOf(type, 'read'))).find(Boolean)
    if (refused) return refused
    const items = channels.filter(
      channel => types.includes(typeOf(channel)) && !(form.get('exclude_archived') === 'true' && channel.is_archived),
    )
    const show = (channel: (typeof items)[number]) => showChannel(channel, reads)
    return paged({ method: 'conversations.list', form, items, member: 'channels', show })
  }

  function history(form: Form): FakeResponse {
    const channel = form.get('channel') ?? ''
    const seen = within(form, listOf(messages, channel)).filter(
      ({ thread_ts, ts, subtype }) => !thread_ts || thread_ts === ts || subtype === 'thread_broadcast',
    )
    return paged({
      ...{ method: 'conversations.history', form, items: seen.reverse(), member: 'messages' },
      show: message => showMessage(workspace, channel, message, true, reads),
      rest: { pin_count: 0, channel_actions_ts: null, channel_actions_count: 0 },
    })
  }

  function replies(form: Form): FakeResponse {
    const channel = form.get('channel') ?? ''
    const parent = listOf(messages, channel).find(({ ts }) => ts === form.get('ts'))
    if (!parent) return failure('thread_not_found')
    const show = (message: SlackMessage) => showMessage(workspace, channel, message, false, reads)
    return paged({
      ...{ method: 'conversations.replies', form, items: within(form, repliesTo(messages, channel, parent.ts)) },
      ...{ member: 'messages', show },
      // Slack repeats the first message on every page of its thread.
      repeated: [show(parent)],
    })
  }

  function refusedChannel(form: Form): FakeResponse | undefined {
    const channel = channels.find(({ id }) => id === form.get('channel'))
    if (!channel) return failure('channel_not_found')
    for (const bound of ['latest', 'oldest', 'ts']) {
      const ts = form.get(bound)
      if (ts !== undefined && !/^\d{10}\.\d{6}$/.test(ts))
        return failure(bound === 'ts' ? 'invalid_arguments' : `invalid_ts_${bound}`)
    }
    const refusal = refusals.get(channel.id)
    return missing(scopeOf(typeOf(channel), 'history')) ?? (refusal ? failure(refusal) : undefined)
  }

  /** Single use refresh tokens, errors with status 200. */
  function refresh(request: FakeRequest, form: Form): FakeResponse {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString().split(':')
      : [form.get('client_id'), form.get('client_secret')]
    if (id !== client.id) return failure('invalid_client_id')
    if (secret !== client.secret) return failure('bad_client_secret')
    if (form.get('grant_type') !== 'refresh_token') return failure('invalid_grant_type')
    if (!refreshTokens.delete(form.get('refresh_token') ?? '')) return failure('invalid_refresh_token')
    refreshes++
    const tokens = { access_token: `xoxe.xoxp-${refreshes}`, refresh_token: `xoxe-${refreshes}`, expires_in: 43200 }
    server.tokens?.add(tokens.access_token)
    refreshTokens.add(tokens.refresh_token)
    const place = { team: { id: team.id, name: team.name }, enterprise: null, is_enterprise_install: false }
    return good({ app_id: 'A00000001', ...tokens, token_type: 'user', scope: 'channels:read', ...place })
  }

  function missing(scope: string): FakeResponse | undefined {
    return missingScopes.has(scope) ? missingScope(scope) : undefined
  }
}

function within(form: Form, list: readonly SlackMessage[]): SlackMessage[] {
  const inclusive = form.get('inclusive') === 'true'
  const [oldest, latest] = [form.get('oldest') ?? '', form.get('latest') ?? '~']
  return list.filter(({ ts }) => (ts > oldest && ts < latest) || (inclusive && (ts === oldest || ts === latest)))
}
