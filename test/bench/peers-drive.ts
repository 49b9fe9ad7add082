/**
 * A drive of many small files as Google's API gives it, over TLS, in a process of its own. It is also the proxy
 * that leads a program to it which knows Google's own address alone: what asks for www.googleapis.com by `CONNECT`
 * talks to the same TLS server in the same process, so that the way there costs both sides the same.
 * Run with the count and the files of a key and its certificate; prints the API's URL and the proxy's when it listens.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { project } from '../support/google-protocol.ts'
import { endWithInput } from './endings.ts'
import { type Answer, isKnown, json, refusal, send } from './peers-answers.ts'
import { type DriveItem, driveOf, folderType, rootId } from './peers-drive-corpus.ts'

const [count = '5000', keyFile = '', certificateFile = ''] = process.argv.slice(2)
const items = new Map<string, DriveItem>(driveOf(Number(count)).map(item => [item.id, item]))
const base = '/drive/v3'
const host = '127.0.0.1'

const api = createTlsServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, (request, response) =>
  send(response, answerTo(request)),
)
const proxy = createServer((_request, response) => void response.writeHead(405).end())
proxy.on('connect', (request, socket) => {
  if (request.url !== 'www.googleapis.com:443') return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
  api.emit('connection', socket)
})
api.listen(0, host, () => {
  proxy.listen(0, host, () => {
    process.stdout.write(`https://${host}:${portOf(api)} http://${host}:${portOf(proxy)}\n`)
  })
})
endWithInput()

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port
}

function answerTo(request: IncomingMessage): Answer {
  const { pathname, searchParams: query } = new URL(request.url ?? '', 'https://bench')
  if (!isKnown(request)) return refusal(401)
  if (request.method !== 'GET') return refusal(405)
  switch (pathname) {
    case `${base}/files`:
      return listing(request.url ?? '', query)
    case `${base}/files/root`:
      return json(partial({ id: rootId, name: 'My Drive', mimeType: folderType }, query))
    case `${base}/changes/startPageToken`:
      return json({ startPageToken: '1' })
    case `${base}/changes`:
      return json({ changes: [], newStartPageToken: '1' })
    default:
      return file(pathname, query)
  }
}

function file(pathname: string, query: URLSearchParams): Answer {
  const item = items.get(pathname.slice(`${base}/files/`.length))
  if (!item) return refusal(404)
  if (query.get('alt') !== 'media') return json(partial(shown(item), query))
  return { status: 200, type: item.mimeType, body: item.content ?? Buffer.alloc(0) }
}

/** Answers that were given once are given again: neither side waits for the fake to think. */
const listings = new Map<string, Answer>()

function listing(url: string, query: URLSearchParams): Answer {
  const ready = listings.get(url) ?? json(page(query))
  listings.set(url, ready)
  return ready
}

/** https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list */
function page(query: URLSearchParams): unknown {
  const fits = conditionOf(query.get('q') ?? '')
  const found = [...items.values()].filter(fits)
  const from = Number(query.get('pageToken') ?? 0)
  const to = from + Number(query.get('pageSize') ?? 100)
  const next = to < found.length ? { nextPageToken: String(to) } : {}
  return partial({ ...next, incompleteSearch: false, files: found.slice(from, to).map(shown) }, query)
}

/** Clauses joined by `and`; in parentheses, parents joined by `or`. What else Drive knows is refused. */
function conditionOf(q: string): (item: DriveItem) => boolean {
  const clauses = q.split(' and ').map(clause => {
    if (/^trashed ?= ?false$/.test(clause)) return () => true
    const [, not, type] = /^mimeType ?(!?)= ?'([^']+)'$/.exec(clause) ?? []
    if (type) return (item: DriveItem) => (item.mimeType === type) === (not === '')
    const parents = [...clause.matchAll(/'([^']+)' in parents/g)].map(([, id]) => (id === 'root' ? rootId : id))
    if (parents.length === 0) throw new Error(`the fake does not know the condition ${clause}`)
    return (item: DriveItem) => parents.includes(item.parents[0])
  })
  return item => clauses.every(clause => clause(item))
}

function shown({ content: _, ...item }: DriveItem): object {
  return {
    ...{ kind: 'drive#file', ...item, trashed: false, capabilities: { canDownload: true } },
    ...{ webViewLink: `https://drive.google.com/file/d/${item.id}/view`, originalFilename: item.name },
    owners: [{ displayName: 'Ada', emailAddress: 'ada@example.com' }],
    lastModifyingUser: { displayName: 'Ada', emailAddress: 'ada@example.com' },
  }
}

function partial(body: object, query: URLSearchParams): unknown {
  const fields = query.get('fields')
  return fields ? project(body, fields) : body
}
