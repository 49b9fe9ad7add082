/** Google's own SDK, set up to speak to a fake, and what it makes of the fake's refusals. */
import { auth } from '@googleapis/gmail'
import { onTestFinished } from 'vitest'
import { createApi } from '../../core/api.ts'
import { createPacer } from '../../core/pacer.ts'
import { type Account, isJsonObject, listAt, objectAt, textAt } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import { createTransport } from '../../core/transport.ts'
import { google } from '../../plugins/google/index.ts'
import { fakeClock } from './fake-clock.ts'
import { type FakeRoute, type FakeServer, startFakeServer } from './fake-server.ts'
import { unauthenticated } from './google-protocol.ts'
import {
  type Exchange,
  parametersOf,
  problemsOf,
  type Question,
  type Route,
  routeOf,
  spelling,
  strangersIn,
} from './google-types.ts'

/** Options for any of the SDK's APIs: a fixed token, no waiting and repeating, no proxy in between. */
export function sdkOptions(url: string, token = 'good-token') {
  const client = new auth.OAuth2()
  client.setCredentials({ access_token: token })
  return { auth: client, rootUrl: url, retry: false, noProxy: ['127.0.0.1'] }
}

/** A fake behind a bearer check as strict as Google's, until the test is over. */
export async function serveGoogle(routes: readonly FakeRoute[]): Promise<FakeServer> {
  const server = await startFakeServer(routes)
  server.tokens = new Set(['good-token'])
  server.refuse = unauthenticated
  onTestFinished(() => server.close())
  return server
}

/** What the SDK throws for a refusal. @throws Error where it throws none, or something of another make */
export async function refusal(asked: Promise<unknown>) {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Error) || error.constructor.name !== 'GaxiosError') throw new Error('the SDK was not refused')
  const { status, code, message, response }: Error & Partial<Refused> = error
  const answered = objectAt(isJsonObject(response?.data) ? response.data : undefined, 'error')
  const [first] = listAt(answered, 'errors')
  return { status, code, message, reason: textAt(first, 'reason'), canonical: textAt(answered, 'status') }
}

/** Members of the SDK's own error: `code` is the one in Google's body. */
interface Refused {
  status: number
  code: number | string
  response: { data: unknown }
}

/** The pages of one of the SDK's lists, to the end. */
export async function drain<Page extends { nextPageToken?: string | null }>(
  ask: (paged: { pageToken?: string }) => Promise<{ data: Page }>,
): Promise<Page[]> {
  const pages: Page[] = []
  for (let pageToken: string | undefined; ; ) {
    const { data } = await ask(pageToken === undefined ? {} : { pageToken })
    pages.push(data)
    pageToken = data.nextPageToken ?? undefined
    if (pageToken === undefined) return pages
  }
}

export interface Verdict {
  /** Routes that were not asked at all. */
  unasked: string[]
  /** Questions that the SDK's types do not allow. */
  problems: string[]
  /** Questions that the SDK asks otherwise. */
  misspelt: string[]
  /** Members of answers that the SDK's types do not know. */
  strangers: string[]
}

export const faithful: Verdict = { unasked: [], problems: [], misspelt: [], strangers: [] }

/**
 * Holds questions and answers against the SDK.
 * @param tables the routes as a client of the given address has them
 */
export async function judge(
  tables: (url: string) => readonly Route[],
  exchanges: readonly Exchange[],
): Promise<Verdict> {
  const routes = tables('http://127.0.0.1')
  const asked = new Set(exchanges.map(exchange => routeOf(routes, exchange)?.pattern))
  return {
    unasked: routes.map(({ pattern }) => pattern).filter(pattern => !asked.has(pattern)),
    problems: unique(exchanges.flatMap(exchange => problemsOf(routes, exchange))),
    misspelt: await misspelt(tables, exchanges),
    strangers: unique(exchanges.flatMap(exchange => strangersTo(routes, exchange))),
  }
}

function strangersTo(routes: readonly Route[], exchange: Exchange): string[] {
  const { status = 200, body } = exchange.answer
  const found = routeOf(routes, exchange)
  // What is no route at all is a problem already.
  if (!found || (status >= 400 && typeof body === 'string')) return []
  const shape = status >= 400 ? errorShape : exchange.query.get('alt') === 'media' ? 'bytes' : found.answer
  return strangersIn(body, shape).map(stranger => `${found.pattern} ${stranger}`)
}

/** https://developers.google.com/workspace/drive/api/guides/handle-errors */
const errorShape = {
  error: {
    code: 'number',
    message: 'text',
    errors: [{ domain: 'text', reason: 'text', message: 'text', location: 'text', locationType: 'text' }],
    status: 'text',
  },
} as const

function unique(items: readonly string[]): string[] {
  return [...new Set(items)].sort()
}

/** Lets the SDK ask the same questions, and gives back those that it asks otherwise. */
async function misspelt(tables: (url: string) => readonly Route[], questions: readonly Question[]): Promise<string[]> {
  // It knows no route: that the questions arrive is enough.
  const listener = await startFakeServer([])
  try {
    const routes = tables(listener.url)
    const different: string[] = []
    for (const question of new Map(questions.map(each => [spelling(each), each])).values()) {
      const route = routeOf(routes, question)
      const before = listener.requests.length
      await route?.ask(parametersOf(route, question)).catch(() => undefined)
      const spoken = listener.requests.slice(before).map(spelling)
      if (spoken.length !== 1 || spoken[0] !== spelling(question)) different.push(spelling(question))
    }
    return different
  } finally {
    await listener.close()
  }
}

/** Whose account a source says that the fake's is. */
export async function identify(shortName: string, url: string): Promise<Account> {
  const source = google.sources.find(candidate => candidate.shortName === shortName)
  if (!source) throw new Error(`no source ${shortName}`)
  const endpoints = { api: url, gmail: url }
  const clock = fakeClock()
  const transport = createTransport()
  const tokens = {
    token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
    renew: () => Promise.reject(new Error('refused')),
  }
  const pacer = createPacer(clock, {})
  const { signal } = new AbortController()
  try {
    const api = createApi({ plugin: google, endpoints, tokens, pacer, transport, clock, signal, random: () => 0.5 })
    return await source.identify({ api, endpoints })
  } finally {
    await transport.close()
  }
}
