/** Which messages the configuration asks for: what Gmail is asked, and the same judged here for a changed message. */
import { type Config, canonicalJson, Failure, type Field, type Query } from '../../core/plugin.ts'
import { listOption, textOption } from './api.ts'
import { type Labels, labelId } from './gmail-labels.ts'
import type { GmailMessage } from './gmail-types.ts'

export interface MailFilter {
  /** Label ids, one of which a message must bear; empty asks for none. */
  included: readonly string[]
  /** Label ids, none of which a message may bear. */
  excluded: readonly string[]
  /** Milliseconds since 1970: no older message. */
  since: number | undefined
  /** In Gmail's own search language: only Gmail can judge it. */
  query: string | undefined
  /** Whether the query's answer changes by itself as time goes by. */
  isRelative: boolean
  /** Equal for filters that mean the same, label names resolved. */
  key: string
}

export const filterFields: readonly Field[] = [
  {
    name: 'after_date',
    title: 'After date',
    description: 'Only messages received on this day (UTC) or later.',
    type: 'date',
  },
  {
    name: 'included_labels',
    title: 'Included labels',
    description: 'Only messages with one of these labels, by id or name. Naming Trash or Spam brings those in.',
    type: 'strings',
  },
  {
    name: 'excluded_labels',
    title: 'Excluded labels',
    description: 'No message with one of these labels, by id or name. Trash and Spam are left out by default.',
    type: 'strings',
  },
  {
    name: 'gmail_query',
    title: 'Gmail query',
    description: 'Only messages that this search finds, in the language of the Gmail search box.',
    type: 'string',
  },
]

const dayMs = 24 * 60 * 60 * 1000
const hidden = ['SPAM', 'TRASH']

/** @throws Failure `bad_config` for a label that does not exist or a date that is none */
export function mailFilter(config: Config, labels: Labels): MailFilter {
  const included = labelIds(config, 'included_labels', labels)
  const excluded = labelIds(config, 'excluded_labels', labels)
  const query = textOption(config, 'gmail_query')
  const asked = query !== undefined && /\b(?:in|is|label):(?:anywhere|trash|spam)\b/i.test(query) ? hidden : included
  const unseen = hidden.filter(id => !asked.includes(id))
  const filter = { included, excluded: [...new Set([...excluded, ...unseen])].sort(), since: sinceOf(config), query }
  const isRelative = query !== undefined && /\b(?:newer_than|older_than):/i.test(query)
  return { ...filter, isRelative, key: canonicalJson(filter) }
}

/** Whether a message passes what can be judged without Gmail: everything but the query. */
export function passes(filter: MailFilter, message: GmailMessage): boolean {
  const labels = new Set(message.labelIds ?? [])
  if (filter.excluded.some(id => labels.has(id))) return false
  if (filter.included.length > 0 && !filter.included.some(id => labels.has(id))) return false
  return filter.since === undefined || Number(message.internalDate ?? 0) >= filter.since
}

/**
 * What to ask `messages.list` for: the messages of `wanted` without those of `unwanted`. Gmail takes several labels to
 * mean all of them, so each is a listing of its own; the day before `after_date` is asked for too, since Gmail's days
 * are not UTC's.
 */
export function listQueries(filter: MailFilter): { wanted: Query[]; unwanted: Query[] } {
  const query = searchText(filter, filter.since === undefined ? [] : [`after:${dayOf(filter.since - dayMs)}`])
  const visible = { q: query, includeSpamTrash: showsHidden(filter) ? true : undefined }
  const byLabel = (id: string): Query => ({ ...visible, labelIds: id })
  return {
    wanted: filter.included.length > 0 ? filter.included.map(byLabel) : [visible],
    unwanted: filter.excluded.filter(id => !hidden.includes(id) || showsHidden(filter)).map(byLabel),
  }
}

/** What to ask `messages.list` for to see which messages between two times (milliseconds) the query finds. */
export function windowQuery(filter: MailFilter, from: number, to: number): Query {
  const window = [`after:${dayOf(from - dayMs)}`, `before:${dayOf(to + 2 * dayMs)}`]
  return { q: searchText(filter, window), includeSpamTrash: showsHidden(filter) ? true : undefined }
}

function showsHidden(filter: MailFilter): boolean {
  return !hidden.every(id => filter.excluded.includes(id))
}

function searchText({ query }: MailFilter, dates: readonly string[]): string | undefined {
  if (query === undefined) return dates.join(' ') || undefined
  if (dates.length === 0) return query
  return [/\bOR\b|[{|]/.test(query) ? `(${query})` : query, ...dates].join(' ')
}

function labelIds(config: Config, name: string, labels: Labels): string[] {
  const ids = listOption(config, name).map(named => {
    const id = labelId(labels, named)
    if (id !== undefined) return id
    throw new Failure('bad_config', `${name} names the label "${named}", which this account does not have: correct it`)
  })
  return [...new Set(ids)].sort()
}

function sinceOf(config: Config): number | undefined {
  const date = textOption(config, 'after_date')
  if (date === undefined) return undefined
  const since = Date.parse(date)
  if (Number.isNaN(since)) throw new Failure('bad_config', 'after_date is not a date: write it as 2024-12-31')
  return since
}

/** Gmail's way to write a day; https://support.google.com/mail/answer/7190. */
function dayOf(time: number): string {
  return new Date(Math.max(0, time)).toISOString().slice(0, 10).replaceAll('-', '/')
}
