/** What a run leaves to the next one. */
import type { Change } from '../../core/plugin.ts'
import type { Kind } from './model.ts'

export type NotionCursor = {
  /** The full listing is not over yet. */
  listing?: true
  /** When the last complete run began (ISO 8601): what was edited about then may have been edited again right after. */
  since: string
  /** Pages to be read again because something of them could not be had. */
  pending?: { [id: string]: Pending }
  /** Pages and databases that were found in blocks, listed nowhere, and are not in the store yet. */
  unlisted?: { [id: string]: Kind }
  /** The page after which asking for comments goes on; of those where people are at work, another one. */
  audit?: string
  auditLively?: string
  /** Until when comments were asked for as often as they should, ISO 8601. */
  auditedAt?: string
  /** Comments were refused: once they are not, those of every page are due. */
  commentsRefused?: true
  /** The newest `last_edited_time` of all, if every page that has it was read twice. */
  newest?: string
  /** People's names were to be had: if they are not now, that is no reason to write every page anew. */
  people?: true
}

type Pending = {
  /** How often it was tried. */
  tries: number
  /** When last, ISO 8601. */
  at: string
}

export interface Progress {
  /** Whether this run is, or resumes, a full listing: everything that is there has to be yielded. */
  readonly isListing: boolean
  /** When the last complete run began, in milliseconds since 1970; of a listing, when itself began. */
  readonly sinceMs: number
  readonly hadPeople: boolean
  readonly newest: string | undefined
  audit: string | undefined
  auditLively: string | undefined
  /** Milliseconds since 1970. */
  auditedMs: number | undefined
  commentsRefused: boolean
  isPending(id: string): boolean
  /** Something of this page could not be had: it is read again in the next runs, and then once a day. */
  retry(id: string): void
  settle(id: string): void
  /** What was found in blocks and no listing shows: a run that ends before it is stored leaves it to the next one. */
  readonly unlisted: Map<string, Kind>
  note(id: string, kind: Kind): void
  /** Pages that are gone need no other try. */
  keepPending(isThere: (id: string) => boolean): void
  checkpoint(end?: { hasPeople: boolean; newest: string | undefined }): Change<NotionCursor>
}

/** More than this are found again when they are edited. */
const mostPending = 1000
const triesAtOnce = 5
const retryEveryMs = 24 * 60 * 60 * 1000

export function createProgress(cursor: NotionCursor | undefined, now: Date): Progress {
  const isListing = cursor === undefined || cursor.listing === true
  const started = now.toISOString()
  const since = cursor?.since ?? started
  const hadPeople = cursor?.people === true
  const pending = new Map(Object.entries(cursor?.pending ?? {}))
  const unlisted = new Map(Object.entries(cursor?.unlisted ?? {}))
  const progress: Progress = {
    isListing,
    sinceMs: Date.parse(since),
    hadPeople,
    newest: cursor?.newest,
    audit: cursor?.audit,
    auditLively: cursor?.auditLively,
    auditedMs: cursor?.auditedAt === undefined ? undefined : Date.parse(cursor.auditedAt),
    commentsRefused: cursor?.commentsRefused === true,
    isPending(id) {
      const found = pending.get(id)
      if (!found) return false
      return found.tries < triesAtOnce || now.getTime() - Date.parse(found.at) >= retryEveryMs
    },
    retry(id) {
      const tries = (pending.get(id)?.tries ?? 0) + 1
      if (pending.has(id) || pending.size < mostPending) pending.set(id, { tries, at: started })
    },
    settle(id) {
      pending.delete(id)
    },
    unlisted,
    note(id, kind) {
      if (unlisted.size < mostPending) unlisted.set(id, kind)
    },
    keepPending(isThere) {
      for (const id of [...pending.keys()]) if (!isThere(id)) pending.delete(id)
    },
    checkpoint(end) {
      // A listing that took long has read some pages at its beginning: those edited since then are read again.
      const next: NotionCursor = { since: end && !isListing ? started : since }
      if (isListing && !end) next.listing = true
      if (pending.size > 0) next.pending = Object.fromEntries(pending)
      if (unlisted.size > 0) next.unlisted = Object.fromEntries(unlisted)
      if (progress.audit !== undefined) next.audit = progress.audit
      if (progress.auditLively !== undefined) next.auditLively = progress.auditLively
      if (progress.auditedMs !== undefined) next.auditedAt = new Date(progress.auditedMs).toISOString()
      if (progress.commentsRefused) next.commentsRefused = true
      const newest = end ? end.newest : cursor?.newest
      if (newest !== undefined) next.newest = newest
      if (end ? end.hasPeople : hadPeople) next.people = true
      return { type: 'checkpoint', cursor: next }
    },
  }
  return progress
}
