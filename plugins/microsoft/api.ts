/** What the sources of the family share: where Graph lives, options as they are declared, accounts, expired cursors. */
import {
  type Account,
  type Config,
  canonicalJson,
  type Endpoints,
  Failure,
  type IdentifyContext,
  isFailure,
  type Json,
} from '../../core/plugin.ts'

/**
 * The base URL of Graph with its version, without a trailing slash.
 * @throws Failure `bad_config` when the configuration has emptied it
 */
export function graphUrl(endpoints: Endpoints): string {
  const url = endpoints.graph?.replace(/\/+$/, '')
  if (!url) throw new Failure('bad_config', 'endpoints.graph of microsoft is missing: give the URL of the API')
  return url
}

/** A page of a collection. The links are followed verbatim: their spelling is Graph's own affair. */
export interface GraphPage<Item> {
  value: Item[]
  '@odata.nextLink'?: string
  /** On the last page of a delta query only: where the next one begins. */
  '@odata.deltaLink'?: string
}

/** Whether a link leads to Graph itself, where the token may go. */
export function isOwnLink(endpoints: Endpoints, link: string): boolean {
  return URL.parse(link)?.origin === new URL(graphUrl(endpoints)).origin
}

/** @throws Failure `cursor_expired` for a stored link to where Graph no longer is */
export function checkStoredLink(endpoints: Endpoints, link: string | null): void {
  if (link === null || isOwnLink(endpoints, link)) return
  throw new Failure('cursor_expired', 'the stored position in the changes belongs to another server')
}

/**
 * Refuses a page before anything is made of it, so that its link is never stored.
 * @throws Failure `bad_response` for links that lead elsewhere
 */
export function checkLinks(endpoints: Endpoints, page: GraphPage<unknown>): void {
  for (const link of [page['@odata.nextLink'], page['@odata.deltaLink']]) {
    if (link && !isOwnLink(endpoints, link)) {
      throw new Failure('bad_response', `${new URL(graphUrl(endpoints)).origin} gave a link to another server`)
    }
  }
}

/**
 * Pages without the items that were just so on the last page that had any: Graph repeats some, and reading them twice
 * costs twice. https://learn.microsoft.com/graph/delta-query-overview#replays
 * @param lasting what of an item is the same at each reading
 */
export async function* withoutRepeats<Item extends { id: string }>(
  pages: AsyncIterable<GraphPage<Item>>,
  lasting: (item: Item) => Json,
): AsyncGenerator<GraphPage<Item>, void, undefined> {
  let before = new Map<string, Item>()
  for await (const page of pages) {
    const value = page.value.filter(item => {
      const same = before.get(item.id)
      return !same || canonicalJson(lasting(same)) !== canonicalJson(lasting(item))
    })
    if (page.value.length > 0) before = new Map(page.value.map(item => [item.id, item]))
    yield { ...page, value }
  }
}

/** An option of type `string` or `date`; blank is absent. */
export function textOption(config: Config, name: string): string | undefined {
  const value = config[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** An option of type `strings`, without blank entries; absent is empty. */
export function listOption(config: Config, name: string): string[] {
  const value = config[name]
  if (!Array.isArray(value)) return []
  return value.map(item => String(item).trim()).filter(item => item !== '')
}

/** An option of type `integer`. */
export function numberOption(config: Config, name: string, otherwise: number): number {
  const value = config[name]
  return typeof value === 'number' ? value : otherwise
}

interface Identity {
  id?: string
  displayName?: string
  userPrincipalName?: string
  mail?: string
  email?: string
}

interface Probe {
  '@odata.context'?: string
  owner?: { user?: Identity }
}

/**
 * Whose token it is. `/me` needs `User.Read`, which no source asks for; where it is refused, something that the source
 * may read tells: a drive names its owner, and the `@odata.context` of anything below `/me` names the user.
 * @param path below the base URL, such as `/me/drive`
 * @throws Failure `bad_response` when neither tells
 */
export async function identifyBy(path: string, { api, endpoints }: IdentifyContext): Promise<Account> {
  const base = graphUrl(endpoints)
  try {
    const me = await api.get<Identity>(`${base}/me`, {
      query: { $select: 'id,displayName,userPrincipalName,mail' },
      expect: ['id'],
    })
    const account = toAccount(me)
    if (account) return account
  } catch (error) {
    if (!isFailure(error, 'item_forbidden', 'item_missing', 'scope_missing', 'bad_response')) throw error
  }
  const probe = await api.get<Probe>(`${base}${path}`)
  const [, named] = /\/\$metadata#users\('([^']+)'\)/i.exec(probe['@odata.context'] ?? '') ?? []
  const account = toAccount(probe.owner?.user) ?? toAccount(named ? { id: decodeURIComponent(named) } : undefined)
  if (!account) throw new Failure('bad_response', `GET ${new URL(base).origin}${path} answered without its user`)
  return account
}

function toAccount(identity: Identity | undefined): Account | undefined {
  // Ids of personal accounts are hexadecimal and come in both cases.
  const id = identity?.id?.toLowerCase()
  if (!id) return undefined
  const { displayName, mail, email, userPrincipalName } = identity ?? {}
  return { id, name: displayName || mail || email || userPrincipalName || id }
}

/**
 * What the refusal of a stored link means: Graph says 410 with many codes, and 400 or 404 for a token it cannot read.
 * Everything else comes back as it is, to be thrown.
 */
export function asExpired(error: unknown): unknown {
  if (!isFailure(error) || error.code === 'cursor_expired' || ![400, 404, 410].includes(error.status ?? 0)) return error
  const { status, providerError } = error
  const message = 'the stored position in the changes is no longer accepted'
  return new Failure('cursor_expired', message, { status, providerError, cause: error })
}
