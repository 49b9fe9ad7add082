/** The daemon in this process: everything real, on loopback, with a Slack of the test's own behind it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { startDaemon } from '../../daemon/main.ts'
import type { OpenApiDocument } from '../../daemon/openapi/document.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack.ts'
import { type AnswerChecker, createAnswerChecker } from '../support/openapi.ts'

export interface Answer {
  status: number
  headers: Headers
  /** Parsed where it is JSON, else the text. */
  body: unknown
  text: string
}

export interface AskOptions {
  /** Sent as JSON, or as it is where it is a string. */
  body?: unknown
  headers?: Record<string, string>
}

export interface TestDaemon {
  url: string
  port: number
  key: string
  folder: string
  slack: FakeSlack
  /** Every line of the log and every sentence said. */
  printed: string[]
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>
  /** Asks until `check` is content with the answer; fails after five seconds. */
  until<Body>(path: string, check: (body: Body) => boolean): Promise<Body>
  /** Ends the daemon alone; its folder and its Slack stay. */
  stop(): Promise<void>
  close(): Promise<void>
}

/**
 * A workspace with one channel and three messages, and a token for it: `good-token`.
 * @param options.config its providers come beside that workspace
 */
export async function startTestDaemon(
  options: { config?: { server?: object; providers?: object } } = {},
): Promise<TestDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-daemon-'))
  const slack = await startFakeSlack()
  slack.addUser({ id: slack.me, name: 'ann' })
  slack.addChannel({ id: 'C00000001', name: 'general' })
  for (const text of ['apples & pears', 'bananas', 'cherries']) slack.post('C00000001', text)
  const { clientId, clientSecret } = { clientId: slack.client.id, clientSecret: slack.client.secret }
  const own = { slack: { clientId, clientSecret, endpoints: slack.endpoints } }
  const providers = { ...own, ...options.config?.providers }
  const config = { logLevel: 'debug', server: { port: 0 }, ...options.config, providers }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  const printed: string[] = []
  const removeRest = async () => {
    await slack.close()
    await rm(folder, { recursive: true, force: true })
  }
  const daemon = await startDaemon({
    version: '0.0.0',
    environment: {},
    folder,
    clock: systemClock,
    say: sentence => void printed.push(sentence),
    logTo: { write: line => void printed.push(line) },
  }).catch(async (error: unknown) => {
    await removeRest()
    throw error
  })
  const key = (await readFile(join(folder, 'data', 'api-key'), 'utf8')).trim()

  const ask = async (method: string, path: string, { body, headers = {} }: AskOptions = {}): Promise<Answer> => {
    const response = await fetch(`${daemon.url}${path}`, {
      method,
      headers: {
        'X-API-Key': key,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const answer = await readAnswer(response)
    await expectDescribed(daemon.url, { method, path, accept: headers.Accept }, answer)
    return answer
  }
  return {
    url: daemon.url,
    port: daemon.port,
    key,
    folder,
    slack,
    printed,
    ask,
    async until<Body>(path: string, check: (body: Body) => boolean) {
      for (let attempt = 0; attempt < 250; attempt++) {
        const { body } = await ask('GET', path)
        if (check(body as Body)) return body as Body
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      throw new Error(`GET ${path} never answered what was waited for`)
    },
    stop: () => daemon.stop(),
    async close() {
      await daemon.stop()
      await removeRest()
    },
  }
}

let described: Promise<AnswerChecker> | undefined

/** Every answer of a test is one that the OpenAPI document describes: its status, its type, each member of it. */
async function expectDescribed(
  url: string,
  asked: { method: string; path: string; accept: string | undefined },
  { status, headers, text }: Answer,
): Promise<void> {
  // A provider's, passed on as it came.
  if (headers.has('via')) return
  described ??= readDocument(url)
  const check = await described
  const problems = check({ ...asked, status, contentType: headers.get('content-type'), text })
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

/** Once for all daemons of a test file, which are of one making. */
async function readDocument(url: string): Promise<AnswerChecker> {
  const answer = await fetch(`${url}/openapi.json`)
  return createAnswerChecker((await answer.json()) as OpenApiDocument)
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== ''
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, text }
}

export interface JobJson {
  id: string
  status: string
  error_category: string | null
}

export interface ConnectionJson {
  id: string
  status: string
  latest_sync_job_id: string | null
  latest_sync_job_status: string | null
  sync: { total_runs: number }
}

/** A connection to the workspace whose first job is over and counted. */
export async function connect(daemon: TestDaemon, members: object = {}): Promise<ConnectionJson> {
  const body = { short_name: 'slack', auth_fields: { access_token: 'good-token' }, ...members }
  const made = await daemon.ask('POST', '/source-connections', { body })
  if (made.status !== 201) throw new Error(`not made: ${made.text}`)
  const { id } = made.body as ConnectionJson
  const isOver = ({ sync, latest_sync_job_status: job }: ConnectionJson) => sync.total_runs > 0 && job !== 'in_progress'
  return daemon.until<ConnectionJson>(`/source-connections/${id}`, isOver)
}
