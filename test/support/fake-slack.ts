/**
 * A workspace that behaves as Slack does, and is stricter where Slack is lenient: POST with a form only, known
 * parameters only, small pages (an empty one among them), cursors bound to their method and parameters, and members
 * that differ at each read. Edits, deletions and threads follow Slack's rules: a deleted message with replies leaves a
 * tombstone, replies are in no history unless broadcast, `oldest` and `latest` are exclusive.
 */
import type { Endpoints, JsonObject } from '../../core/plugin.ts'
import { type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from './fake-server.ts'

export type SlackObject = JsonObject & { id: string }
export type SlackMessage = JsonObject & { ts: string }

export interface FakeSlackOptions {
  /** The most that one answer holds, whatever `limit` asks for; default 3. */
  pageSize?: number
  /** Milliseconds since 1970, for `pace`; default: the machine's. */
  now?(): number
}

export interface FakeSlack {
  server: FakeServer
  endpoints: Endpoints
  team: { id: string; name: string; url: string }
  /** Whose token it is. */
  me: string
  users: SlackObject[]
  channels: SlackObject[]
  /** Every message and reply of a channel, oldest first. */
  messages: Map<string, SlackMessage[]>
  /** What asking for a channel's history or threads answers instead. */
  refusals: Map<string, string>
  missingScopes: Set<string>
  /** Refresh tokens that were not used yet. */
  refreshTokens: Set<string>
  client: { id: string; secret: string }
  addUser(user: Partial<SlackObject> & { id: string; name: string }): SlackObject
  addChannel(channel: Partial<SlackObject> & { id: string }): SlackObject
  /** Posts at `ts`, or right after the newest message. */
  post(channel: string, message: JsonObject | string): string
  reply(channel: string, parent: string, message: JsonObject | string): string
  edit(channel: string, ts: string, changes: JsonObject | string): void
  remove(channel: string, ts: string): void
  setArchived(channel: string, isArchived: boolean): void
  /** Turns a file into a tombstone in every message that shows it. */
  removeFile(id: string): void
  /** Every cursor given so far becomes invalid. */
  expireCursors(): void
  /** Lets a method through once in so many milliseconds, with at most so many items. */
  pace(method: string, everyMs: number, mostItems: number): void
  /** How often a method was asked. */
  calls(method?: string): number
  close(): Promise<void>
}

export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const { pageSize = 3, now = () => Date.now() } = options
  const users: SlackObject[] = []
  const channels: SlackObject[] = []
  const messages = new Map<string, SlackMessage[]>()
  const refusals = new Map<string, string>()
  const missingScopes = new Set<string>()
  const refreshTokens = new Set<string>()
  const paces = new Map<string, { everyMs: number; mostItems: number; next: number }>()
  const team = { id: 'T00000001', name: 'Test team', url: 'https://test-team.slack.com/' }
  const me = 'U00000001'
  const client = { id: 'client.id', secret: 'client-secret' }
  let era = 0
  let reads = 0
  let refreshes = 0
  let changes = 1768000000000

  const server = await startFakeServer([
    ...Object.keys(methods).map(name => ({
      method: 'POST',
      pattern: `/api/${name}`,
      open: name === 'oauth.v2.access',
      handler: (request: FakeRequest) => handle(name, request),
    })),
  ])
  server.tokens = new Set(['good-token'])
  server.refuse = failure('invalid_auth')

  const fake: FakeSlack = {
    server,
    endpoints: {
      api: `${server.url}/api`,
      token: `${server.url}/api/oauth.v2.access`,
      authorize: `${server.url}/oauth`,
    },
    team,
    me,
    users,
    channels,
    messages,
    refusals,
    missingScopes,
    refreshTokens,
    client,
    addUser(user) {
      const profile = {
        real_name: user.name,
        display_name: '',
        title: '',
        phone: '',
        avatar_hash: 'x',
        status_text: '',
      }
      const added = {
        team_id: team.id,
        deleted: false,
        is_bot: false,
        is_app_user: false,
        updated: 1700000000,
        profile,
        ...user,
      }
      users.push(added)
      return added
    },
    addChannel(channel) {
      const text = { value: '', creator: me, last_set: 0 }
      const name = typeof channel.name === 'string' ? channel.name : ''
      const kind = { is_channel: true, is_group: false, is_im: false, is_mpim: false, is_private: false }
      const state = { is_archived: false, is_general: false, is_shared: false, is_org_shared: false, is_member: true }
      const named =
        channel.is_im === true ? {} : { name, name_normalized: name, topic: text, purpose: text, creator: me }
      const added = { created: 1700000000, updated: changes, ...named, ...kind, ...state, ...channel }
      channels.push(added)
      messages.set(channel.id, [])
      return added
    },
    post: (channel, message) => insert(channel, asMessage(message), {}),
    reply(channel, parent, message) {
      return insert(channel, asMessage(message), {
        thread_ts: parent,
        parent_user_id: String(find(channel, parent).user),
      })
    },
    edit(channel, ts, changes) {
      const message = find(channel, ts)
      const edited = { user: String(message.user), ts: `${Math.floor(Number(ts)) + 60 + reads}.000000` }
      Object.assign(message, typeof changes === 'string' ? { text: changes } : changes, { edited })
    },
    remove(channel, ts) {
      const list = listOf(channel)
      const message = find(channel, ts)
      if (repliesTo(channel, ts).length > 0) {
        for (const name of Object.keys(message)) if (name !== 'ts') delete message[name]
        const text = 'This message was deleted.'
        Object.assign(message, { type: 'message', subtype: 'tombstone', hidden: true, user: 'USLACKBOT', text })
        return
      }
      list.splice(list.indexOf(message), 1)
      const parent = list.find(({ ts: own }) => own === message.thread_ts)
      if (parent?.subtype === 'tombstone' && repliesTo(channel, parent.ts).length === 0)
        list.splice(list.indexOf(parent), 1)
    },
    setArchived(id, isArchived) {
      const channel = channels.find(candidate => candidate.id === id)
      if (channel) Object.assign(channel, { is_archived: isArchived, updated: ++changes })
    },
    removeFile(id) {
      for (const message of [...messages.values()].flat()) {
        if (!Array.isArray(message.files)) continue
        message.files = message.files.map(file => (fileId(file) === id ? { id, mode: 'tombstone' } : file))
      }
    },
    expireCursors() {
      era++
    },
    pace(method, everyMs, mostItems) {
      paces.set(method, { everyMs, mostItems, next: 0 })
    },
    calls: method =>
      server.requests.filter(({ path }) => (method ? path === `/api/${method}` : path.startsWith('/api/'))).length,
    close: () => server.close(),
  }
  return fake

  function handle(name: string, request: FakeRequest): FakeResponse {
    const method = methods[name]
    const type = request.headers['content-type'] ?? ''
    if (!/^application\/x-www-form-urlencoded\b/.test(type)) return failure('invalid_post_type')
    if ([...request.query.keys()].length > 0) return failure('invalid_arg_name')
    const entries = [...new URLSearchParams(request.body)]
    const form = new Map(entries)
    if (form.size !== entries.length || entries.some(([key]) => !method?.parameters.includes(key)))
      return failure('invalid_arg_name')
    const pace = paces.get(name)
    if (pace) {
      if (now() < pace.next) {
        const seconds = Math.ceil((pace.next - now()) / 1000)
        return { status: 429, headers: { 'retry-after': String(seconds) }, body: { ok: false, error: 'ratelimited' } }
      }
      pace.next = now() + pace.everyMs
    }
    reads++
    switch (name) {
      case 'auth.test':
        return good({ url: team.url, team: team.name, team_id: team.id, user: 'me', user_id: me })
      case 'users.list':
        return missing('users:read') ?? paged(name, form, users, 'members', user => ({ ...user }), { cache_ts: reads })
      case 'conversations.list':
        return listChannels(name, form)
      case 'conversations.history':
        return history(name, form)
      case 'conversations.replies':
        return replies(name, form)
      default:
        return refresh(request, form)
    }
  }

  function listChannels(name: string, form: Map<string, string>): FakeResponse {
    const types = (form.get('types') ?? 'public_channel').split(',')
    if (types.some(type => !['public_channel', 'private_channel', 'im', 'mpim'].includes(type)))
      return failure('invalid_types')
    const refused = types.map(type => missing(scopeOf(type, 'read'))).find(Boolean)
    if (refused) return refused
    const shown = channels.filter(
      channel => types.includes(typeOf(channel)) && !(form.get('exclude_archived') === 'true' && channel.is_archived),
    )
    const volatile = () => ({ num_members: reads, last_read: `${1700000000 + reads}.000000`, unread_count: reads % 7 })
    return paged(name, form, shown, 'channels', channel => ({ ...channel, ...volatile() }))
  }

  function history(name: string, form: Map<string, string>): FakeResponse {
    const refused = refusedChannel(form)
    if (refused) return refused
    const channel = form.get('channel') ?? ''
    const seen = within(form, listOf(channel)).filter(
      ({ thread_ts, ts, subtype }) => !thread_ts || thread_ts === ts || subtype === 'thread_broadcast',
    )
    const answer = { pin_count: 0, channel_actions_ts: null, channel_actions_count: 0 }
    return paged(name, form, seen.reverse(), 'messages', message => shown(channel, message, true), answer)
  }

  function replies(name: string, form: Map<string, string>): FakeResponse {
    const refused = refusedChannel(form)
    if (refused) return refused
    const channel = form.get('channel') ?? ''
    const parent = listOf(channel).find(({ ts }) => ts === form.get('ts'))
    if (!parent) return failure('thread_not_found')
    const thread = within(form, repliesTo(channel, parent.ts))
    // Slack repeats the first message on every page of its thread.
    return paged(name, form, thread, 'messages', message => shown(channel, message, false), {}, [
      shown(channel, parent, false),
    ])
  }

  function refusedChannel(form: Map<string, string>): FakeResponse | undefined {
    const channel = channels.find(({ id }) => id === form.get('channel'))
    if (!channel) return failure('channel_not_found')
    for (const bound of ['latest', 'oldest', 'ts']) {
      const ts = form.get(bound)
      if (ts !== undefined && !/^\d{10}\.\d{6}$/.test(ts))
        return failure(bound === 'ts' ? 'invalid_ts' : `invalid_ts_${bound}`)
    }
    const refusal = refusals.get(channel.id)
    return missing(scopeOf(typeOf(channel), 'history')) ?? (refusal ? failure(refusal) : undefined)
  }

  /** Single use refresh tokens, errors with status 200. */
  function refresh(request: FakeRequest, form: Map<string, string>): FakeResponse {
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
    return good({
      ...tokens,
      token_type: 'user',
      scope: 'channels:read',
      user_id: me,
      team: { id: team.id, name: team.name },
    })
  }

  /** One page. Before the first item comes an empty page, as Slack gives when it filters after paging. */
  function paged<Item extends JsonObject>(
    name: string,
    form: Map<string, string>,
    items: readonly Item[],
    member: string,
    show: (item: Item) => JsonObject,
    rest: JsonObject = {},
    repeated: JsonObject[] = [],
  ): FakeResponse {
    const limit = Number(form.get('limit') ?? '100')
    if (!Number.isInteger(limit) || limit < 1 || limit > 999) return failure('invalid_limit')
    const bound = JSON.stringify([era, name, ...[...form].filter(([key]) => key !== 'cursor').sort()])
    const cursor = form.get('cursor')
    const key = (item: Item) => String(item.ts ?? item.id)
    let start = 0
    if (cursor !== undefined && cursor !== '') {
      const [sealed, from] = decode(cursor)
      if (sealed !== bound) return failure('invalid_cursor')
      // By place, not by count, so that what comes and goes meanwhile shifts nothing; a cursor's own item may be gone.
      start = from === '' ? 0 : items.findIndex(item => key(item) === from)
      if (start < 0) start = items.length
    }
    const size = Math.min(limit, pageSize, paces.get(name)?.mostItems ?? pageSize)
    const isEmptyFirst = cursor === undefined && items.length > size
    const page = isEmptyFirst ? [] : items.slice(start, start + size)
    const following = isEmptyFirst ? items[0] : items[start + size]
    const next = following ? encode([bound, isEmptyFirst ? '' : key(following)]) : ''
    const more = name.startsWith('conversations.') && member === 'messages' ? { has_more: next !== '' } : {}
    return good({
      [member]: [...repeated, ...page.map(show)],
      ...more,
      ...rest,
      response_metadata: { next_cursor: next },
    })
  }

  function shown(channel: string, message: SlackMessage, isHistory: boolean): JsonObject {
    const thread = repliesTo(channel, message.ts)
    const volatile: JsonObject = { subscribed: reads % 2 === 0, last_read: `${1700000000 + reads}.000000` }
    if (thread.length > 0) {
      const people = [...new Set(thread.map(({ user }) => String(user)))]
      Object.assign(volatile, {
        thread_ts: message.ts,
        reply_count: thread.length,
        reply_users: reads % 2 === 0 ? people : people.toReversed(),
        reply_users_count: people.length,
        latest_reply: thread.at(-1)?.ts ?? '',
      })
    }
    if (Array.isArray(message.blocks)) {
      volatile.blocks = message.blocks.map((block, index) => ({
        ...(block as JsonObject),
        block_id: `b${reads}-${index}`,
      }))
    }
    if (isHistory && message.subtype === 'thread_broadcast')
      volatile.root = { ...find(channel, String(message.thread_ts)), seen: reads }
    return { ...structuredClone(message), ...volatile }
  }

  function within(form: Map<string, string>, list: readonly SlackMessage[]): SlackMessage[] {
    const inclusive = form.get('inclusive') === 'true'
    const [oldest, latest] = [form.get('oldest') ?? '', form.get('latest') ?? '~']
    return list.filter(({ ts }) => (ts > oldest && ts < latest) || (inclusive && (ts === oldest || ts === latest)))
  }

  function insert(channel: string, message: JsonObject, extra: JsonObject): string {
    const list = listOf(channel)
    const newest = list.at(-1)?.ts ?? '1768470000.000000'
    const ts = typeof message.ts === 'string' ? message.ts : `${Math.floor(Number(newest)) + 1}.000100`
    list.push({ type: 'message', user: me, text: '', ...message, ...extra, ts })
    list.sort((a, b) => (a.ts < b.ts ? -1 : 1))
    return ts
  }

  function listOf(channel: string): SlackMessage[] {
    const list = messages.get(channel)
    if (!list) throw new Error(`no channel ${channel}`)
    return list
  }

  function find(channel: string, ts: string): SlackMessage {
    const message = listOf(channel).find(candidate => candidate.ts === ts)
    if (!message) throw new Error(`no message ${channel}/${ts}`)
    return message
  }

  function repliesTo(channel: string, ts: string): SlackMessage[] {
    return listOf(channel).filter(message => message.thread_ts === ts && message.ts !== ts)
  }

  function missing(scope: string): FakeResponse | undefined {
    if (!missingScopes.has(scope)) return undefined
    return { body: { ok: false, error: 'missing_scope', needed: scope, provided: 'identify' } }
  }
}

