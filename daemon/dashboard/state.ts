/** How a connection fares, as a person wants to know it: in a word, what is wrong, and what to do. */
import type { ConnectionView, Inlet, SourceInfo } from '../../core/inlet.ts'
import type { Icon } from './html.ts'
import { fromNow, sentence } from './words.ts'

export interface Seen {
  connection: ConnectionView
  /** Undefined where its plugin is not there any more. */
  info: SourceInfo | undefined
  /** ISO 8601. */
  lastSuccessAt: string | null
}

export interface State {
  tone: 'good' | 'busy' | 'warn' | 'bad'
  icon: Icon
  label: string
  /** What is wrong. */
  problem?: string | undefined
  /** What to do about it. */
  advice?: string | undefined
  actions: readonly ('run' | 'sign-in' | 'token')[]
}

const mostJobs = 50

/** @throws Failure `not_found` (`unknown-connection`) */
export async function look(inlet: Inlet, connection: ConnectionView): Promise<Seen> {
  const info = inlet.sources.list().find(({ source }) => source.shortName === connection.shortName)
  const { lastJob } = connection
  if (lastJob?.status === 'completed') return { connection, info, lastSuccessAt: lastJob.completedAt }
  if (connection.successfulRuns === 0) return { connection, info, lastSuccessAt: null }
  const jobs = await inlet.jobs.list(connection.id, { skip: 0, limit: mostJobs })
  return { connection, info, lastSuccessAt: jobs.find(({ status }) => status === 'completed')?.completedAt ?? null }
}

const pageSize = 1000

/** Every connection there is, oldest first. */
export async function lookAtAll(inlet: Inlet): Promise<Seen[]> {
  const all: ConnectionView[] = []
  for (let skip = 0; ; skip += pageSize) {
    const some = await inlet.connections.list({ skip, limit: pageSize })
    all.push(...some)
    if (some.length < pageSize) break
  }
  return Promise.all(all.map(connection => look(inlet, connection)))
}

export function titleOf({ connection, info }: Pick<Seen, 'connection' | 'info'>): string {
  return info?.source.title ?? connection.shortName
}

export function entityCount({ entityCounts }: ConnectionView): number {
  return entityCounts.reduce((total, { count }) => total + count, 0)
}

const soonMs = 7 * 86_400_000

const order: readonly State['tone'][] = ['bad', 'warn', 'busy', 'good']

/** Those that need a person first, else in their order. */
export function byNeed(seen: readonly Seen[], now: number): Seen[] {
  const rank = ({ connection }: Seen) => order.indexOf(stateOf(connection, now).tone)
  return [...seen].sort((a, b) => rank(a) - rank(b))
}

/** @param now milliseconds since 1970 */
export function stateOf(connection: ConnectionView, now: number): State {
  const { lastErrorMessage, needsPersonAt } = connection
  const problem = lastErrorMessage === null ? undefined : sentence(lastErrorMessage)
  switch (connection.status) {
    case 'in_progress':
      return { tone: 'busy', icon: 'busy', label: 'Syncing now', actions: [] }
    case 'pending_auth': {
      const advice = 'Sign in at the provider, or give a token: then the first sync begins.'
      return { tone: 'warn', icon: 'key', label: 'Waits for you to sign in', advice, actions: ['sign-in', 'token'] }
    }
    case 'needs_reauth': {
      const advice = 'Sign in again, or give a new token. Nothing is lost: it goes on where it stopped.'
      return {
        ...{ tone: 'bad', icon: 'person', label: 'Needs you', advice, actions: ['sign-in', 'token'] },
        problem: endings[connection.lastErrorCategory ?? ''] ?? problem ?? ended,
      }
    }
    case 'failing': {
      const isClient = connection.lastErrorCategory === 'client_invalid'
      const advice = adviceOn(connection.lastErrorCategory ?? '')
      return {
        ...{ tone: 'bad', icon: 'trouble', label: 'Last run failed', advice },
        ...{ problem: problem ?? 'The last run did not come to its end.', actions: isClient ? ['sign-in'] : ['run'] },
      }
    }
    case 'active': {
      const ms = needsPersonAt === null ? Number.POSITIVE_INFINITY : Date.parse(needsPersonAt) - now
      const healthy = { tone: 'good', icon: 'healthy', label: 'Healthy', actions: ['run'] } as const
      if (needsPersonAt === null || ms > soonMs) return healthy
      const advice = 'Sign in again, or give a new token, before that: then nothing stops.'
      return {
        ...{ tone: 'warn', icon: 'waiting', label: 'Will need you soon', advice, actions: ['sign-in', 'token', 'run'] },
        problem: `Its sign-in ends ${fromNow(needsPersonAt, now)}.`,
      }
    }
  }
}

const ended = 'The provider does not accept the stored token any more.'

/** In place of messages that are written for those who use the API. */
const endings: Readonly<Record<string, string>> = {
  token_expired: 'The access token has ended, and no refresh token renews it.',
  token_revoked: ended,
  scope_missing: 'The token lacks a permission that the source needs.',
}

const passing = 'This usually passes by itself: the next run tries again, and goes on where this one stopped.'

const adviceBy: Readonly<Record<string, string>> = {
  client_invalid:
    'The provider refuses the OAuth client: check its ID and secret at the provider, then sign in again with them.',
  rate_limited: passing,
  provider_unavailable: passing,
  offline: `Check whether this machine is online. ${passing}`,
  interrupted: 'It was stopped half-way, and goes on from there when it runs again.',
  cancelled: 'It was cancelled. What it had brought in stays, and the next run goes on from there.',
  scope_missing: 'Sign in again and allow everything that the provider lists.',
}

function adviceOn(category: string): string {
  return adviceBy[category] ?? 'Run it again. If that does not help, the log of inlet says more.'
}
