/**
 * OneDrive in Microsoft Graph as its reference describes it, stricter where it may be: pages of a few with an empty one
 * in between, items in no order and some of them twice, opaque links of changing spelling, files on a host of their
 * own that refuses the bearer, a log in which a folder's move, rename or deletion shows the folder alone.
 */
import { createFakeItems, type FakeItem, type FakeItems } from './fake-onedrive-items.ts'
import { type FakeRequest, type FakeResponse, type FakeRoute, type FakeServer, startFakeServer } from './fake-server.ts'

export interface FakeOneDrive extends FakeItems {
  server: FakeServer
  /** Where `content` redirects to. */
  files: FakeServer
  /** The base URL of Graph, as links have it. */
  graph: string
  /** Most items of a page, whatever is asked for. */
  pageSize: number
  /** Pages as Graph usually gives them: none of them empty, nothing twice. */
  isPlain: boolean
  /** What links of before are worth now. */
  epoch: number
  driveName: string
  /** Items come with the address of their bytes from now on. */
  giveAddresses(): void
  /** Whether the token has `User.Read` too. */
  isProfileReadable: boolean
  /** Ids of files whose bytes were fetched, in order. */
  downloads: string[]
  /** Answers for the content of a file in place of the redirect. */
  contentFaults: Map<string, FakeResponse>
  /** What was asked for with parameters, tokens or headers that the fake has not given or does not take. */
  refused: string[]
  close(): Promise<void>
}

/** So many where the request does not say. */
const usualPage = 200

/** Where a delta has got to: in the listing of ids up to `after`, or in the log. */
interface Position {
  epoch: number
  listing?: boolean
  after: number | string
  /** The log's end when the listing began. */
  since: number
  /** The next page is an empty one. */
  blank?: boolean
  /** How many items a page may have, as the first request said. */
  top?: number
}

