/**
 * A comment does not change its page's time, so pages that have not changed are asked for their comments in turns. A
 * workspace of a hundred pages is exact in every run. In a larger one, so many are asked for in a quarter of an hour,
 * however many runs there are in it: first those where people are at work, then as many of the others as it takes to
 * come round to each within six hours.
 */
import { commentEntity } from './comment.ts'
import { type HeldBelow, put, removeStale } from './held-below.ts'
import { commentType, type Item } from './model.ts'
import { commentsOrNone } from './reader.ts'
import { below, type Changes, crumbsOf, namesOf, type Run } from './run.ts'

/** Half a minute at Notion's pace of three requests a second. */
const pagesAPeriod = 100
const periodMs = 15 * 60 * 1000
/** Comments come where others have come lately, and where somebody writes. */
const livelyMs = 7 * 24 * 60 * 60 * 1000
/** In so much time every other page has had its turn, as far as a period has room for it. */
const roundMs = 6 * 60 * 60 * 1000

export async function* auditComments(run: Run, held: HeldBelow): Changes {
  const { progress, tree } = run
  const names = namesOf(run)
  for (const { id, isOther } of await choosePages(run)) {
    const item = tree.get('page', id)
    if (!item || run.commentsRefused) break
    const comments = await commentsOrNone(run, id)
    if (comments === undefined) break
    if (comments === 'weak') progress.retry(id)
    else {
      const under = below(item, await crumbsOf(run, item))
      for (const raw of comments) yield put(run, commentEntity(raw, names, under))
      yield* removeStale(run, held, commentType, id)
    }
    if (isOther) progress.audit = id
    else progress.auditLively = id
    yield progress.checkpoint()
  }
  progress.commentsRefused = run.commentsRefused
}

interface Chosen {
  id: string
  /** One where nobody is at work. */
  isOther: boolean
}

async function choosePages(run: Run): Promise<Chosen[]> {
  const { progress, tree, startedMs } = run
  const kept = [...tree.items('page')].filter(({ fate }) => fate === 'kept')
  // Not later than now, whatever the clock said then.
  progress.auditedMs = Math.min(progress.auditedMs ?? startedMs - periodMs, startedMs)
  const sinceMs = startedMs - progress.auditedMs
  // Once comments may be read again, those of every page are due.
  const isWhole = progress.commentsRefused || kept.length <= pagesAPeriod
  const most = isWhole ? kept.length : Math.floor(pagesAPeriod * Math.min(1, sinceMs / periodMs))
  if (most === 0 && kept.length > 0) return []
  progress.auditedMs = startedMs
  const talked = await pagesTalkedOn(run)
  const isLively = ({ id, edited }: Item) => talked.has(id) || Date.parse(edited) >= startedMs - livelyMs
  const lively = kept.filter(isLively).map(({ id }) => id)
  const others = kept.filter(item => !isLively(item)).map(({ id }) => id)
  const due = isWhole ? others.length : Math.ceil(others.length * Math.min(1, sinceMs / roundMs))
  // Neither leaves nothing for the other.
  const ofLively = Math.min(lively.length, Math.max(most - due, Math.ceil(most / 2)))
  return [
    ...inTurns(lively, progress.auditLively, ofLively).map(id => ({ id, isOther: false })),
    ...inTurns(others, progress.audit, Math.min(due, most - ofLively)).map(id => ({ id, isOther: true })),
  ]
}

/** Pages that the store has recent comments of. */
async function pagesTalkedOn({ context, startedMs }: Run): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const { updatedAt, breadcrumbs } of context.known({ entityType: commentType })) {
    const page = breadcrumbs.at(-1)?.entityId
    if (page !== undefined && Date.parse(updatedAt ?? '') >= startedMs - livelyMs) found.add(page)
  }
  return found
}

/** So many of the ids that come after the last one, and from the beginning again. */
function inTurns(ids: readonly string[], last = '', count: number): string[] {
  const sorted = ids.toSorted()
  const first = Math.max(
    0,
    sorted.findIndex(id => id > last),
  )
  return [...sorted.slice(first), ...sorted.slice(0, first)].slice(0, count)
}
