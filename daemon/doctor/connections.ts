/** Each connection's token: is it alive, when does it die, what does it need. */
import type { ConnectionCheckBody } from '../schemas/connection.ts'
import { bad, type Finding, good, warning } from './finding.ts'

export interface Examined {
  id: string
  name: string
  source: string
  isPending: boolean
  /** Absent where there is nothing to check yet. */
  check?: ConnectionCheckBody | undefined
}

const soonMs = 3 * 86_400_000

export function judgeConnection({ id, name, source, isPending, check }: Examined, now: number): Finding {
  const about = `connection ${JSON.stringify(name)} (${source})`
  const renew = `give it a new token: inlet connections renew ${id}`
  if (isPending || !check)
    return warning(about, 'it has no credential yet', `give it one: inlet connections renew ${id}`)
  const { alive, account, error_message, error_category, needs_person_at, scopes } = check
  const needs = scopes.length > 0 ? `; it needs ${scopes.join(' ')}` : ''
  if (alive === null) return warning(about, `its token could not be tried: ${error_message}`, 'try again later')
  if (!alive) {
    const isOfClient = error_category === 'client_invalid'
    const mend = isOfClient ? "check the OAuth client's id and secret at the provider and in the configuration" : renew
    return bad(
      about,
      `its token does not work: ${error_message}${error_category === 'scope_missing' ? needs : ''}`,
      mend,
    )
  }
  const life = needs_person_at === null ? 'no end of it is known' : `it needs a person at ${needs_person_at}`
  const says = `its token works for ${account?.name || account?.id || 'its account'}; ${life}${needs}`
  const isSoon = needs_person_at !== null && Date.parse(needs_person_at) - now < soonMs
  return isSoon ? warning(about, says, `before then, ${renew}`) : good(about, says)
}
