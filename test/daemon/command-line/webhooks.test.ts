import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WebhookBody } from '../../../daemon/schemas/webhook.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts'
import { shareCommandDaemon } from './command-daemon.ts'

const shared = shareCommandDaemon()
const { inlet, connected } = shared

let receiver: WebhookReceiver
beforeEach(async () => {
  receiver = await startWebhookReceiver()
})
afterEach(async () => {
  for (const { id } of await all()) await inlet(`webhooks delete ${id} --yes`)
  await receiver.close()
})

const all = async () => JSON.parse((await inlet('webhooks --json')).out) as WebhookBody[]

describe('inlet webhooks', () => {
  it('makes one for a program, and shows its secret once', async () => {
    expect(await inlet('webhooks')).toMatchObject({ code: 0, out: '', err: expect.stringMatching(/webhooks add/) })
    const made = await inlet(`webhooks add ${receiver.url} --event job.completed --description Home`)
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toMatch(
      /^Home is told of job\.completed\.\nThe secret .*: whsec_\S+\nTry it: inlet webhooks test /,
    )
    const listed = await inlet('webhooks')
    expect(listed.out).toMatch(/^[0-9a-f]{8} {2}ok {2}Home$/)
    expect(listed.out).not.toContain('whsec_')
    await connected('My Slack')
    await receiver.until(1)
    expect((await inlet('webhooks deliveries Home')).out).toMatch(
      /job\.completed {2}(delivered|pending) {2}[01] attempts?$/,
    )
  })

  it('makes one for a phone, tries it, and tells when it does not arrive', async () => {
    const topic = receiver.url.replace('/hook', '/my-topic')
    const made = await inlet(`webhooks add ${topic} --ntfy --description phone`)
    expect(made.out).toMatch(/needs_reauth/)
    expect(made.out).not.toContain('whsec_')
    expect(await inlet('webhooks test phone')).toMatchObject({ code: 0, out: expect.stringMatching(/^It arrived/) })
    expect(JSON.parse(receiver.hooks[0]?.body ?? '')).toMatchObject({ topic: 'my-topic', title: 'inlet' })
    receiver.manner = 403
    expect(await inlet('webhooks test phone')).toMatchObject({ code: 1, out: 'It did not arrive: answered 403.' })
  })

  it('asks for the values of headers, or reads them, and takes none on the command line', async () => {
    const asked = await inlet(`webhooks add ${receiver.url} --header Authorization --description asked`, {
      typed: ['Bearer mine'],
    })
    expect(asked.code, asked.err).toBe(0)
    const read = await inlet(`webhooks add ${receiver.url} --header X-One --header X-Two --description read`, {
      readInput: async () => 'one\ntwo\n',
    })
    expect(read.code, read.err).toBe(0)
    for (const name of ['asked', 'read']) await inlet(`webhooks test ${name}`)
    const [first, second] = receiver.hooks
    expect(first?.headers.authorization).toBe('Bearer mine')
    expect([second?.headers['x-one'], second?.headers['x-two']]).toEqual(['one', 'two'])
    const given = await inlet(`webhooks add ${receiver.url} --header "Authorization: Bearer secret"`)
    expect(given).toMatchObject({ code: 2, err: expect.not.stringContaining('secret') })
  })

  it('is limited to collections and connections that there are', async () => {
    await connected('My Slack')
    const made = await inlet(`webhooks add ${receiver.url} --collection my-life --connection "My Slack" --json`)
    const [connection] = (await shared.daemon.ask('GET', '/source-connections')).body as { id: string }[]
    expect(JSON.parse(made.out)).toMatchObject({
      collections: ['my-life'],
      connections: [connection?.id],
      events: ['*'],
    })
    expect((await inlet(`webhooks add ${receiver.url} --collection nowhere`)).code).toBe(2)
    expect((await inlet(`webhooks add ${receiver.url} --connection nowhere`)).code).toBe(6)
    expect((await inlet('webhooks add http://example.com/hook')).code).toBe(2)
  })

  it('is disabled, enabled, given another secret, sent again, and deleted', async () => {
    await inlet(`webhooks add ${receiver.url} --event job.completed --description Home`)
    const [{ id = '' } = {}] = await all()
    await connected('My Slack')
    await receiver.until(1)
    const [delivery] = JSON.parse((await inlet('webhooks deliveries Home --json')).out) as { id: string }[]
    expect((await inlet(`webhooks retry Home ${delivery?.id}`)).code).toBe(0)
    await receiver.until(2)
    expect((await inlet('webhooks rotate-secret Home')).out).toMatch(/whsec_/)
    expect((await inlet('webhooks disable Home')).out).toBe('Home is disabled.')
    expect((await inlet('webhooks')).out).toMatch(/disabled {2}Home {2}asked$/)
    expect((await inlet(`webhooks retry Home ${delivery?.id}`)).code).toBe(1)
    expect((await inlet(`webhooks enable ${id.slice(0, 8)}`)).out).toBe('Home is enabled.')
    expect((await inlet('webhooks delete Home')).code).toBe(2)
    expect((await inlet('webhooks delete Home', { typed: ['n'] })).code).toBe(130)
    expect((await inlet('webhooks delete Home', { typed: ['y'] })).out).toBe('Home is told nothing more.')
    expect((await inlet('webhooks test Home')).code).toBe(6)
  })
})
