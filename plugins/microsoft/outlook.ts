/** What Outlook mail and calendar share: what every request prefers, delta rounds, people as Graph tells of them. */
import {
  type Account,
  type Api,
  type Context,
  type IdentifyContext,
  isFailure,
  type JsonObject,
  type Query,
} from '../../core/plugin.ts'
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

/** Twice as many as Graph gives by itself. */
const smallPage = 20

export interface DeltaRound {
  context: Pick<Context, 'api' | 'endpoints'>
  /** Where a new round begins. */
  url: string
  query?: Query
  /** A page or a delta to go on with, as Graph gave it; null begins a new round. */
  link: string | null
  /** Most items of a page. */
  pageSize: number
  /** What it prefers besides. */
  preferences?: readonly string[]
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
  checkStoredLink(round.context.endpoints, round.link)
  yield* withoutRepeats(fittingPages<Item>(round), lasting)
}

/** What Graph cannot give at once, since it takes too long or is too much, it gives in smaller pages. */
async function* fittingPages<Item>(round: DeltaRound): AsyncGenerator<GraphPage<Item>, void, undefined> {
  let { link } = round
  for (let pageSize = round.pageSize; ; pageSize = smallPage) {
    try {
      for await (const page of pagesFrom<Item>({ ...round, link, pageSize })) {
        link = page['@odata.nextLink'] ?? link
        yield page
      }
      return
    } catch (error) {
      const isTooLarge = isFailure(error, 'item_unreadable') && pageSize > smallPage
      if (!isTooLarge) throw link === null ? error : asExpired(error)
    }
  }
}

async function* pagesFrom<Item>(round: DeltaRound): AsyncGenerator<GraphPage<Item>, void, undefined> {
  const { url, query, link, pageSize, preferences = [], item } = round
  const { api, endpoints } = round.context
  const headers = outlookHeaders(...preferences, `odata.maxpagesize=${pageSize}`)
  const options = { headers, item, expect: ['value'], next: (page: GraphPage<Item>) => page['@odata.nextLink'] }
  const begun = link === null && query ? { ...options, query } : options
  for await (const page of api.pages<GraphPage<Item>>(link ?? url, begun)) {
    checkLinks(endpoints, page)
    yield page
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
