import { describe, expect, it, onTestFinished } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { createHistory } from '../../core/history.ts'
import { silentLog } from '../../core/log.ts'
import { fakeClock } from '../support/fake-clock.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

function bench(jobs: number, events: number) {
  const clock = fakeClock(Date.UTC(2026, 5, 1))
  const asked: { what: string; at: number; before: string }[] = []
  const left = { jobs, events }
  const take = (what: 'jobs' | 'events', before: string, limit: number) => {
    asked.push({ what, at: clock.monotonic(), before })
    const count = Math.min(left[what], limit)
    left[what] -= count
    return count
  }
  let refusals = 0
  const history = createHistory({
    ...{ clock, log: silentLog, jobsDays: 90, eventsDays: 30 },
    store: {
      async pruneJobs({ before, limit }) {
        if (refusals-- > 0) throw new Failure('data_folder', 'the disk is full')
        return take('jobs', before, limit)
      },
      pruneEvents: async ({ before, limit }) => take('events', before, limit),
    },
  })
  onTestFinished(() => history.stop())
  history.start()
  const refuse = (times: number) => {
    refusals = times
  }
  return { clock, asked, left, history, refuse }
}

describe('history', () => {
  it('is forgotten by age, in steps with pauses, a minute after the start and each hour from then on', async () => {
    const { clock, asked, left } = bench(1000, 300)
    await clock.advance(minuteMs - 1)
    expect(asked).toEqual([])
    await clock.advance(minuteMs)
    expect(left).toEqual({ jobs: 0, events: 0 })
    expect(asked.map(({ what }) => what).join(' ')).toBe('jobs jobs jobs jobs jobs jobs events events events')
    expect(new Set(asked.map(({ what, before }) => `${what} ${before.slice(0, 10)}`))).toEqual(
      new Set(['jobs 2026-03-03', 'events 2026-05-02']),
    )
    const [first, second] = asked
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(100)
    await clock.advance(hourMs)
    expect(asked.slice(9).map(({ what }) => what)).toEqual(['jobs', 'events'])
  })

  it('is forgotten later where the disk refuses', async () => {
    const { clock, left, refuse } = bench(10, 10)
    refuse(1)
    await clock.advance(2 * minuteMs)
    expect(left).toEqual({ jobs: 10, events: 10 })
    await clock.advance(hourMs)
    expect(left).toEqual({ jobs: 0, events: 0 })
  })

  it('holds up no stop', async () => {
    const { clock, history, left } = bench(1_000_000, 0)
    await clock.advance(minuteMs + 150)
    await history.stop()
    expect(left.jobs).toBeGreaterThan(900_000)
  })
})
