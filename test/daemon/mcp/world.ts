/** A daemon in this process with a source that does what the test says, and the official client of the protocol. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createInlet } from '../../../core/index.ts'
import type { CreateApiKey, Inlet } from '../../../core/inlet.ts'
import type { Log } from '../../../core/log.ts'
import { apiKey } from '../../../daemon/api-key.ts'
import { listen } from '../../../daemon/listen.ts'
import { createServer } from '../../../daemon/server.ts'
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts'
import { type Script, type ScriptedPlugin, scriptedPlugin } from '../../support/scripted-source.ts'

export interface McpWorld {
  url: string
  port: number
  inlet: Inlet
  plugin: ScriptedPlugin
  /** Of the API; the library has the machine's. */
  clock: FakeClock
  /** What was logged as a bug. */
  bugs: object[]
  /** A connection in a collection of this id, which is made where there is none, after its first sync. */
  connect(collection: string, name: string, script?: Script): Promise<string>
  /** The official client, connected. @param mode of negotiating the version; default the newest */
  client(options?: { mode?: 'legacy' | { pin: string }; key?: string }): Promise<Client>
  /** A key that its owner made. */
  newKey(input: Omit<CreateApiKey, 'name'>): Promise<{ id: string; key: string }>
  beginClosing(): void
  close(): Promise<void>
}

export const key = 'the-key-of-the-owner'

export async function createMcpWorld(): Promise<McpWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-mcp-'))
  const plugin = scriptedPlugin()
  const inlet = await createInlet({ dataDir: join(folder, 'data'), plugins: [plugin] })
  const clock = fakeClock()
  const bugs: object[] = []
  const log: Log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void bugs.push(fields) }
  let port = 0
  const server = createServer({ inlet, apiKey: apiKey(key), port: () => port, version: '1.2.3', clock, log })
  const listening = await listen({ host: 'localhost', port: 0, fetch: server.fetch })
  port = listening.port
  const clients: Client[] = []
  let keys = 0

  return {
    url: listening.url,
    port,
    ...{ inlet, plugin, clock, bugs },
    async connect(collection, name, script) {
      await inlet.collections.create({ name: collection, readableId: collection }).catch(() => {})
      if (script) plugin.script = script
      const input = { shortName: 'scripted', name, collection, authFields: { access_token: 'a-token' } }
      const { id, lastJob } = await inlet.connections.create(input)
      await over(inlet, id, lastJob?.id ?? '')
      return id
    },
    async client({ mode = { pin: '2026-07-28' }, key: shown = key } = {}) {
      const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
      clients.push(client)
      const requestInit = { headers: { Authorization: `Bearer ${shown}` } }
      await client.connect(new StreamableHTTPClientTransport(new URL(`${listening.url}/mcp`), { requestInit }))
      return client
    },
    async newKey(input) {
      const { key, row } = await inlet.keys.create({ name: `key ${++keys}`, ...input })
      return { id: row.id, key: key.reveal() }
    },
    beginClosing: () => server.beginClosing(),
    async close() {
      for (const client of clients) await client.close()
      await listening.close()
      await inlet.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function over(inlet: Inlet, connectionId: string, jobId: string): Promise<void> {
  for await (const _progress of inlet.jobs.follow(connectionId, jobId, new AbortController().signal));
}

/** What a call answered: its text, and its structured content, of which the client has checked that it fits its schema. */
export async function call<Structured = Record<string, unknown>>(
  client: Client,
  name: string,
  given: Record<string, unknown> = {},
): Promise<{ text: string; structured: Structured; isError: boolean }> {
  const result = await client.callTool({ name, arguments: given })
  return { text: textOf(result), structured: result.structuredContent as Structured, isError: result.isError === true }
}

export function textOf({ content }: Pick<CallToolResult, 'content'>): string {
  return content.map(block => (block.type === 'text' ? block.text : `(${block.type})`)).join('\n')
}

/** What others wrote in a tool's text: what is between the two lines around it, which must be there. */
export function fencedIn(text: string): string {
  const [, , material] = /===== (\w{12}) begins =====\n([\s\S]*)\n===== \1 ends =====$/.exec(text) ?? []
  if (material === undefined) throw new Error(`nothing is fenced in: ${text}`)
  return material
}
