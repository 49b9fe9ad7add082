import { describe, expect, it } from 'vitest'
import { Failure } from '../../core/errors.ts'
import type { JobRunner } from '../../core/jobs.ts'
import type { JobRow } from '../../core/store/store.ts'
import { makingUp } from '../../core/vault-control.ts'

const ending = { connection: { totalRuns: 1 }, happenings: [], stored() {} }

function endOf(cronSchedule: string | null, trigger: string, failure: Failure | undefined) {
  const runner = makingUp<JobRunner>(
    { run: async () => {}, ended: async () => ending },
    { connection: async () => ({ id: 'one', cronSchedule }) as never },
    { now: () => 0 },
  )
  return runner.ended({ id: 'job', connectionId: 'one', trigger } as JobRow, failure)
}

describe('a scheduled run that a locked vault cut', () => {
  const locked = new Failure('vault_locked', 'locked')

  it('is due again at once, which is stored with its end', async () => {
    const { connection } = await endOf('0 * * * *', 'schedule', locked)
    expect(connection).toEqual({ totalRuns: 1, nextRunAt: new Date(0).toISOString() })
  })

  it.each([
    ['was asked for by a person', '0 * * * *', 'manual', locked],
    ['has no schedule any more', null, 'schedule', locked],
    ['failed for another reason', '0 * * * *', 'schedule', new Failure('offline', 'offline')],
    ['ended well', '0 * * * *', 'schedule', undefined],
  ])('is not, where it %s', async (_what, cron, trigger, failure) => {
    expect((await endOf(cron, trigger, failure)).connection).toEqual({ totalRuns: 1 })
  })
})
