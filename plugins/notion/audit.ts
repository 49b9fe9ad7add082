/**
 * A comment does not change its page's time, so pages that have not changed are asked for their comments a few a run,
 * round and round. A workspace with as many pages is exact in every run.
 */
import { commentEntity } from './comment.ts'
import { type HeldBelow, put, removeStale } from './held-below.ts'
import { commentType } from './model.ts'
import { commentsOrNone } from './reader.ts'
import { below, type Changes, crumbsOf, namesOf, type Run } from './run.ts'

/**
 * Half a minute at Notion's pace of three requests a second: in runs of every 15 minutes, a thousand pages are gone
 * through within three hours.
 */
const pagesARun = 100

export async function* auditComments(run: Run, held: HeldBelow): Changes {
  const { progress, tree } = run
  const wereRefused = progress.commentsRefused
  const names = namesOf(run)
  const ids = [...tree.items('page')].filter(({ fate }) => fate === 'kept').map(({ id }) => id)
  ids.sort()
  const after = progress.audit ?? ''
  const first = ids.findIndex(id => id > after)
  const round = wereRefused || first < 0 ? ids : [...ids.slice(first), ...ids.slice(0, first)]
  for (const id of round.slice(0, wereRefused ? undefined : pagesARun)) {
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
    progress.audit = id
    yield progress.checkpoint()
  }
  progress.commentsRefused = run.commentsRefused
}
