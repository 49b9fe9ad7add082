/** Real answers against the document: every answer that the harness gets is checked by it; here, of every operation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OpenApiDocument } from '../../../daemon/openapi/document.ts'
import { createAnswerChecker, type Exchange, operationsOf } from '../../support/openapi.ts'
import { type Answer, type AskOptions, connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let document: OpenApiDocument

beforeAll(async () => {
  daemon = await startTestDaemon()
  document = (await daemon.ask('GET', '/openapi.json')).body as OpenApiDocument
})

afterAll(() => daemon.close())

/**
 * Needs a client of the protocol, a browser that comes back from a provider, or what the provider's fake has not: see
 * test/daemon/mcp, test/sign-in, routes/proxy.test.ts.
 */
const elsewhere = [
  ...['get', 'put', 'patch', 'delete'].map(method => `${method}AtProvider`),
  'askMcp',
  'decideSignIn',
  'finishSignIn',
  'finishWhiteLabelSignIn',
  'receiveSignIn',
]

describe('every operation', () => {
  const answered = new Set<string>()

  async function ask(
    operationId: string,
    values: Record<string, string> = {},
    options: AskOptions = {},
  ): Promise<Answer> {
    const found = operationsOf(document).find(({ operation }) => operation.operationId === operationId)
    if (!found) throw new Error(`there is no operation ${operationId}`)
    const left = new URLSearchParams(values)
    const path = found.path.replace(/\{(\w+)\}/g, (_match, name: string) => {
      left.delete(name)
      return values[name] ?? 'nothing'
    })
    const answer = await daemon.ask(found.method, left.size > 0 ? `${path}?${left}` : path, options)
    if (answer.status < 300) answered.add(operationId)
    return answer
  }

  it('answers as its description says, when all is well', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Crew', readable_id: 'crew' } })
    const made = await connect(daemon, { name: 'Crew', collection: 'crew' })
    const ofConnection = { source_connection_id: made.id }
    const ofJob = { ...ofConnection, job_id: String(made.latest_sync_job_id) }
    const ofCollection = { readable_id: 'crew' }
    const source = { short_name: 'slack' }
    const body = async (answer: Promise<Answer>) => (await answer).body as { id: string; entities: { id: string }[] }

    for (const id of [
      'getHealth',
      'getReadiness',
      'listProblems',
      'getOpenApiDocument',
      'getDocs',
      'getVault',
      'getMetrics',
      'getGrafanaDashboard',
    ] as const)
      await ask(id)
    await ask('getProblem', { slug: 'job-running' })
    for (const id of ['listSources', 'listSourcesAtList']) await ask(id)
    for (const id of ['getSource', 'getSourceAtDetail']) await ask(id, source)
    for (const id of [
      'listCollections',
      'listSourceConnections',
      'listWhiteLabels',
      'listWhiteLabelsAtList',
      'listKeys',
      'listWebhooks',
    ])
      await ask(id, { limit: '5', skip: '0' })
    await ask('createCollection', {}, { body: { name: 'Other', readable_id: 'other' } })
    await ask('getCollection', ofCollection)
    for (const id of ['putCollection', 'updateCollection']) await ask(id, ofCollection, { body: { name: 'The crew' } })
    await ask('searchCollection', { ...ofCollection, query: 'bananas' })
    await ask('searchCollectionWithFilter', ofCollection, { body: { query: 'bananas', filter: { must: [] } } })
    const { entities } = await body(ask('listChanges', ofCollection))
    await ask('getEntity', { entity_id: entities[0]?.id ?? '' })
    await ask('getSourceConnection', ofConnection)
    for (const id of ['putSourceConnection', 'updateSourceConnection'])
      await ask(id, ofConnection, { body: { cron_schedule: '0 4 * * *' } })
    await ask('checkSourceConnection', ofConnection)
    await ask('postAtProvider', { connection_id: made.id, path: 'auth.test' })
    await ask('listJobs', ofConnection)
    await ask('getJob', ofJob)
    await ask('followJob', ofJob)
    await ask('beginSignIn', source)
    await ask(
      'createSourceConnection',
      {},
      { body: { short_name: 'slack', auth_fields: { access_token: 'good-token' } } },
    )
    // Nobody listens there.
    const webhook = await body(ask('createWebhook', {}, { body: { url: 'http://127.0.0.1:1/hook' } }))
    const ofWebhook = { webhook_id: webhook.id }
    // So that the job goes on until it is cancelled.
    daemon.slack.pace('conversations.history', 60_000, 1)
    const run = await body(ask('runSourceConnection', ofConnection))
    await ask('cancelJob', { ...ofConnection, job_id: run.id })
    await ask('refreshCollection', ofCollection)
    const client = { client_id: 'client', client_secret: 'secret-of-the-client' }
    const pages = { redirect_url: 'https://product.example/back', allowed_origins: 'https://product.example' }
    const whiteLabel = await body(
      ask('createWhiteLabel', {}, { body: { name: 'Product', source_short_name: 'slack', ...client, ...pages } }),
    )
    const ofWhiteLabel = { white_label_id: whiteLabel.id }
    for (const id of ['getWhiteLabel', 'getWhiteLabelAuthUrl', 'listWhiteLabelSourceConnections'])
      await ask(id, ofWhiteLabel)
    await ask('updateWhiteLabel', ofWhiteLabel, { body: { name: 'The product' } })
    await ask('deleteWhiteLabel', ofWhiteLabel)
    for (const id of ['getWebhook', 'testWebhook', 'rotateWebhookSecret']) await ask(id, ofWebhook)
    await ask('updateWebhook', ofWebhook, { body: { description: 'Mine' } })
    const [delivery] = (await ask('listWebhookDeliveries', ofWebhook)).body as { id: string }[]
    await ask('retryWebhookDelivery', { ...ofWebhook, delivery_id: delivery?.id ?? '' })
    await ask('deleteWebhook', ofWebhook)
    const key = await body(ask('createKey', {}, { body: { name: 'assistant', scope: 'read' } }))
    await ask('getKey', { key_id: key.id })
    await ask('revokeKey', { key_id: key.id })
    await ask('createSignInLink')
    await ask('makeBackup')
    for (const id of ['rotateVault', 'lockVault', 'unlockVault']) await ask(id)
    await ask('deleteSourceConnection', ofConnection)
    await ask('deleteCollection', ofCollection)
    await followEvents()

    const silent = operationsOf(document)
      .map(({ operation }) => operation.operationId ?? '')
      .filter(id => !answered.has(id) && !elsewhere.includes(id))
    expect(silent).toEqual([])
  })

  /** A stream without an end: its first events have to do. */
  async function followEvents(): Promise<void> {
    const headers = { 'X-API-Key': daemon.key, 'Last-Event-ID': '0' }
    const stop = new AbortController()
    const { status, headers: given, body } = await fetch(`${daemon.url}/events`, { headers, signal: stop.signal })
    let text = ''
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      if ((text.match(/^data:/gm)?.length ?? 0) >= 3) break
    }
    stop.abort()
    const whole = text.slice(0, text.lastIndexOf('\n\n'))
    const exchange = { method: 'GET', path: '/events', status, contentType: given.get('content-type'), text: whole }
    expect(createAnswerChecker(document)(exchange)).toEqual([])
    answered.add('followEvents')
  }

  it('answers a wrong method with 405 and the methods of its address, each of which is described', async () => {
    let asked = 0
    for (const [path, methods] of Object.entries(document.paths)) {
      const address = path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000')
      const answer = await daemon.ask('PROPFIND', address)
      // Where an address is one of another's too, such as /sources/list, it takes what that one takes as well.
      expect([path, answer.status]).toEqual([path, 405])
      const allowed = answer.headers.get('allow')?.split(', ') ?? []
      for (const method of Object.keys(methods)) expect(allowed).toContain(method.toUpperCase())
      asked++
    }
    expect(asked).toBeGreaterThan(35)
  })

  it('answers without a key, and to nothing that exists, as its description says', async () => {
    let refused = 0
    const nowhere = '00000000-0000-4000-8000-000000000000'
    for (const { method, path, operation } of operationsOf(document)) {
      const address = path.replace(/\{\w+\}/g, nowhere)
      const wantsKey = operation.security?.length !== 0
      const locked = await daemon.ask(method, address, { headers: { 'X-API-Key': '' } })
      // After some, all of them are too many.
      if (wantsKey) expect([method, path, [401, 429].includes(locked.status)]).toEqual([method, path, true])
      if (path.includes('{') && wantsKey) {
        const { status } = await daemon.ask(method, address)
        expect([method, path, [400, 404, 409, 422].includes(status)]).toEqual([method, path, true])
      }
      for (const body of ['{', '{"no-such-member":1}', '"text"']) {
        if (operation.requestBody) await daemon.ask(method, address, { body })
      }
      refused++
    }
    expect(refused).toBeGreaterThan(45)
  })
})

