import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryBody, NewWebhookBody, WebhookBody, WebhookTestBody } from '../../../daemon/schemas/webhook.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts'
import { connect, startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon
let receiver: WebhookReceiver
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(() => daemon.close())
beforeEach(async () => {
  receiver = await startWebhookReceiver()
})
afterEach(async () => {
  for (const { id } of await list()) await daemon.ask('DELETE', `/webhooks/${id}`)
  await receiver.close()
})

const list = async () => (await daemon.ask('GET', '/webhooks')).body as WebhookBody[]

async function create(members: object = {}): Promise<NewWebhookBody> {
  const { status, body } = await daemon.ask('POST', '/webhooks', { body: { url: receiver.url, ...members } })
  expect(status).toBe(201)
  return body as NewWebhookBody
}

async function send(method: string, path: string, body?: object) {
  return daemon.ask(method, path, body === undefined ? {} : { body })
}

describe('a webhook', () => {
  it('is sent what happens, signed so that the official library takes it', async () => {
    const { secret } = await create()
    const { id } = await connect(daemon)
    await receiver.until(2)
    const types: string[] = []
    for (const { headers, body } of receiver.hooks) {
      const verified = new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string }
      types.push(verified.type)
      expect(verified).toMatchObject({ data: { connection_id: id, source: 'slack' }, timestamp: expect.any(String) })
    }
    expect(types).toEqual(['job.started', 'job.completed'])
    const [first] = receiver.hooks
    expect(first?.path).toBe('POST /hook')
    expect(first?.headers['content-type']).toBe('application/json')
    expect(() => new Webhook(secret).verify(`${first?.body} `, first?.headers as Record<string, string>)).toThrow()
  })

  it('is answered without its secret and the values of its headers ever after', async () => {
    const headers = { Authorization: 'Bearer my-own-token' }
    const made = await create({ headers, description: 'Mine', events: ['job.failed'] })
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secret, ...rest } = made
    const got = await daemon.ask('GET', `/webhooks/${made.id}`)
    expect(got.body).toEqual(rest)
    expect(await list()).toEqual([rest])
    expect(rest).toMatchObject({
      ...{ url: receiver.url, format: 'standard', events: ['job.failed'], enabled: true, status: 'ok' },
      headers: { Authorization: '********' },
      deliveries: { pending: 0, delivered: 0, failed: 0 },
    })
    expect(got.text).not.toContain('my-own-token')
    expect(got.text).not.toContain(secret.slice(6))
  })

  it('is sent the types, collections and connections that it asks for, and what concerns all', async () => {
    await daemon.ask('POST', '/collections', { body: { name: 'Home', readable_id: 'home' } })
    const { id } = await connect(daemon, { collection: 'home' })
    const other = await connect(daemon)
    await create({ url: `${receiver.url}/types`, events: ['job.completed'] })
    await create({ url: `${receiver.url}/collection`, collections: ['home'] })
    await create({ url: `${receiver.url}/connection`, connections: [other.id.toUpperCase()] })
    for (const connection of [id, other.id]) await daemon.ask('POST', `/source-connections/${connection}/run`)
    await receiver.until(6)
    const told = receiver.hooks.map(({ path, body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { connection_id: string } }
      return `${path.split('/').at(-1)} ${type} ${data.connection_id === id ? 'home' : 'other'}`
    })
    expect(told.sort()).toEqual([
      ...['collection job.completed home', 'collection job.started home'],
      ...['connection job.completed other', 'connection job.started other'],
      ...['types job.completed home', 'types job.completed other'],
    ])
  })

  it('has its own headers sent, and changed as a whole', async () => {
    const { id } = await create({ headers: { Authorization: 'Bearer one', 'X-Mine': 'two', 'User-Agent': 'my-own' } })
    await send('POST', `/webhooks/${id}/test`)
    await send('PATCH', `/webhooks/${id}`, { headers: { 'X-Mine': 'three' } })
    await send('POST', `/webhooks/${id}/test`)
    const sent = receiver.hooks.map(({ headers }) => [headers.authorization, headers['x-mine'], headers['user-agent']])
    expect(sent).toEqual([
      ['Bearer one', 'two', 'my-own'],
      [undefined, 'three', 'inlet'],
    ])
  })

  it('can be tried: it is sent a message now, and what comes back is told', async () => {
    const { id, secret } = await create({ enabled: false })
    const good = (await send('POST', `/webhooks/${id}/test`)).body as WebhookTestBody
    expect(good).toEqual({ delivered: true, status: 204, error: null, duration_ms: expect.any(Number) })
    const [hook] = receiver.hooks
    expect(new Webhook(secret).verify(hook?.body ?? '', hook?.headers as Record<string, string>)).toMatchObject({
      type: 'webhook.test',
      data: { webhook_id: id },
    })
    receiver.manner = 500
    expect((await send('POST', `/webhooks/${id}/test`)).body).toMatchObject({ delivered: false, error: 'answered 500' })
    receiver.manner = 'reset'
    expect((await send('POST', `/webhooks/${id}/test`)).body).toMatchObject({
      ...{ delivered: false, status: null },
      error: expect.stringMatching(/^cannot be reached \((ECONNRESET|UND_ERR_SOCKET)\)$/),
    })
    receiver.manner = 'hang_in_body'
    expect((await send('POST', `/webhooks/${id}/test`)).body).toMatchObject({ delivered: true, status: 200 })
  })

  it('gets another secret, and is signed with both for a day', async () => {
    const { id, secret } = await create()
    const rotated = (await send('POST', `/webhooks/${id}/rotate-secret`)).body as NewWebhookBody
    expect(rotated.secret).not.toBe(secret)
    await send('POST', `/webhooks/${id}/test`)
    const [hook] = receiver.hooks
    expect(String(hook?.headers['webhook-signature']).split(' ')).toHaveLength(2)
    for (const one of [secret, rotated.secret]) {
      expect(new Webhook(one).verify(hook?.body ?? '', hook?.headers as Record<string, string>)).toBeDefined()
    }
    const own = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    expect((await send('POST', `/webhooks/${id}/rotate-secret`, { secret: own })).body).toMatchObject({ secret: own })
  })

  it('tells what became of each delivery, and sends one again', async () => {
    receiver.manner = 500
    const { id } = await create({ events: ['job.completed'] })
    await connect(daemon)
    const path = `/webhooks/${id}/deliveries`
    const [failing] = await daemon.until<DeliveryBody[]>(path, ([delivery]) => delivery?.last_status === 500)
    expect(failing).toMatchObject({
      ...{ webhook_id: id, event_type: 'job.completed', state: 'pending', attempts: 1 },
      ...{ last_error: 'answered 500', next_attempt_at: expect.any(String) },
    })
    expect((await send('GET', `/webhooks/${id}`)).body).toMatchObject({
      ...{ status: 'failing', last_error: 'answered 500', deliveries: { pending: 1 } },
    })
    receiver.manner = 204
    const again = await send('POST', `${path}/${failing?.id}/retry`)
    expect(again.status).toBe(200)
    await daemon.until<DeliveryBody[]>(path, ([delivery]) => delivery?.state === 'delivered')
    expect((await send('GET', `${path}?state=failed`)).body).toEqual([])
    expect((await send('GET', `${path}?state=delivered`)).body).toHaveLength(1)
    expect((await send('GET', `/webhooks/${id}`)).body).toMatchObject({ status: 'ok', last_error: null })
    // Once more, although it was delivered: under the same id.
    const received = receiver.hooks.length
    await send('POST', `${path}/${failing?.id}/retry`)
    await receiver.until(received + 1)
    expect(new Set(receiver.hooks.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([failing?.event_id]))
    await send('PATCH', `/webhooks/${id}`, { enabled: false })
    expect(await send('POST', `${path}/${failing?.id}/retry`)).toMatchObject({
      ...{ status: 409, body: { type: '/problems/webhook-disabled' } },
    })
  })

  it('is sent notifications as ntfy takes them, for what a person wants to be called for', async () => {
    const { id, events } = await create({ format: 'ntfy', url: receiver.url.replace('/hook', '/my-topic') })
    expect(events).not.toContain('job.completed')
    expect(events).toContain('connection.needs_reauth')
    daemon.slack.server.tokens?.add('soon-dead')
    const { id: connection } = await connect(daemon, { auth_fields: { access_token: 'soon-dead' }, name: 'My Slack' })
    daemon.slack.server.tokens?.delete('soon-dead')
    await daemon.ask('POST', `/source-connections/${connection}/run`)
    await receiver.until(1)
    expect(receiver.hooks[0]?.path).toBe('POST /')
    expect(JSON.parse(receiver.hooks[0]?.body ?? '')).toEqual({
      topic: 'my-topic',
      title: 'My Slack needs you to sign in again',
      message: expect.any(String),
      priority: 4,
      tags: ['key'],
    })
    expect((await send('PATCH', `/webhooks/${id}`, { url: receiver.url.replace('/hook', '/') })).status).toBe(422)
  })

  it('is forgotten with its secret, and is sent nothing more', async () => {
    const { id } = await create()
    expect((await send('DELETE', `/webhooks/${id}`)).body).toMatchObject({ id })
    await connect(daemon)
    expect(receiver.hooks).toEqual([])
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const) {
      const { status, body } = await send(method, `/webhooks/${id}${path}`)
      expect({ status, body }).toMatchObject({ status: 404, body: { type: '/problems/unknown-webhook' } })
    }
  })

  it.each<[string, object, string]>([
    ['no address', {}, 'url'],
    ['an address that others can read along', { url: 'http://example.com/' }, 'url'],
    ['an address with a password', { url: 'https://a:b@example.com/' }, 'url'],
    ['no topic for ntfy', { url: 'https://ntfy.sh', format: 'ntfy' }, 'url'],
    ['a type that there is not', { url: 'https://example.com', events: ['job.exploded'] }, 'events.0'],
    ['no type at all', { url: 'https://example.com', events: [] }, 'events'],
    ['a collection that there is not', { url: 'https://example.com', collections: ['nowhere'] }, 'collections'],
    ['a connection that there is not', { url: 'https://example.com', connections: ['x'] }, 'connections'],
    ['a header of ours', { url: 'https://example.com', headers: { 'Webhook-Id': 'x' } }, 'headers'],
    ['a header that breaks the line', { url: 'https://example.com', headers: { 'X-A': 'a\r\nb: c' } }, 'headers'],
    ['the mask of a header', { url: 'https://example.com', headers: { 'X-A': '********' } }, 'headers.X-A'],
    ['a secret that is too short', { url: 'https://example.com', secret: 'whsec_MTIz' }, 'secret'],
    ['a member that is not known', { url: 'https://example.com', event: 'x' }, 'event'],
  ])('is refused with %s', async (_what, body, place) => {
    const answer = await daemon.ask('POST', '/webhooks', { body })
    expect(answer.status).toBe(422)
    const { errors } = answer.body as { errors: { loc: string[] }[] }
    expect(errors.map(({ loc }) => loc.slice(1).join('.'))).toContain(place)
    expect(await list()).toEqual([])
  })

  it('is for administrators alone', async () => {
    const made = await daemon.ask('POST', '/keys', { body: { name: 'reader', scope: 'sync' } })
    const { key } = made.body as { key: string }
    const headers = { 'X-API-Key': key }
    expect((await daemon.ask('GET', '/webhooks', { headers })).status).toBe(403)
    expect((await daemon.ask('POST', '/webhooks', { headers, body: { url: receiver.url } })).status).toBe(403)
  })
})
