/**
 * Older history, a few pages at a time: going round through every channel, it finds edits, deletions and new replies of
 * any age in the end. A workspace whose older history fits in those pages is exact in every run; in a larger one, runs
 * that follow each other closely share them.
 */
import type { Change } from '../../core/plugin.ts'
import { largestPage } from './api.ts'
import { readRange } from './history.ts'
import type { SlackCursor } from './progress.ts'
import type { Run } from './run.ts'
import { beginning, earliest, end } from './timestamps.ts'

/** So that a run of nothing new stays a handful of requests. */
const pagesARun = 5
/** In so much time as many pages are read, however many runs there are in it. */
const periodMs = 15 * 60 * 1000

export async function* auditHistory(run: Run): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  const { progress, context } = run
  const floor = run.bound
  const channels = [...run.channels.keys()].sort()
  const first = Math.max(
    0,
    channels.findIndex(id => id >= (progress.audit?.channel ?? '')),
  )
  const round = [...channels.slice(first), ...channels.slice(0, first)]
  let left = mostPages(run)
  if (left === 0) return
  for (const id of round) {
    const channel = run.channels.get(id)
    const covered = run.covered.get(id)
    // A channel that could not be read in this run is not asked again.
    if (!channel || covered === undefined || covered <= floor) continue
    if (left <= 0) {
      progress.audit = { channel: id, below: end }
      return
    }
    const at = progress.audit?.channel === id ? progress.audit.below : end
    let lowest = earliest(at, covered)
    try {
      yield* readRange(run, channel, {
        below: lowest,
        above: beginning,
        pageSize: largestPage,
        mostPages: left,
        isWhole: false,
        isFresh: false,
        reached({ lower }) {
          left--
          lowest = lower
          progress.audit = { channel: id, below: lower }
        },
      })
    } catch (error) {
      context.skip({ parent: id }, error)
      continue
    }
    if (lowest > floor) return
    progress.audit = undefined
  }
  progress.audit = undefined
}

/** How many pages this run may read. What is left of the time counts in the next one. */
function mostPages({ context, progress, channels, covered, bound }: Run): number {
  const now = context.now().getTime()
  // Not later than now, whatever the clock said then.
  const auditedAt = Math.min(progress.auditedAt ?? now - periodMs, now)
  const share = Math.min(pagesARun, Math.floor(((now - auditedAt) / periodMs) * pagesARun))
  const older = [...channels.keys()].filter(id => (covered.get(id) ?? bound) > bound)
  const isSmall = older.length <= pagesARun && progress.audit === undefined
  if (isSmall || share === pagesARun) progress.auditedAt = now
  else progress.auditedAt = auditedAt + (share * periodMs) / pagesARun
  return isSmall ? pagesARun : share
}
