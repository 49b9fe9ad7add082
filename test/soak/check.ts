/** In a moment of calm: every connection runs with a new token, and holds what its provider has, no more and no less. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../support/api-client.ts'
import { type FeedEntity, type Follower, keyOf } from './follower.ts'
import type { Ledger, Unavoidable } from './ledger.ts'
import { collection, type Subject, signInAgain } from './subjects.ts'
import { endOf, startRun } from './traffic.ts'

export interface ConnectionBody {
  id: string
  status: string
  error_category: string | null
  error_message: string | null
  latest_sync_job_status: string | null
}

export interface Verdicts {
  /** Credentials that inlet had and has no more. */
  tokensLost: string[]
  /** Sign-ins that ended because an answer was cut off, and that said so. */
  announced: Record<Unavoidable, number>
  /** Sign-ins that a kill cut off before they were answered, and that were made again. */
  signInsCutOff: number
  /** Entities that are not as the provider has them, or that the feed told wrongly. */
  entitiesWrong: string[]
  /** Everything else that must not be. */
  other: string[]
}

export interface Checker {
  api: ApiClient
  ledger: Ledger
  follower: Follower
  verdicts: Verdicts
}

/** A run may meet one that is under way, or end of what was begun before the calm. */
const mostTries = 40
const pauseMs = 50

/** Looks at each connection's status; whoever needs a person is judged, and signed in again. */
export async function checkStatuses(checker: Checker, subjects: readonly Subject[]): Promise<void> {
  const connections = await checker.api.call<ConnectionBody[]>('GET', '/source-connections?limit=1000')
  if (connections.length !== subjects.length)
    checker.verdicts.other.push(`there are ${connections.length} connections, not ${subjects.length}`)
  for (const connection of connections) {
    const subject = subjects.find(({ id }) => id === connection.id)
    if (!subject) continue
    if (connection.status === 'needs_reauth') await settle(checker, subject, connection)
    else subject.isSigningIn = false
  }
}

export async function checkAll(checker: Checker, subjects: readonly Subject[]): Promise<void> {
  await Promise.all(subjects.map(subject => checkRun(checker, subject)))
  await checker.follower.follow(checker.api)
  const listed = await listAll(checker.api)
  for (const { id, world } of subjects) {
    const truth = [...world.truth()].sort()
    const complain = (who: string) => (what: string) => checker.verdicts.entitiesWrong.push(`${who}: ${what}`)
    compare(truth, shownIn(checker.follower.held(id).values(), world), complain(`${world.shortName}, as followed`))
    const own = listed.filter(({ source_connection_id }) => source_connection_id === id)
    compare(truth, shownIn(own, world), complain(`${world.shortName}, as listed`))
  }
}

/** The access token dies at the provider, so that the run needs the refresh token that is current there. */
async function checkRun(checker: Checker, subject: Subject): Promise<void> {
  const { api, ledger, verdicts } = checker
  ledger.expire(subject.chain)
  const failures: string[] = []
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const { newest } = subject.chain
    const job = await startRun(api, subject.id)
    const end = job && (await endOf(api, subject.id, job))
    if (end?.status === 'completed') {
      if (newest.isDead && subject.chain.newest === newest) verdicts.other.push('a run ended well with a dead token')
      return
    }
    if (end) failures.push(`${end.error_category}: ${end.error}`)
    const connection = await api.call<ConnectionBody>('GET', `/source-connections/${subject.id}`)
    if (connection.status === 'needs_reauth') await settle(checker, subject, connection)
    else await sleep(pauseMs)
  }
  verdicts.tokensLost.push(`${subject.world.shortName} runs no more, and needs nobody: ${failures.at(-1)}`)
}

async function settle({ api, ledger, verdicts }: Checker, subject: Subject, connection: ConnectionBody): Promise<void> {
  // It still says why it needed the sign-in that was cut off.
  if (subject.isSigningIn) {
    verdicts.signInsCutOff++
    return signInAgain(api, ledger, subject)
  }
  const { error_category: category, error_message: reason } = connection
  const judgement = ledger.judge(subject.chain, reason ?? '')
  if (typeof judgement === 'object') verdicts.tokensLost.push(`${subject.world.shortName}: ${judgement.lost}`)
  else verdicts.announced[judgement]++
  if (category !== 'token_revoked') verdicts.other.push(`a connection that needs a person says ${category}`)
  await signInAgain(api, ledger, subject)
}

async function listAll(api: ApiClient): Promise<FeedEntity[]> {
  const all: FeedEntity[] = []
  for (let after = ''; ; ) {
    const path = `/collections/${collection}/entities?limit=1000&include_deleted=false${after}`
    const page = await api.call<{ entities: FeedEntity[]; next_cursor: string }>('GET', path)
    all.push(...page.entities)
    if (page.entities.length === 0) return all
    after = `&after=${encodeURIComponent(page.next_cursor)}`
  }
}

function shownIn(entities: Iterable<FeedEntity>, { shown }: Subject['world']): [string, string][] {
  return [...entities].map((entity): [string, string] => [keyOf(entity), shown(entity)]).sort()
}

function compare(
  truth: readonly [string, string][],
  held: readonly [string, string][],
  complain: (what: string) => unknown,
): void {
  const left = new Map(truth)
  for (const [key, text] of held) {
    if (!left.has(key)) complain(`${key} is there twice, or not at the provider`)
    else if (left.get(key) !== text) complain(`${key} is ${JSON.stringify(text)}, not ${JSON.stringify(left.get(key))}`)
    left.delete(key)
  }
  for (const key of left.keys()) complain(`${key} is missing`)
}
