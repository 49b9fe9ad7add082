/** The connections that the soak watches: every family, and every way in which a provider lets refresh tokens be used. */
import type { ApiClient } from '../support/api-client.ts'
import type { Chain, Ledger, Reuse } from './ledger.ts'
import type { Family } from './token-endpoints.ts'
import type { World } from './worlds.ts'

export interface Subject {
  /** The connection's, once it is made. */
  id: string
  world: World
  reuse: Reuse
  /** The sign-in that it lives from. */
  chain: Chain
  /** A sign-in that a kill has cut off: whether it counts is for the status to tell. */
  isSigningIn: boolean
}

const wanted: readonly { family: Family; reuse: Reuse; count: number }[] = [
  { family: 'slack', reuse: 'until the next is used', count: 3 },
  { family: 'slack', reuse: 'once', count: 2 },
  { family: 'notion', reuse: 'until the next is used', count: 2 },
  { family: 'notion', reuse: 'once', count: 2 },
  { family: 'google', reuse: 'for ever', count: 4 },
]

/** Every minute for most; every few seconds for some, so that schedules fall into every life. */
const schedules = ['* * * * *', '* * * * *', '*/3 * * * * *']

export const collection = 'soak'

export async function makeSubjects(api: ApiClient, ledger: Ledger, worlds: readonly World[]): Promise<Subject[]> {
  await api.call('POST', '/collections', { name: 'Soak', readable_id: collection })
  const subjects: Subject[] = []
  for (const { family, reuse, count } of wanted) {
    const world = worlds.find(candidate => candidate.family === family)
    if (!world) throw new Error(`there is no world of ${family}`)
    for (let number = 0; number < count; number++) {
      const chain = ledger.signIn(reuse)
      const { id } = await api.call<{ id: string }>('POST', '/source-connections', {
        short_name: world.shortName,
        collection,
        auth_fields: fieldsOf(chain),
        cron_schedule: schedules[subjects.length % schedules.length],
        sync_immediately: false,
      })
      subjects.push({ id, world, reuse, chain, isSigningIn: false })
    }
  }
  return subjects
}

/** What a person does when a connection says so. */
export async function signInAgain(api: ApiClient, ledger: Ledger, subject: Subject): Promise<void> {
  subject.chain = ledger.signIn(subject.reuse)
  subject.isSigningIn = true
  await api.call('PATCH', `/source-connections/${subject.id}`, { auth_fields: fieldsOf(subject.chain) })
  subject.isSigningIn = false
}

function fieldsOf({ firstAccessToken, firstRefreshToken }: Chain): object {
  return { access_token: firstAccessToken, refresh_token: firstRefreshToken }
}
