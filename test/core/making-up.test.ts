import { expect, it } from 'vitest'
import { Failure } from '../../core/errors.ts'
import type { JobRunner } from '../../core/jobs.ts'
import type { JobRow } from '../../core/store/store.ts'
import { makingUp } from '../../core/vault-control.ts'

it('a cut run whose new time the disk does not take is counted once, and made up for when it does', async () => {
  let counted = 0
  let refusals = 2
  const times: unknown[] = []
  const runner = makingUp<JobRunner>(
    {
      run: async () => {},
      async ended() {
        counted++
        return () => {}
      },
    },
    {
      connection: async () => ({ id: 'one', cronSchedule: '0 * * * *' }) as never,
      async updateConnection(_id, changes) {
        if (refusals-- > 0) throw new Failure('data_folder', 'the disk is full')
        times.push(changes.nextRunAt)
      },
    },
    { now: () => 0 },
  )
  const job = { id: 'job', connectionId: 'one', trigger: 'schedule' } as JobRow
  const locked = new Failure('vault_locked', 'locked')
  for (let times = 0; times < 2; times++) await expect(runner.ended(job, locked)).rejects.toThrow('full')
  await runner.ended(job, locked)
  expect([counted, times]).toEqual([1, [new Date(0).toISOString()]])
})
