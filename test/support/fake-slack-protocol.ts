/** How Slack is spoken to: which parameters there are, how they come, and how answers begin. */
import type { JsonObject } from '../../core/plugin.ts'
import type { FakeRequest, FakeResponse } from './fake-server.ts'
import type { Method } from './slack-sdk.ts'

/**
 * What the fake understands of what each method takes (https://docs.slack.dev/reference/methods). What it does not
 * understand it refuses, where Slack would do as asked or pay no heed.
 */
export const methods: Readonly<Record<Method, readonly string[]>> = {
  'auth.test': [],
  'users.list': ['limit', 'cursor', 'include_locale'],
  'conversations.list': ['exclude_archived', 'types', 'limit', 'cursor'],
  'conversations.history': ['channel', 'latest', 'oldest', 'inclusive', 'limit', 'cursor'],
  'conversations.replies': ['channel', 'ts', 'latest', 'oldest', 'inclusive', 'limit', 'cursor'],
  'oauth.v2.access': ['client_id', 'client_secret', 'grant_type', 'refresh_token'],
}

/** The parameters of a request, or the error that Slack would answer. */
export function readForm(method: Method, request: FakeRequest): Map<string, string> | string {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\b/.test(type)) return 'invalid_post_type'
  if (request.query.size > 0) return 'invalid_arg_name'
  const entries = [...new URLSearchParams(request.body)]
  const form = new Map(entries)
  const isKnown = entries.every(([name]) => methods[method].includes(name))
  return isKnown && form.size === entries.length ? form : 'invalid_arg_name'
}

export function good(body: JsonObject): FakeResponse {
  return { body: { ok: true, ...body } }
}

export function failure(error: string): FakeResponse {
  return { body: { ok: false, error } }
}

export function missingScope(scope: string): FakeResponse {
  return { body: { ok: false, error: 'missing_scope', needed: scope, provided: 'identify' } }
}

/** What kind of conversation it is, as `types` names it. */
export function typeOf(channel: JsonObject): string {
  if (channel.is_im === true) return 'im'
  if (channel.is_mpim === true) return 'mpim'
  return channel.is_private === true ? 'private_channel' : 'public_channel'
}

export const conversationTypes: readonly string[] = ['public_channel', 'private_channel', 'im', 'mpim']

export function scopeOf(type: string, verb: 'read' | 'history'): string {
  const family = { public_channel: 'channels', private_channel: 'groups', im: 'im', mpim: 'mpim' }[type]
  return `${family}:${verb}`
}