/** Parameters of each method: https://github.com/slackapi/slack-api-specs (web-api/slack_web_openapi_v2.json). */
export const methods: Readonly<Record<string, { parameters: readonly string[] }>> = {
  'auth.test': { parameters: [] },
  'users.list': { parameters: ['limit', 'cursor', 'include_locale'] },
  'conversations.list': { parameters: ['exclude_archived', 'types', 'limit', 'cursor'] },
  'conversations.history': { parameters: ['channel', 'latest', 'oldest', 'inclusive', 'limit', 'cursor'] },
  'conversations.replies': { parameters: ['channel', 'ts', 'latest', 'oldest', 'inclusive', 'limit', 'cursor'] },
  'oauth.v2.access': {
    parameters: ['client_id', 'client_secret', 'grant_type', 'refresh_token', 'code', 'redirect_uri'],
  },
}

function good(body: JsonObject): FakeResponse {
  return { body: { ok: true, ...body } }
}

function failure(error: string): FakeResponse {
  return { body: { ok: false, error } }
}

function asMessage(message: JsonObject | string): JsonObject {
  return typeof message === 'string' ? { text: message } : message
}

function typeOf(channel: SlackObject): string {
  if (channel.is_im === true) return 'im'
  if (channel.is_mpim === true) return 'mpim'
  return channel.is_private === true ? 'private_channel' : 'public_channel'
}

function scopeOf(type: string, verb: string): string {
  const family = { public_channel: 'channels', private_channel: 'groups', im: 'im', mpim: 'mpim' }[type]
  return `${family}:${verb}`
}

function fileId(file: unknown): unknown {
  return typeof file === 'object' && file !== null && 'id' in file ? file.id : undefined
}

function encode(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

function decode(cursor: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts.map(String) : []
  } catch {
    return []
  }
}
