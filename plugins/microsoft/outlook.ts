/** What Outlook mail and calendar share: what every request prefers, delta rounds, people as Graph tells of them. */
import type { Account, Api, Context, IdentifyContext, JsonObject, Query } from '../../core/plugin.ts'
import { asExpired, checkLinks, checkStoredLink, type GraphPage, identifyBy, withoutRepeats } from './api.ts'

/**
 * Headers of a request for Outlook items: ids that survive a move, and what else it prefers.
 * https://learn.microsoft.com/graph/outlook-immutable-id
 */
export function outlookHeaders(...preferences: string[]): { Prefer: string } {
  return { Prefer: ['IdType="ImmutableId"', ...preferences].join(', ') }
}

/** Whose mailbox it is, asked as everything of Outlook is asked. @throws Failure `bad_response` when nothing tells */
export function identifyMailbox(path: string, { api, endpoints }: IdentifyContext): Promise<Account> {
  const get: Api['get'] = (url, options) =>
    api.get(url, { ...options, headers: { ...options?.headers, ...outlookHeaders() } })
  return identifyBy(path, { api: { ...api, get }, endpoints })
}

/** Of what is removed a delta tells the id alone. */
export type DeltaItem = JsonObject & { id: string; '@removed'?: { reason?: string } }

export interface DeltaRound {
  context: Pick<Context, 'api' | 'endpoints'>
  /** Where a new round begins. */
  url: string
  query?: Query
  /** A page or a delta to go on with, as Graph gave it; null begins a new round. */
  link: string | null
  headers: Readonly<Record<string, string>>
  /** The round is that of one folder or calendar, without which a run can do. */
  item?: boolean
}

/**
 * The pages of a delta round. Its last one has a delta link, the others a next link.
 * @throws Failure `cursor_expired` when a link is refused, also in mid-round; `bad_response` for links to elsewhere
 */
export async function* deltaPages<Item extends DeltaItem>(
  round: DeltaRound,
): AsyncGenerator<GraphPage<Item>, void, undefined> {
  const { url, query, link, headers, item } = round
  const { api, endpoints } = round.context
  let isLink = link !== null
  checkStoredLink(endpoints, link)
  try {
    const options = { headers, item, expect: ['value'], next: (page: GraphPage<Item>) => page['@odata.nextLink'] }
    const pages = api.pages<GraphPage<Item>>(link ?? url, link === null && query ? { ...options, query } : options)
    for await (const page of withoutRepeats(pages, lasting)) {
      checkLinks(endpoints, page)
      isLink = true
      yield page
    }
  } catch (error) {
    throw isLink ? asExpired(error) : error
  }
}

function lasting(item: DeltaItem): JsonObject {
  return pick(
    item,
    Object.keys(item).filter(name => !name.startsWith('@odata.') && name !== 'changeKey'),
  )
}

/** A recipient, an attendee's or an organizer's address. */
export type Recipient = { emailAddress?: { name?: string | null; address?: string | null } | null }

/** A person as mail headers write one: `Name <address>`, or what there is of it. */
export function toPerson(recipient: Recipient | null | undefined): string | undefined {
  const { name, address } = recipient?.emailAddress ?? {}
  if (name && address && name !== address) return `${name} <${address}>`
  return name || address || undefined
}

/** Names are compared as people write them. */
export function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The members of that name which are there. */
export function pick(item: JsonObject, names: readonly string[]): JsonObject {
  const picked: JsonObject = {}
  for (const name of names) if (item[name] !== undefined) picked[name] = item[name]
  return picked
}
