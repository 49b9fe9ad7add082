/** `inlet mcp`, as an assistant starts it: a process of its own, with the official client on its streams. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { checkpoint, note } from '../../support/scripted-source.ts'
import { call, createMcpWorld, key, type McpWorld } from './world.ts'

const entry = join(import.meta.dirname, '..', '..', '..', 'daemon', 'inlet.js')
let world: McpWorld
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-mcp-command-'))
  world = await createMcpWorld()
  await world.connect('home', 'Notes', async function* () {
    yield note('recipe', { name: 'Pear tart', text: 'A recipe with pears 🍐' })
    yield checkpoint(1)
  })
  await world.connect('work', 'Office', async function* () {
    yield checkpoint(1)
  })
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

interface Started {
  client: Client
  transport: StdioClientTransport
  /** What it said on the standard error. */
  said(): string
}

function start(
  environment: Record<string, string | undefined> = {},
  mode: 'legacy' | 'auto' | { pin: string } = { pin: '2026-07-28' },
): Started {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
  const all = { INLET_API_KEY: key, INLET_PORT: String(world.port), ...environment }
  const env = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const transport = new StdioClientTransport({
    ...{ command: process.execPath, args: [entry, 'mcp'], cwd: folder, env, stderr: 'pipe' },
  })
  let said = ''
  transport.stderr?.on('data', chunk => {
    said += String(chunk)
  })
  onTestFinished(() => client.close())
  return { client, transport, said: () => said }
}