export async function startFakeOneDrive(rootId?: string): Promise<FakeOneDrive> {
  const items = createFakeItems(rootId)
  let addresses = 0
  const files = await startFakeServer([
    { method: 'GET', pattern: '/files/{ticket}', open: true, handler: request => download(request) },
  ])
  const base = '/v1.0'
  const routes: FakeRoute[] = [
    route('/me', ['$select'], () => me()),
    route('/me/drive', [], () => ({ body: drive() })),
    route('/me/drive/root/delta', ['token', '$top'], ({ query }) => delta(query.get('token'), query.get('$top'))),
    route('/drives/{drive}/root/delta(token={token})', [], ({ params }) => delta(params.token ?? '', null)),
    route('/me/drive/items/{id}', [], ({ params }) => one(params.id)),
    route('/me/drive/items/{id}/children', ['$skiptoken'], children),
    route('/me/drive/items/{id}/content', [], ({ params }) => content(params.id)),
  ]
  const server = await startFakeServer(routes)
  server.tokens = new Set(['good-token'])
  server.refuse = graphError(401, 'InvalidAuthenticationToken')
  const fake: FakeOneDrive = Object.assign(items, {
    server,
    files,
    graph: `${server.url}${base}`,
    pageSize: 3,
    isPlain: false,
    epoch: 1,
    driveName: 'OneDrive',
    giveAddresses() {
      fake.addressOf = addressOf
    },
    isProfileReadable: false,
    downloads: [],
    contentFaults: new Map(),
    refused: [],
    async close() {
      await Promise.all([server.close(), files.close()])
    },
  })
  return fake

  function me(): FakeResponse {
    if (!fake.isProfileReadable) return graphError(403, 'Authorization_RequestDenied')
    const id = 'EFEE1B77-fb3b-4f65-99d6-274c11914d12'
    const names = { displayName: 'Ann', userPrincipalName: 'ann@example.com', mail: 'ann@example.com' }
    return { body: { '@odata.context': `${fake.graph}/$metadata#users/$entity`, id, ...names } }
  }

  function drive(): Record<string, unknown> {
    return {
      '@odata.context': `${fake.graph}/$metadata#drives/$entity`,
      id: fake.driveId,
      driveType: 'business',
      name: fake.driveName,
      createdDateTime: '2025-01-01T00:00:00Z',
      lastModifiedDateTime: new Date(Date.UTC(2026, 0, 1) + fake.server.requests.length * 1000).toISOString(),
      webUrl: 'https://example-my.sharepoint.com/personal/ann/Documents',
      owner: { user: { id: 'efee1b77-fb3b-4f65-99d6-274c11914d12', displayName: 'Ann', email: 'ann@example.com' } },
      quota: { deleted: 0, remaining: 1e12 - fake.server.requests.length, state: 'normal', total: 1e12 },
    }
  }

  function delta(token: string | null, top: string | null): FakeResponse {
    if (token !== null && top !== null) return malformed('a link with another page size')
    const first: Position = {
      epoch: fake.epoch,
      listing: true,
      after: '',
      since: fake.end(),
      top: Number(top ?? usualPage),
    }
    const opened = token === null ? first : unseal(token)
    if (!opened) return malformed('a delta with a token of its own making')
    if (opened.epoch !== fake.epoch) {
      const answer = graphError(410, 'resyncRequired', 'resyncChangesApplyDifferences')
      return { ...answer, headers: { location: `${fake.graph}/me/drive/root/delta` } }
    }
    if (opened.blank) return page([], { ...opened, blank: false }, false)
    return opened.listing ? listing(opened) : changes(opened)
  }

  function listing(at: Position): FakeResponse {
    const all = [...fake.items.values()].filter(item => !item.isDeleted).sort((a, b) => (a.id < b.id ? -1 : 1))
    const left = all.filter(({ id }) => id > String(at.after))
    const items = left.slice(0, sizeOf(at))
    // The last one of the page before comes once more.
    const again = fake.isPlain ? [] : all.filter(({ id }) => id === at.after)
    const last = items.at(-1)
    if (!last || items.length === left.length)
      return page([...again, ...items], { ...at, listing: false, after: at.since }, false)
    return page([...again, ...items], { ...at, after: last.id, blank: at.after === '' && !fake.isPlain }, false)
  }

  function changes(at: Position): FakeResponse {
    const left = fake.changedAfter(Number(at.after))
    const changed = left.slice(0, sizeOf(at))
    const after = changed.at(-1)?.changed ?? at.after
    const isLast = changed.length === left.length
    return page(withAncestors(changed), { ...at, after, blank: !isLast && !at.blank && !fake.isPlain }, isLast)
  }

  function sizeOf({ top = usualPage }: Position): number {
    return Math.min(fake.pageSize, top)
  }

  /** The folders above what changed come along, though nothing is new about them. */
  function withAncestors(changed: readonly FakeItem[]): FakeItem[] {
    const found = new Set<FakeItem>()
    for (const item of changed) {
      for (let at = fake.items.get(item.parent ?? ''); at; at = fake.items.get(at.parent ?? '')) {
        if (!at.isDeleted && !(at.changed > item.changed)) found.add(at)
      }
      found.delete(item)
      found.add(item)
    }
    return [...found]
  }

  function page(items: readonly FakeItem[], next: Position, isLast: boolean): FakeResponse {
    const token = seal({ ...next, blank: isLast ? false : (next.blank ?? false) })
    const link = isLast
      ? { '@odata.deltaLink': `${fake.graph}/me/drive/root/delta?token=${token}` }
      : { '@odata.nextLink': `${fake.graph}/drives/${encodeURIComponent(fake.driveId)}/root/delta(token='${token}')` }
    const value = items.map(fake.resource)
    return { body: { '@odata.context': `${fake.graph}/$metadata#Collection(driveItem)`, ...link, value } }
  }

  function one(id: string | undefined): FakeResponse {
    const item = fake.items.get(id ?? '')
    return item && !item.isDeleted ? { body: fake.resource(item) } : graphError(404, 'itemNotFound')
  }

  function children({ params, query }: FakeRequest): FakeResponse {
    const folder = fake.items.get(params.id ?? '')
    if (!folder || folder.isDeleted) return graphError(404, 'itemNotFound')
    if (folder.kind !== 'folder') return graphError(400, 'invalidRequest')
    const token = query.get('$skiptoken')
    const opened = token === null ? undefined : (unseal(token) as unknown as { of?: string; after?: string })
    if (token !== null && opened?.of !== folder.id) return malformed('a page with a token of its own making')
    const left = [...fake.items.values()]
      .filter(item => item.parent === folder.id && !item.isDeleted && item.id > (opened?.after ?? ''))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const items = left.slice(0, fake.pageSize)
    const next = seal({ of: folder.id, after: items.at(-1)?.id })
    const link = `${fake.graph}/me/drive/items/${folder.id}/children?$skiptoken=${next}`
    const more = items.length < left.length ? { '@odata.nextLink': link } : {}
    return { body: { '@odata.count': left.length, ...more, value: items.map(fake.resource) } }
  }

  function content(id: string | undefined): FakeResponse {
    const item = fake.items.get(id ?? '')
    if (!item || item.isDeleted || item.kind !== 'file') return graphError(404, 'itemNotFound')
    if (item.more?.malware) return graphError(403, 'accessDenied', 'malwareDetected')
    const fault = fake.contentFaults.get(item.id)
    if (fault) return fault
    return { status: 302, headers: { location: addressOf(item) } }
  }

  /** Another one each time. */
  function addressOf({ id }: FakeItem): string {
    return `${files.url}/files/${seal({ file: id, number: addresses++ })}`
  }

  function download({ params, headers }: FakeRequest): FakeResponse {
    // A ticket and a bearer at once are refused, as SharePoint does.
    if (headers.authorization !== undefined) return { ...malformed('a ticket with a bearer'), status: 401 }
    const { file } = unseal(params.ticket ?? '') as unknown as { file?: string }
    const item = fake.items.get(file ?? '')
    if (!item) return { status: 404 }
    fake.downloads.push(item.id)
    return { headers: { 'content-type': item.mimeType }, body: item.content }
  }

  function malformed(what: string): FakeResponse {
    fake.refused.push(what)
    return graphError(400, 'invalidRequest')
  }

  function route(pattern: string, parameters: string[], handler: (request: FakeRequest) => FakeResponse): FakeRoute {
    return {
      method: 'GET',
      pattern: `${base}${pattern}`,
      handler: request => {
        const unknown = [...request.query.keys()].find(name => !parameters.includes(name))
        return unknown === undefined ? handler(request) : malformed(`${request.path} with ${unknown}`)
      },
    }
  }
}

/** An error as Graph words it. @param inner the code of the nested `innerError` */
export function graphError(status: number, code: string, inner?: string): FakeResponse {
  const innerError = { ...(inner ? { code: inner } : {}), date: '2026-01-01T00:00:00', 'request-id': 'r' }
  return { status, body: { error: { code, message: 'No.', innerError } } }
}

/** A token that means something to the fake alone. */
function seal(value: object): string {
  return `~${Buffer.from(JSON.stringify(value)).toString('base64url')}`
}

function unseal(token: string): Position | undefined {
  try {
    const [, text] = /^'?~([\w-]+)'?$/.exec(token) ?? []
    return text === undefined ? undefined : (JSON.parse(Buffer.from(text, 'base64url').toString()) as Position)
  } catch {
    return undefined
  }
}
