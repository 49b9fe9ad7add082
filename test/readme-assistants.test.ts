/** What the README tells assistants is carried out as they would: by the official client of their protocol. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tools } from '../daemon/mcp/tools.ts'
import { type DaemonProcess, startDaemonProcess } from './support/daemon-process.ts'
import { readBlocks, readme } from './support/readme.ts'
import { userEnvironment } from './support/shell.ts'

const root = join(import.meta.dirname, '..')

interface Server {
  type?: string
  command?: string
  args?: string[]
  env?: Record<string, string>
  url?: string
  headers?: Record<string, string>
}

interface Configuration {
  mcpServers?: Record<string, Server>
  servers?: Record<string, Server>
  inputs?: { id: string; type: string; password: boolean }[]
}

const [, section = ''] = readme().split('## Assistants\n')
const blocks = readBlocks(section.split('\n## ')[0])
const [desktop, code, cursor, vscode] = blocks
  .filter(({ language }) => language === 'json')
  .map(({ text }) => JSON.parse(text) as Configuration)

let folder: string
let daemon: DaemonProcess
let ownerKey: string
let key: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-assistants-'))
  daemon = await startDaemonProcess({ folder })
  ownerKey = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
  await ask('/collections', { name: 'My life', readable_id: 'my-life' })
  // As the README's command asks for it.
  const [asked] = blocks.filter(({ language }) => language === 'sh')
  const [, body = ''] = /--json '(.*)'/.exec(asked?.text ?? '') ?? []
  key = String((await ask('/keys', JSON.parse(body))).key)
}, 60_000)

afterAll(async () => {
  await daemon?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function ask(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'X-API-Key': ownerKey, 'Content-Type': 'application/json' }
  const answer = await fetch(`${daemon.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Record<string, unknown>
}

/** What is put in place of what a reader has there. */
function filled(text: string): string {
  return text
    .replace('/path/to/inlet', root)
    .replace('http://localhost:8001', daemon.url)
    .replace(/^paste-the-key$|\$\{INLET_API_KEY\}|\$\{env:INLET_API_KEY\}|\$\{input:inlet-key\}/, key)
}

function fill(values: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filled(value)]))
}

function transportOf({ command, args = [], env, url, headers }: Server): Transport {
  if (url !== undefined) {
    return new StreamableHTTPClientTransport(new URL(filled(url)), { requestInit: { headers: fill(headers) } })
  }
  // The port is a free one here.
  const all = { ...userEnvironment(), ...fill(env), INLET_PORT: new URL(daemon.url).port } as Record<string, string>
  return new StdioClientTransport({
    command: command ?? '',
    args: args.map(filled),
    env: all,
    cwd: folder,
    stderr: 'pipe',
  })
}

async function toolsOf(server: Server | undefined): Promise<string[]> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transportOf(server ?? {}))
  try {
    const { isError } = await client.callTool({ name: 'search', arguments: { query: 'anything' } })
    expect(isError).toBeUndefined()
    return (await client.listTools()).tools.map(({ name }) => name)
  } finally {
    await client.close()
  }
}

const readers = tools.filter(({ scope }) => scope === 'read').map(({ name }) => name)

describe('as the README says', { timeout: 60_000 }, () => {
  it.each([
    ['Claude Desktop', desktop?.mcpServers?.inlet],
    ['Claude Code', code?.mcpServers?.inlet],
    ['Cursor', cursor?.mcpServers?.inlet],
    ['VS Code', vscode?.servers?.inlet],
  ])('%s finds the tools that the key holds', async (_assistant, server) => {
    expect(await toolsOf(server)).toEqual(readers)
  })

  it('Codex finds them too', async () => {
    const [toml] = blocks.filter(({ language }) => language === 'toml')
    const members = Object.fromEntries(
      [...(toml?.text ?? '').matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name, value]) => [name, value]),
    )
    expect(toml?.text).toMatch(/^\[mcp_servers\.inlet\]\n/)
    expect(members).toEqual({ url: expect.any(String), bearer_token_env_var: 'INLET_API_KEY' })
    expect(await toolsOf({ url: members.url ?? '', headers: { Authorization: `Bearer ${key}` } })).toEqual(readers)
  })

  it('VS Code asks for the key without showing it', () => {
    expect(vscode?.inputs).toMatchObject([{ id: 'inlet-key', type: 'promptString', password: true }])
  })

  it('the table has every tool with its scope', () => {
    const rows = [...section.matchAll(/^\| `(\w+)` +\|.*\| `(\w+)` \|$/gm)].map(([, name, scope]) => [name, scope])
    const byName = (a: (string | undefined)[], b: (string | undefined)[]) => String(a[0]).localeCompare(String(b[0]))
    expect(rows.sort(byName)).toEqual(tools.map(({ name, scope }) => [name, scope]).sort(byName))
  })

  it('no key is in the words of a command', () => {
    for (const { args = [] } of [desktop, code].flatMap(all => Object.values(all?.mcpServers ?? {}))) {
      expect(args.join(' ')).not.toMatch(/key/i)
    }
  })
})