describe('inlet mcp', () => {
  it.each(['2026-07-28', 'legacy'] as const)('carries a client of %s to the tools, every one', async version => {
    const { client, transport, said } = start({}, version === 'legacy' ? 'legacy' : { pin: version })
    await client.connect(transport)
    const found = await call<{ results: { id: string; name: string }[] }>(client, 'search', { query: 'pears 🍐' })
    expect(found.structured.results).toMatchObject([{ name: 'Pear tart' }])
    world.plugin.script = async function* () {
      yield checkpoint(2)
    }
    const given: Record<string, Record<string, unknown>> = {
      search: { query: 'pears' },
      get_entity: { id: found.structured.results[0]?.id },
      list_changes: { collection: 'home' },
      list_connections: {},
      run_sync: { connection: 'Notes', wait_seconds: 60 },
      sync_status: { connection: 'Notes' },
    }
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(Object.keys(given))
    for (const { name } of tools) expect([name, (await call(client, name, given[name])).isError]).toEqual([name, false])
    expect(client.getInstructions()).toMatch(/never instructions/)
    expect(said()).toBe('')
  })

  it('carries many calls at once, and progress between', async () => {
    const { client, transport } = start()
    await client.connect(transport)
    const heard = Promise.withResolvers<void>()
    world.plugin.script = async function* () {
      yield note('more')
      yield checkpoint(3)
      // A sync that is over before anybody looks has no progress to tell of.
      await heard.promise
    }
    const told: number[] = []
    const [synced, ...others] = await Promise.all([
      client.callTool(
        { name: 'run_sync', arguments: { connection: 'Notes', wait_seconds: 60 } },
        {
          onprogress({ progress }) {
            told.push(progress)
            heard.resolve()
          },
        },
      ),
      ...Array.from({ length: 20 }, () => call(client, 'search', { query: 'tart' })),
    ])
    expect(synced.structuredContent).toMatchObject({ job: { is_over: true } })
    expect(told.length).toBeGreaterThan(0)
    expect(others.filter(({ isError }) => !isError)).toHaveLength(20)
  })

  it('lets go of what its client takes back', async () => {
    const { client, transport } = start()
    await client.connect(transport)
    world.plugin.script = async function* ({ signal }) {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      yield checkpoint(4)
    }
    const abort = new AbortController()
    const given = { connection: 'Office', wait_seconds: 60 }
    const answer = client.callTool({ name: 'run_sync', arguments: given }, { signal: abort.signal })
    const ended = expect(answer).rejects.toThrow()
    while (world.clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
    abort.abort()
    await ended
    while (world.clock.sleeping > 0) await new Promise(resolve => setImmediate(resolve))
    expect((await call(client, 'list_connections')).isError).toBe(false)
    const connections = await world.inlet.connections.list({ skip: 0, limit: 9 })
    const office = connections.find(({ name }) => name === 'Office')
    await world.inlet.jobs.cancel(office?.id ?? '', office?.lastJob?.id ?? '')
  })

  it('shows an assistant what its key may do and see, and no more', async () => {
    const limited = await world.newKey({ scope: 'read', collections: ['work'] })
    const { client, transport } = start({ INLET_API_KEY: limited.key })
    await client.connect(transport)
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('run_sync')
    const { structured } = await call<{ results: unknown[] }>(client, 'search', { query: 'pears' })
    expect(structured.results).toEqual([])
  })

  it.each([
    ['a wrong key', { INLET_API_KEY: 'wrong-key' }, /this API key is wrong/],
    ['an empty key', { INLET_API_KEY: '' }, /INLET_API_KEY must be visible ASCII/],
    ['no key, and no inlet on its folder', { INLET_API_KEY: undefined }, /no inlet runs on .*data: start it with/],
    ['no inlet that runs', { INLET_PORT: '1' }, /no inlet answers at http:\/\/localhost:1: start it with/],
  ])('with %s tells the assistant in a sentence, and the standard error', async (_what, environment, sentence) => {
    for (const mode of ['legacy', 'auto'] as const) {
      const { client, transport, said } = start(environment, mode)
      await expect(client.connect(transport)).rejects.toThrow(sentence)
      expect(said()).toMatch(sentence)
      expect(said().trim().split('\n')).toHaveLength(1)
    }
  })

  it('serves again once inlet is back, without being started anew', async () => {
    const place = createServer((_request, response) => response.writeHead(503).end())
    await once(place.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void place.close())
    const { port } = place.address() as AddressInfo
    const { client, transport, said } = start({ INLET_PORT: String(port), INLET_HOST: '127.0.0.1' }, 'legacy')
    await expect(client.connect(transport)).rejects.toThrow(/inlet answered 503/)
    expect(said()).toMatch(/^inlet mcp: inlet answered 503 at http:\/\/127\.0\.0\.1:\d+\n$/)
  })

  it('sends its key nowhere because a file in the folder says so', async () => {
    const asked: unknown[] = []
    const thief = createServer((request, response) => {
      asked.push(request.headers)
      response.writeHead(404).end()
    })
    await once(thief.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void thief.close())
    const { port } = thief.address() as AddressInfo
    const path = join(folder, 'config.json')
    await writeFile(path, JSON.stringify({ server: { host: '127.0.0.1', port } }))
    onTestFinished(() => rm(path))
    const { client, transport } = start()
    await client.connect(transport)
    expect((await call(client, 'list_connections')).isError).toBe(false)
    expect(asked).toEqual([])
    const named = start({ INLET_CONFIG: path, INLET_PORT: String(world.port), INLET_HOST: 'localhost' })
    await named.client.connect(named.transport)
    expect(asked).toEqual([])
  })

  it('writes nothing but messages, survives lines that are none, and ends with its input', async () => {
    const env = { INLET_API_KEY: key, INLET_PORT: String(world.port) }
    const child = spawn(process.execPath, [entry, 'mcp'], { cwd: folder, env, stdio: 'pipe' })
    let [out, said] = ['', '']
    child.stdout.on('data', chunk => {
      out += String(chunk)
    })
    child.stderr.on('data', chunk => {
      said += String(chunk)
    })
    child.stdin.write('this is no message\n{"hello":"world"}\n{"jsonrpc":"2.0","id":7,"method":"no/such"}\n')
    while (!out.includes('\n')) await once(child.stdout, 'data')
    child.stdin.end()
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    expect(
      out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toMatchObject([{ id: 7, error: { code: -32601 } }])
    expect(said).toMatch(/no message of the protocol/)
  })

  it('answers what was asked before its input ended, as in a pipe', async () => {
    const env = { INLET_API_KEY: key, INLET_PORT: String(world.port) }
    const child = spawn(process.execPath, [entry, 'mcp'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', chunk => {
      out += String(chunk)
    })
    const client = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } }
    const call = { name: 'list_connections', arguments: {} }
    const asked = [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: client },
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: call },
    ]
    child.stdin.end(asked.map(message => `${JSON.stringify(message)}\n`).join(''))
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    const answers = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(answers.map(({ id, result }) => [id, typeof result]).sort()).toEqual([
      [1, 'object'],
      [2, 'object'],
    ])
  })

  it('ends when nobody reads its answers any more, whatever it waits for', async () => {
    const env = { INLET_API_KEY: key, INLET_PORT: String(world.port) }
    world.plugin.script = async function* ({ signal }) {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      yield checkpoint(5)
    }
    const child = spawn(process.execPath, [entry, 'mcp'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'ignore'] })
    const params = { name: 'run_sync', arguments: { connection: 'Office', wait_seconds: 60 } }
    const lines = [
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
    ]
    child.stdin.write(`${JSON.stringify(lines[0])}\n`)
    while (world.clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
    child.stdout.destroy()
    child.stdin.end(`${JSON.stringify(lines[1])}\n`)
    const [code] = await once(child, 'close')
    expect(code).toBe(0)
    while (world.clock.sleeping > 0) await new Promise(resolve => setImmediate(resolve))
    const connections = await world.inlet.connections.list({ skip: 0, limit: 9 })
    const office = connections.find(({ name }) => name === 'Office')
    await world.inlet.jobs.cancel(office?.id ?? '', office?.lastJob?.id ?? '')
  })

  it('takes no words', async () => {
    const child = spawn(process.execPath, [entry, 'mcp', '--key', 'x'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    child.stdout.on('data', chunk => {
      out += String(chunk)
    })
    const [code] = await once(child, 'close')
    expect([code, out]).toEqual([2, ''])
  })
})
