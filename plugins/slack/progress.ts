/** What a run leaves to the next one: the cursor, and how it grows. */
import type { Breadcrumb, Change, JsonObject } from '../../core/plugin.ts'
import { beginning } from './timestamps.ts'

/** How far the history of a channel is read. */
export type ChannelState = {
  /** The newest message seen; `beginning` while there was none. */
  newest: string
  /** What was begun and is still unread: older than `below`, down to `above`. From the `beginning`, it is a listing. */
  gap?: { below: string; above: string }
  /** How many messages were in the window when the newest were last read; unset where the channel fits on a page. */
  recent?: number
  /** When a page of the usual size was last read, in milliseconds since 1970. */
  fullAt?: number
  /** It was archived when it was last read, and nobody can write in it until `updated` is another: what it was then. */
  archived?: number
}

export type SlackCursor = {
  channels: { [id: string]: ChannelState }
  /** Where reading older history again goes on. */
  audit?: { channel: string; below: string }
  /** Files that a message has lost: they are gone, unless another message has them. */
  suspects?: string[]
  /** Files that are shown by messages in the store, and are not in the store themselves or not as shown. */
  unwritten?: string[]
  /** First messages of threads that Slack did not give, to be asked for again. */
  unread?: string[]
  /** People and channels whose new name is not in all texts yet. */
  renamed?: string[]
  /** The workspace's address, and when it was asked for, in milliseconds since 1970. */
  teamUrl?: string
  teamAskedAt?: number
  /** Until when older history has been read again as often as it should, in milliseconds since 1970. */
  auditedAt?: number
}

/** A file as a message has shown it last, and the oldest message of this run that does. */
export interface Shown {
  raw: JsonObject
  message: Place
}

/** As much of a message as its files' breadcrumbs need. */
export interface Place {
  id: string
  name: string
  breadcrumbs?: readonly Breadcrumb[] | undefined
}

export interface Progress {
  readonly suspects: Set<string>
  /** Those that the run before left behind. */
  readonly unwritten: Set<string>
  /** Those of this run, by id. */
  readonly shown: Map<string, Shown>
  readonly unread: Set<string>
  readonly renamed: Set<string>
  audit: { channel: string; below: string } | undefined
  teamUrl: string | undefined
  teamAskedAt: number | undefined
  auditedAt: number | undefined
  channel(id: string): ChannelState | undefined
  setChannel(id: string, state: ChannelState | undefined): void
  checkpoint(): Change<SlackCursor>
}

export function createProgress(cursor: SlackCursor | undefined): Progress {
  const channels = new Map(Object.entries(cursor?.channels ?? {}))
  const suspects = new Set(cursor?.suspects)
  const unwritten = new Set(cursor?.unwritten)
  const shown = new Map<string, Shown>()
  const unread = new Set(cursor?.unread)
  const renamed = new Set(cursor?.renamed)
  const progress: Progress = {
    ...{ suspects, unwritten, shown, unread, renamed },
    audit: cursor?.audit,
    teamUrl: cursor?.teamUrl,
    teamAskedAt: cursor?.teamAskedAt,
    auditedAt: cursor?.auditedAt,
    channel: id => channels.get(id),
    setChannel(id, state) {
      if (state) channels.set(id, state)
      else channels.delete(id)
    },
    checkpoint() {
      const next: SlackCursor = { channels: Object.fromEntries(channels) }
      if (progress.audit) next.audit = progress.audit
      if (progress.teamUrl !== undefined) next.teamUrl = progress.teamUrl
      if (progress.teamAskedAt !== undefined) next.teamAskedAt = progress.teamAskedAt
      if (progress.auditedAt !== undefined) next.auditedAt = progress.auditedAt
      if (suspects.size > 0) next.suspects = [...suspects]
      if (unwritten.size + shown.size > 0) next.unwritten = [...new Set([...unwritten, ...shown.keys()])]
      if (unread.size > 0) next.unread = [...unread]
      if (renamed.size > 0) next.renamed = [...renamed]
      return { type: 'checkpoint', cursor: next }
    },
  }
  return progress
}

/** Whether what is unread is the whole history, so that nothing in the store can stand for it. */
export function isWhole(above: string): boolean {
  return above === beginning
}
