/** The transport: what any client, of any version of the protocol, finds at /mcp. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { answerHeaders } from '../../../daemon/answer-headers.ts'
import { checkpoint, note } from '../../support/scripted-source.ts'
import { call, createMcpWorld, key, type McpWorld } from './world.ts'

const accept = 'application/json, text/event-stream'
let world: McpWorld

beforeAll(async () => {
  world = await createMcpWorld()
  await world.connect('home', 'Notes', async function* () {
    for (let number = 0; number < 30; number++) yield note(`n${number}`, { text: `word${number} and pears` })
    yield checkpoint(1)
  })
})

afterAll(() => world.close())

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${world.url}/mcp`, {
    method: 'POST',
    headers: { 'X-API-Key': key, Accept: accept, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

function initialize(protocolVersion: string) {
  const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'old', version: '1' } }
  return { jsonrpc: '2.0', id: 1, method: 'initialize', params }
}

async function eventData(response: Response): Promise<{ id?: unknown; result?: Record<string, unknown> }> {
  const [, data = 'null'] = /^data: (.*)$/m.exec(await response.text()) ?? []
  return JSON.parse(data)
}

describe('a client', () => {
  it.each(['2026-07-28', 'legacy'] as const)('of the version %s lists and calls tools', async version => {
    const client = await world.client({ mode: version === 'legacy' ? 'legacy' : { pin: version } })
    expect(client.getNegotiatedProtocolVersion()).toBe(version === 'legacy' ? '2025-11-25' : version)
    expect((await client.listTools()).tools.length).toBe(6)
    const { structured } = await call<{ results: unknown[] }>(client, 'search', { query: 'word7' })
    expect(structured.results).toHaveLength(1)
    await client.ping().catch(error => expect(version).toBe('2026-07-28') ?? error)
    expect(client.getServerCapabilities()).toEqual({ tools: { listChanged: false } })
  })

  it.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
    'that asks for the version %s is given that one, and served',
    async version => {
      const greeting = await post(initialize(version))
      expect([greeting.status, greeting.headers.get('mcp-session-id')]).toEqual([200, null])
      expect((await eventData(greeting)).result).toMatchObject({ protocolVersion: version })
      const greeted = await post({ jsonrpc: '2.0', method: 'notifications/initialized' })
      expect([greeted.status, await greeted.text()]).toEqual([202, ''])
      const params = { name: 'search', arguments: { query: 'word7' } }
      const answer = await post(
        { jsonrpc: '2.0', id: 'x', method: 'tools/call', params },
        { 'MCP-Protocol-Version': version },
      )
      const { id, result } = await eventData(answer)
      expect(id).toBe('x')
      expect(result?.content).toMatchObject([{ type: 'text', text: expect.stringContaining('**word7** and pears') }])
    },
  )

  it('that asks for a version there never was is offered one that there is', async () => {
    expect((await eventData(await post(initialize('1999-01-01')))).result).toMatchObject({
      protocolVersion: '2025-11-25',
    })
  })

  it('may send several messages at once, as one version has it, and is told of too many', async () => {
    const messages = [1, 2, 3].map(id => ({ jsonrpc: '2.0', id, method: 'tools/list' }))
    const answer = await post(messages, { 'MCP-Protocol-Version': '2025-03-26' })
    const data = [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(match => JSON.parse(match[1] ?? ''))
    expect(data.map(({ id }) => id).sort()).toEqual([1, 2, 3])
    const many = await post(Array.from({ length: 51 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' })))
    expect([many.status, await many.json()]).toMatchObject([422, { type: '/problems/invalid-request' }])
  })

  it('is answered thirty times at once, each with its own', async () => {
    const client = await world.client()
    const queries = Array.from({ length: 30 }, (_, number) => `word${number}`)
    const answers = await Promise.all(
      queries.map(query => call<{ results: { snippet: string }[] }>(client, 'search', { query: `"${query}"` })),
    )
    expect(answers.map(({ structured }) => structured.results[0]?.snippet)).toEqual(
      queries.map(query => `**${query}** and pears`),
    )
  })
})

describe('a request', () => {
  it.each([
    ['GET', 405],
    ['DELETE', 405],
    ['PUT', 405],
  ])('%s is answered %d: there are no sessions', async (method, status) => {
    const headers = { 'X-API-Key': key, Accept: 'text/event-stream' }
    const answer = await fetch(`${world.url}/mcp`, { method, headers })
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, 'POST, OPTIONS'])
  })

  it('without a key, or with a wrong one, is told how to send one', async () => {
    for (const headers of [{ 'X-API-Key': '' }, { 'X-API-Key': 'wrong' }, { Authorization: 'Bearer wrong' }]) {
      const body = JSON.stringify(initialize('2025-11-25'))
      const all = { Accept: accept, 'Content-Type': 'application/json', ...headers } as Record<string, string>
      const answer = await fetch(`${world.url}/mcp`, { method: 'POST', headers: all, body })
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="inlet"'])
    }
    await expect(world.client({ key: 'wrong' })).rejects.toThrow()
  })

  it("of another site's page, or under another name, is refused whatever its key", async () => {
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      expect((await post(initialize('2025-11-25'), headers as Record<string, string>)).status).toBe(403)
    }
    expect((await post(initialize('2025-11-25'), { Origin: world.url })).status).toBe(200)
  })

  it.each<[string, string, Record<string, string>, number]>([
    ['that is no JSON', '{"jsonrpc":', {}, 400],
    ['that is empty', '', {}, 400],
    ['that is no message', '{"hello":"world"}', {}, 400],
    ['of another type', '{}', { 'Content-Type': 'text/plain' }, 415],
    ['that is compressed', '{}', { 'Content-Encoding': 'gzip' }, 415],
    ['that is too large', `"${'x'.repeat(1024 * 1024)}"`, {}, 413],
    ['whose client takes no events', JSON.stringify(initialize('2025-11-25')), { Accept: 'application/json' }, 406],
    ['of a version there never was', '{"jsonrpc":"2.0","id":1,"method":"ping"}', { 'MCP-Protocol-Version': 'x' }, 400],
  ])('%s is refused in JSON, with the headers that every answer has', async (_what, body, headers, status) => {
    const answer = await post(body, headers)
    expect(answer.status).toBe(status)
    for (const [name, value] of Object.entries(answerHeaders)) expect(answer.headers.get(name), name).toBe(value)
    const { detail, error } = (await answer.json()) as { detail?: string; error?: { message: string } }
    expect(detail ?? error?.message).toMatch(/\w+ \w+/)
    expect(world.bugs).toEqual([])
  })

  it.each([
    ['taken back', { pin: '2026-07-28' } as const],
    // Whose word that it is taken back comes in a request of its own, which a server without sessions cannot place.
    ['left alone by its client', 'legacy' as const],
  ])('that is %s ends', async (_how, mode) => {
    const client = await world.client({ mode })
    const abort = new AbortController()
    world.plugin.script = async function* ({ signal }) {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      yield checkpoint(2)
    }
    const given = { connection: 'Notes', wait_seconds: 60 }
    const answer = client.callTool({ name: 'run_sync', arguments: given }, { signal: abort.signal })
    const ended = expect(answer).rejects.toThrow()
    while (world.clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
    if (mode === 'legacy') await client.close()
    else abort.abort()
    await ended
    while (world.clock.sleeping > 0) await new Promise(resolve => setImmediate(resolve))
    const [connection] = await world.inlet.connections.list({ skip: 0, limit: 1 })
    await world.inlet.jobs.cancel(connection?.id ?? '', connection?.lastJob?.id ?? '')
    expect(world.bugs).toEqual([])
  })
})

describe('the end of the daemon', () => {
  it('ends what waits, with what is known, and takes no more', async () => {
    for (const mode of ['legacy', { pin: '2026-07-28' }] as const) {
      const ending = await createMcpWorld()
      onTestFinished(() => ending.close())
      await ending.connect('home', 'Notes')
      ending.plugin.script = async function* ({ signal }) {
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        yield checkpoint(1)
      }
      const client = await ending.client({ mode })
      const answer = call<{ job: { is_over: boolean } }>(client, 'run_sync', { connection: 'Notes', wait_seconds: 60 })
      while (ending.clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
      ending.beginClosing()
      expect((await answer).structured.job.is_over).toBe(false)
      await expect(call(client, 'list_connections')).rejects.toThrow()
      expect(ending.bugs).toEqual([])
    }
  })
})
