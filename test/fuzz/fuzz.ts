/**
 * Sends random requests to a daemon and looks at each answer: never a fault of ours, never a hang, never a secret,
 * always the headers that protect a browser, and every error a problem that has a page.
 */
import fc from 'fast-check'
import { answerHeaders, docsPolicy } from '../../daemon/answer-headers.ts'
import type { OpenApiDocument } from '../../daemon/openapi/document.ts'
import { isSlug, problems } from '../../daemon/problem-table.ts'
import { canary, findCanaries } from '../support/canary.ts'
import { type AnswerChecker, createAnswerChecker } from '../support/openapi.ts'
import { type FuzzRequest, fuzzRequests, readDescription } from './requests.ts'
import { createThings, type Things } from './things.ts'
import { createFuzzWorld, type FuzzWorld } from './world.ts'

export interface FuzzOptions {
  requests: number
  seed: number
  onProgress?(sent: number): void
}

export interface FuzzReport {
  sent: number
  /** Requests that no client can send, such as one whose address cannot be parsed. */
  unsendable: number
  statuses: Record<number, number>
  routes: number
  /** Routes that never gave a good answer. */
  neverGood: string[]
  slowestMs: number
  /** What was wrong, with the request that brought it about. */
  findings: string[]
  /** Lines of the log. */
  logged: number
}

const patienceMs = 5000
const batch = 500
const mostFindings = 20