describe('an answer that is not described', () => {
  const good = (): Exchange => ({
    method: 'GET',
    path: '/healthz/?x=1',
    status: 200,
    contentType: 'application/json; charset=UTF-8',
    text: '{"status":"ok"}',
  })
  const problem = { type: '/problems/unknown-job', title: 't', status: 404, detail: 'd' }

  it.each<[string, Partial<Exchange>, RegExp | undefined]>([
    ['as it should be', {}, undefined],
    ['as a head', { method: 'HEAD', text: '' }, undefined],
    ['to nothing of ours', { path: '/nowhere', status: 404, contentType: 'text/plain', text: 'no' }, undefined],
    ['with another status', { status: 202 }, /202 as application\/json, which is not/],
    ['as another type', { contentType: 'text/plain' }, /as text\/plain, which is not/],
    ['with another member', { text: '{"status":"ok","secret":1}' }, /must NOT have additional properties/],
    ['without a member', { text: '{}' }, /must have required property 'status'/],
    ['with another value', { text: '{"status":"well"}' }, /status must be equal|must be equal to/],
    [
      'with a problem that is not its own',
      { path: '/sources', status: 404, contentType: 'application/problem+json', text: JSON.stringify(problem) },
      /404 as application\/problem\+json, which is not|with unknown-job, which is not/,
    ],
    [
      'with another event',
      { path: '/events', contentType: 'text/event-stream', text: 'data: {"type":"job.exploded"}\n\n' },
      /discriminator|must be equal|must match/,
    ],
  ])('%s is seen', (_what, changed, fault) => {
    const problems = createAnswerChecker(document)({ ...good(), ...changed })
    if (fault) expect(problems.join('\n')).toMatch(fault)
    else expect(problems).toEqual([])
  })
})
