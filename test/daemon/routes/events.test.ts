import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

interface Body {
  id: string
  type: string
  connection_id: string
}

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(() => daemon.close())

async function connect(fields: object): Promise<{ id: string; auth: Record<string, unknown> }> {
  const body = { short_name: 'slack', auth_fields: { access_token: 'good-token', ...fields } }
  return (await daemon.ask('POST', '/source-connections', { body })).body as never
}

/** Events from the first one, or from after `last`, until one of this type. */
async function until(type: string, last = 'none'): Promise<Body[]> {
  const response = await fetch(`${daemon.url}/events`, {
    headers: { 'x-api-key': daemon.key, 'last-event-id': last },
    signal: AbortSignal.timeout(10_000),
  })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const events: Body[] = []
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk)
    for (const [, data = ''] of text.matchAll(/^data: (.*)\n\n/gm)) events.push(JSON.parse(data) as Body)
    text = text.slice(text.lastIndexOf('\n\n') + 2)
    if (events.some(event => event.type === type)) break
  }
  return events
}

describe('GET /events', () => {
  it('tells what happens, and to one who comes back what followed', async () => {
    const { id } = await connect({})
    const events = await until('job.completed')
    expect(events.map(({ type }) => type)).toEqual(['job.started', 'job.completed'])
    expect(events[1]).toMatchObject({ connection_id: id, source: 'slack', inserted: expect.any(Number) })
    await daemon.ask('POST', `/source-connections/${id}/run`)
    expect((await until('job.completed', events[1]?.id)).map(({ type }) => type)).toEqual([
      'job.started',
      'job.completed',
    ])
  })

  it('tells of a token that is about to die; the connection says when and why', async () => {
    const expires_at = new Date(Date.now() + 60_000).toISOString()
    const obtained = await connect({ expires_at })
    expect(obtained.auth).toMatchObject({
      expires_at,
      needs_person_at: expires_at,
      needs_person_because: 'access_token_ends',
    })
    // Already over when it is given: told at once.
    const past = new Date(Date.now() - 1000).toISOString()
    const { id } = await connect({ expires_at: past })
    const events = await until('connection.expiring')
    expect(events.find(({ type }) => type === 'connection.expiring')).toMatchObject({
      connection_id: id,
      ends_at: past,
      reason: 'access_token_ends',
    })
  })

  it('wants the key', async () => {
    expect((await fetch(`${daemon.url}/events`)).status).toBe(401)
  })
})
