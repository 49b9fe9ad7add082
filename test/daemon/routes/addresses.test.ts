import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConnectionJson, connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

interface OpenApi {
  paths: Record<string, Record<string, object>>
}

async function whiteLabel(): Promise<string> {
  const client = { client_id: 'client', client_secret: 'secret-of-the-client' }
  const pages = { redirect_url: 'https://product.example/back', allowed_origins: 'https://product.example' }
  const body = { name: 'Product', source_short_name: 'slack', ...client, ...pages }
  return ((await daemon.ask('POST', '/white-labels', { body })).body as { id: string }).id
}

/** Made before what it is told of; nobody listens there. */
async function webhook(): Promise<string> {
  const { body } = await daemon.ask('POST', '/webhooks', { body: { url: 'http://127.0.0.1:1/hook' } })
  return (body as { id: string }).id
}

async function deliveryOf(id: string): Promise<string> {
  const { body } = await daemon.ask('GET', `/webhooks/${id}/deliveries`)
  return (body as { id: string }[])[0]?.id ?? ''
}

async function namedKey(): Promise<string> {
  const { body } = await daemon.ask('POST', '/keys', { body: { name: 'assistant', scope: 'read' } })
  return (body as { id: string }).id
}

describe('every address of the description', () => {
  it('exists, and answers alike with and without a slash at its end', async () => {
    const webhookId = await webhook()
    const made = await connect(daemon)
    const { collection } = made as ConnectionJson & { collection: string }
    const { body } = await daemon.ask('GET', `/collections/${collection}/entities`)
    const values: Record<string, string> = {
      source_connection_id: made.id,
      job_id: String(made.latest_sync_job_id),
      readable_id: collection,
      entity_id: String((body as { entities: { id: string }[] }).entities[0]?.id),
      short_name: 'slack',
      slug: 'conflict',
      white_label_id: await whiteLabel(),
      key_id: await namedKey(),
      webhook_id: webhookId,
      delivery_id: await deliveryOf(webhookId),
    }
    const { paths } = (await daemon.ask('GET', '/openapi.json')).body as OpenApi
    const operations = Object.entries(paths)
      // What is asked there is a provider's, and so is what its slashes mean.
      .filter(([path]) => !path.startsWith('/proxy/'))
      .flatMap(([path, methods]) => Object.keys(methods).map(method => ({ path, method })))
    // What deletes comes last, and finds nothing at its second time.
    operations.sort((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'))
    let asked = 0
    for (const { path, method } of operations.filter(operation => operation.method !== 'delete')) {
      const address = path.replace(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? `no ${name}`)
      // What goes on for ever is asked for its headers alone.
      const verb = path === '/events' ? 'HEAD' : method.toUpperCase()
      const plain = await daemon.ask(verb, address)
      const slashed = await daemon.ask(verb, `${address}/`)
      const what = `${method} ${path}`
      // Starting a job twice meets the first one, which is an answer of the route as well.
      const kinds = (status: number) => (status === 409 ? 200 : status)
      expect([what, kinds(slashed.status)]).toEqual([what, kinds(plain.status)])
      expect([404, 405], what).not.toContain(plain.status)
      expect(slashed.headers.get('content-type')).toBe(
        plain.status === slashed.status ? plain.headers.get('content-type') : 'application/problem+json',
      )
      asked++
    }
    expect(asked).toBeGreaterThan(20)
    const removed = await daemon.ask('DELETE', `/source-connections/${made.id}/`)
    const again = await daemon.ask('DELETE', `/source-connections/${made.id}`)
    expect([removed.status, again.status]).toEqual([200, 404])
    expect((await daemon.ask('DELETE', `/collections/${collection}/`)).status).toBe(200)
  })

  it('is under the names of both generations of clients', async () => {
    const ask = async (path: string) => (await daemon.ask('GET', path)).body
    expect(await ask('/sources/list')).toEqual(await ask('/sources'))
    expect(await ask('/sources/detail/gmail')).toEqual(await ask('/sources/gmail'))
  })
})

describe('a source', () => {
  it('tells what it takes', async () => {
    const answer = await daemon.ask('GET', '/sources/slack')
    expect(answer.status).toBe(200)
    const source = answer.body as {
      auth_fields: { fields: { name: string }[] }
      config_fields: { fields: { name: string }[] }
    }
    expect(source).toMatchObject({
      name: 'Slack',
      short_name: 'slack',
      auth_type: 'oauth2_with_refresh_rotating',
      oauth_type: 'with_rotating_refresh',
      auth_methods: ['direct', 'oauth_token'],
      auth_config_class: 'SlackAuthConfig',
      config_class: 'SlackConfig',
      class_name: 'SlackSource',
      supports_continuous: true,
    })
    const field = (name: string) =>
      [...source.auth_fields.fields, ...source.config_fields.fields].find(one => one.name === name)
    expect(field('access_token')).toMatchObject({ type: 'string', required: true, secret: true })
    expect(field('expires_at')).toMatchObject({ type: 'string', format: 'date-time', required: false, secret: false })
    expect(field('channels')).toMatchObject({ type: 'array', items_type: 'string' })
    expect(field('history_days')).toMatchObject({ type: 'integer' })
  })

  it('that is unknown answers 404 with the known ones', async () => {
    const answer = await daemon.ask('GET', '/sources/slak')
    expect([answer.status, answer.body]).toMatchObject([404, { type: '/problems/unknown-source' }])
    expect(answer.text).toMatch(/gmail/)
  })
})

describe('a problem', () => {
  it('explains itself at its own address, to programs and to people', async () => {
    const list = (await daemon.ask('GET', '/problems')).body as { type: string; title: string; status: number }[]
    expect(list.length).toBeGreaterThan(20)
    for (const problem of list) {
      const answer = await daemon.ask('GET', problem.type)
      expect([answer.status, answer.body]).toEqual([200, problem])
      expect(answer.text).toMatch(/"explanation":".{40,}/)
    }
    const page = await daemon.ask('GET', '/problems/invalid-auth-fields', { headers: { Accept: 'text/html,*/*' } })
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(page.text).toContain('<h1>The credential is not what the source takes</h1>')
    expect(page.text).not.toMatch(/<script|<style|https?:/)
  })
})

describe('health', () => {
  it('is told when all parts are up', async () => {
    expect((await daemon.ask('GET', '/healthz')).body).toEqual({ status: 'ok' })
    expect((await daemon.ask('GET', '/readyz')).body).toEqual({
      status: 'ready',
      store: true,
      vault: true,
      scheduler: true,
    })
  })
})
