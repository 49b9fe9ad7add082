/** What users and tools do while the daemon runs: runs by hand, runs with one-off tokens, and changes at the providers. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../support/api-client.ts'
import type { Chance } from './chance.ts'
import type { Chain } from './ledger.ts'
import type { Life } from './life.ts'
import type { Subject } from './subjects.ts'
import type { World } from './worlds.ts'

export interface JobBody {
  id: string
  status: string
  trigger: string
  error: string | null
  error_category: string | null
}

const shareOfOneOffs = 0.15
const mostPauseMs = 40

/** Goes on until the daemon is killed. */
export async function makeTraffic(
  life: Life,
  subjects: readonly Subject[],
  worlds: readonly World[],
  options: { chance: Chance; oneOff: Chain },
): Promise<void> {
  const { chance, oneOff } = options
  while (!life.isOver) {
    chance.pick(worlds).change()
    const body = chance.odds(shareOfOneOffs) ? { access_token: oneOff.firstAccessToken } : {}
    await startRun(life.api, chance.pick(subjects).id, body)
    await sleep(chance.between(0, mostPauseMs))
  }
}

/** @returns nothing where a job is running already, or the token could not be refreshed first: the status tells why */
export async function startRun(api: ApiClient, id: string, body: object = {}): Promise<JobBody | undefined> {
  try {
    return await api.call<JobBody>('POST', `/source-connections/${id}/run`, body)
  } catch (error) {
    if (isAnswered(error, 409) || isAnswered(error, 400) || isAnswered(error, 503)) return undefined
    throw error
  }
}

/** The job as it is at its end. */
export async function endOf(api: ApiClient, connectionId: string, { id }: { id: string }): Promise<JobBody> {
  for await (const { event, data } of api.events<JobBody>(`/source-connections/${connectionId}/jobs/${id}/events`)) {
    if (event === 'end') return data
  }
  throw new Error('the events of a job ended without its end')
}

function isAnswered(error: unknown, status: number): boolean {
  return error instanceof Error && error.message.includes(` answered ${status}:`)
}