export async function fuzz({ requests, seed, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const world = await createFuzzWorld()
  try {
    const description = await json(await world.fetch(plain(world, 'GET', '/openapi.json')))
    const tally = createTally(world, createAnswerChecker(description as OpenApiDocument))
    const { operations, schemas } = readDescription(description)
    const arbitrary = fuzzRequests(operations, schemas)
    for (let number = 0; number < 4; number++) await tally.tidy()
    for (let done = 0; done < requests && tally.report.findings.length < mostFindings; done += batch) {
      world.turn(done / batch)
      const count = Math.min(batch, requests - done)
      for (const request of fc.sample(arbitrary, { seed: seed + done, numRuns: count })) await tally.send(request)
      await tally.tidy()
      onProgress?.(done + count)
    }
    await tally.finish(operations.map(({ method, path }) => `${method} ${path}`))
    return tally.report
  } finally {
    await world.close()
  }
}

function createTally(world: FuzzWorld, undescribed: AnswerChecker) {
  const report: FuzzReport = {
    ...{ sent: 0, unsendable: 0, statuses: {}, routes: 0, neverGood: [], slowestMs: 0, findings: [], logged: 0 },
  }
  const things = createThings()
  const reached = new Set<string>()

  return { report, send, tidy, finish }

  async function send(given: FuzzRequest): Promise<void> {
    const request = toRequest(given, world.key, things)
    if (!request) return void report.unsendable++
    const at = performance.now()
    const answer = await within(patienceMs, ask(request))
    report.sent++
    report.slowestMs = Math.max(report.slowestMs, performance.now() - at)
    const { pathname: path } = new URL(request.url)
    const faults = answer ? faultsOf(given.method, answer, path) : [`no answer within ${patienceMs} ms`]
    if (answer) {
      const { status, headers, text } = answer
      faults.push(
        ...undescribed({ method: given.method, path, status, contentType: headers.get('content-type'), text }),
      )
      report.statuses[answer.status] = (report.statuses[answer.status] ?? 0) + 1
      if (answer.status < 300) things.learn(answer.text)
      if (answer.status < 300) reached.add(`${given.method} ${new URL(request.url).pathname}`)
      if (answer.status === 200 && /\/vault\/(lock|rotate|unlock)\/?$/.test(new URL(request.url).pathname))
        await reopen()
    }
    faults.push(...world.complaints.splice(0).map(line => `the log says: ${line.slice(0, 500)}`))
    const shown = {
      ...given,
      path: new URL(request.url).pathname.slice(0, 300),
      body: String(given.body).slice(0, 500),
    }
    for (const fault of faults) report.findings.push(`${fault}\n  ${JSON.stringify(shown)}`)
  }

  async function ask(request: Request): Promise<{ status: number; headers: Headers; text: string }> {
    const { status, headers, body } = await world.fetch(request)
    if (!headers.get('content-type')?.startsWith('text/event-stream')) {
      return { status, headers, text: body === null ? '' : await new Response(body).text() }
    }
    // Without an end: its beginning has to do.
    const reader = body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    await reader?.cancel()
    return { status, headers, text: new TextDecoder().decode(value) }
  }

  /** A vault that a request has locked, or given another key, is as it was. */
  async function reopen(): Promise<void> {
    await world.fetch(plain(world, 'POST', '/vault/unlock'))
    await world.fetch(plain(world, 'POST', '/vault/rotate', { generate: true }))
  }

  /** So that there are always some things, and never too many. */
  async function tidy(): Promise<void> {
    const connections = await listed('/source-connections', 12)
    if (connections < 4)
      await world.fetch(
        plain(world, 'POST', '/source-connections', { short_name: 'scripted', auth_fields: { access_token: 'x' } }),
      )
    if ((await listed('/collections', 12)) < 4)
      await world.fetch(plain(world, 'POST', '/collections', { name: 'one of some' }))
    if ((await listed('/white-labels', 6)) < 2) await world.fetch(plain(world, 'POST', '/white-labels', whiteLabel))
    if ((await listed('/webhooks', 6)) < 2)
      await world.fetch(plain(world, 'POST', '/webhooks', { url: 'http://127.0.0.1:1/hook' }))
    for (const path of ['/sources', '/problems', '/collections', '/white-labels', '/webhooks'])
      things.learn(await (await world.fetch(plain(world, 'GET', path))).text())
    for (const { id } of things.webhooks())
      things.learn(await (await world.fetch(plain(world, 'GET', `/webhooks/${id}/deliveries?limit=5`))).text())
    for (const { id } of things.collections())
      things.learn(await (await world.fetch(plain(world, 'GET', `/collections/${id}/entities`))).text())
  }

  /** The newest ones stay. */
  async function listed(path: string, most: number): Promise<number> {
    const all = (await json(await world.fetch(plain(world, 'GET', `${path}?limit=1000`)))) as Made[]
    for (const made of all.slice(0, Math.max(0, all.length - most))) {
      const id = path === '/collections' ? made.readable_id : made.id
      await world.fetch(plain(world, 'DELETE', `${path}/${id}?delete_data=true`))
    }
    return Math.min(all.length, most)
  }

  async function finish(routes: readonly string[]): Promise<void> {
    report.routes = routes.length
    report.neverGood = routes.filter(route => {
      const [method, path = ''] = route.split(' ')
      const pattern = new RegExp(`^${method} ${path.replace(/\{\w+\}/g, '[^/]+')}/?$`)
      return ![...reached].some(one => pattern.test(one))
    })
    for (const path of ['/healthz', '/readyz', '/source-connections', '/collections', '/vault']) {
      const { status } = await world.fetch(plain(world, 'GET', path))
      if (status !== 200) report.findings.push(`afterwards, GET ${path} answers ${status}`)
    }
    const made = await world.fetch(plain(world, 'POST', '/collections', { name: 'afterwards' }))
    if (made.status !== 201) report.findings.push(`afterwards, POST /collections answers ${made.status}`)
    report.findings.push(...world.complaints.splice(0).map(line => `the log says: ${line.slice(0, 500)}`))
    report.logged = world.logged()
  }
}

interface Made {
  id: string
  readable_id?: string
}

/** What a description names: the vault is locked, the daemon stops, or a provider is not there. */
function isDocumented(status: number, text: string): boolean {
  return status === 503 || (status === 502 && text.includes('"/problems/provider-unreachable"'))
}

/** What an answer must not be. */
export function faultsOf(
  method: string,
  { status, headers, text }: { status: number; headers: Headers; text: string },
  path = '',
): string[] {
  const spoken = `${JSON.stringify([...headers])} ${text}`
  const secrets = findCanaries(spoken).map(found => `a secret comes back, ${found}`)
  if (headers.has('via')) return [...secrets, ...faultsOfProxied(headers)]
  const isDocs = status === 200 && /^\/docs\/?$/.test(path)
  const faults: string[] = []
  if (status >= 500 && !isDocumented(status, text)) faults.push(`the status is ${status}: ${text.slice(0, 200)}`)
  if (status === 503 && !headers.has('retry-after')) faults.push('503 without Retry-After')
  for (const [name, value] of Object.entries(answerHeaders)) {
    const wanted = isDocs && name === 'Content-Security-Policy' ? docsPolicy : value
    if (headers.get(name) !== wanted) faults.push(`the header ${name} is missing`)
  }
  if (!headers.has('cache-control')) faults.push('the header Cache-Control is missing')
  if (headers.has('access-control-allow-origin')) faults.push('another origin is let in')
  faults.push(...secrets)
  if (status >= 400 && method !== 'HEAD') faults.push(...faultsOfProblem(status, headers, text))
  return faults
}

/** A provider's answer may be anything, but for what speaks to a browser in our name. */
function faultsOfProxied(headers: Headers): string[] {
  const wanted = { ...answerHeaders, 'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'" }
  const faults = Object.entries(wanted).flatMap(([name, value]) =>
    headers.get(name) === value ? [] : [`the header ${name} is missing`],
  )
  if (headers.has('set-cookie') || headers.has('access-control-allow-origin')) faults.push('a provider speaks for us')
  return faults
}

function faultsOfProblem(status: number, headers: Headers, text: string): string[] {
  if (isProtocolError(headers, text)) return []
  if (headers.get('content-type') !== 'application/problem+json') return [`${status} is no problem+json`]
  const { type, title, status: said, detail } = JSON.parse(text) as Record<string, unknown>
  const slug = String(type).replace('/problems/', '')
  const isKnown = isSlug(slug) && problems[slug].status === status && problems[slug].title === title
  return isKnown && said === status && typeof detail === 'string'
    ? []
    : [`${status} is not as its page says: ${text.slice(0, 300)}`]
}

/** MCP has errors of its own, which its clients read: JSON-RPC 2.0, section 5.1. */
function isProtocolError(headers: Headers, text: string): boolean {
  if (headers.get('content-type') !== 'application/json') return false
  const { jsonrpc, error } = JSON.parse(text) as { jsonrpc?: unknown; error?: { code?: unknown; message?: unknown } }
  return jsonrpc === '2.0' && typeof error?.code === 'number' && typeof error.message === 'string'
}

/** `undefined` where no client could send it. */
function toRequest(given: FuzzRequest, key: string, things: Things): Request | undefined {
  const path = things
    .resolve(given.segments)
    .map(segment => (/^%[\w%]*$|^\.\.$|^[\\/]+$/.test(segment) ? segment : encodeURIComponent(segment.toWellFormed())))
    .join('/')
  const query = given.query === '' ? '' : `?${given.query}`
  const shown = {
    right: { 'x-api-key': key },
    bearer: { authorization: `Bearer ${key}` },
    wrong: { 'x-api-key': `${key}x` },
    none: {},
  }
  try {
    return new Request(`http://localhost:8001/${path}${given.slash ? '/' : ''}${query}`, {
      method: given.method,
      headers: { ...given.headers, ...shown[given.key] },
      ...(given.body === undefined ? {} : { body: given.body }),
    })
  } catch {
    return undefined
  }
}

function plain(world: FuzzWorld, method: string, path: string, body?: object): Request {
  return new Request(`http://localhost:8001${path}`, {
    method,
    headers: { host: 'localhost:8001', 'x-api-key': world.key, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
}

function json(response: Response): Promise<unknown> {
  return response.json()
}

/** `undefined` when it took longer. */
async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const whiteLabel = {
  ...{ name: 'Product', source_short_name: 'slack', client_id: 'their-client', client_secret: canary('white-label') },
  ...{ redirect_url: 'https://product.example/back', allowed_origins: 'https://product.example' },
}
