/** What a key may do and see through an assistant: its scope and its collections, and nothing beyond. */
import type { Client } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessScopes, holds } from '../../../core/access.ts'
import { tools } from '../../../daemon/mcp/tools.ts'
import { checkpoint, note } from '../../support/scripted-source.ts'
import { call, createMcpWorld, type McpWorld } from './world.ts'

let world: McpWorld
/** Of connections: one in each collection. */
let [home, work] = ['', '']

beforeAll(async () => {
  world = await createMcpWorld()
  const script = (word: string) =>
    async function* () {
      yield note(word, { name: `Secret of ${word}`, text: 'pears' })
      yield checkpoint(1)
    }
  home = await world.connect('home', 'Private notes', script('home'))
  work = await world.connect('work', 'Office notes', script('work'))
})

afterAll(() => world.close())

async function namesOf(client: Client): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name)
}

describe('a key', () => {
  it.each(accessScopes)(
    'of the scope %s is shown the tools that this scope holds, and can call no other',
    async scope => {
      const { key } = await world.newKey({ scope })
      for (const mode of ['legacy', { pin: '2026-07-28' }] as const) {
        const client = await world.client({ key, mode })
        const shown = await namesOf(client)
        expect(shown).toEqual(tools.filter(tool => holds(scope, tool.scope)).map(({ name }) => name))
        for (const { name } of tools.filter(tool => !shown.includes(tool.name))) {
          await expect(client.callTool({ name, arguments: { connection: home } })).rejects.toThrow(/not found/)
        }
      }
    },
  )

  it('that only reads is shown nothing that changes anything', async () => {
    const { key } = await world.newKey({ scope: 'read' })
    const listed = (await (await world.client({ key })).listTools()).tools
    expect(listed.map(({ name }) => name)).not.toContain('run_sync')
    expect(listed.filter(({ annotations }) => !annotations?.readOnlyHint)).toEqual([])
    const jobs = await world.inlet.jobs.list(home, { skip: 0, limit: 10 })
    expect(jobs).toHaveLength(1)
  })

  it('limited to one collection finds nothing of another, by any tool', async () => {
    const owner = await world.client()
    const found = await call<{ results: { id: string; collection: string }[] }>(owner, 'search', { query: 'pears' })
    const foreign = found.structured.results.find(({ collection }) => collection === 'work')?.id ?? ''
    const { latest } = await latestJob(work)
    const { key } = await world.newKey({ scope: 'sync', collections: ['home'] })
    const client = await world.client({ key })
    const everything: string[] = []
    for (const [name, given] of [
      ['search', { query: 'secret' }],
      ['search', { query: '' }],
      ['list_changes', {}],
      ['list_connections', {}],
    ] as const) {
      const { text, structured, isError } = await call(client, name, given)
      expect([name, isError]).toEqual([name, false])
      everything.push(text, JSON.stringify(structured))
    }
    expect(everything.join('\n')).toContain('Secret of home')
    const refused = [
      ['search', { query: 'secret', collection: 'work' }],
      ['get_entity', { id: foreign }],
      ['list_changes', { collection: 'work' }],
      ['list_changes', { collection: 'home', connection: 'Office notes' }],
      ['list_connections', { collection: 'work' }],
      ['run_sync', { connection: work }],
      ['run_sync', { connection: 'Office notes' }],
      ['sync_status', { connection: work }],
      ['sync_status', { job: latest }],
    ] as const
    for (const [name, given] of refused) {
      const { text, isError } = await call(client, name, given)
      expect([name, isError]).toEqual([name, true])
      expect(text).toMatch(/^there is no /)
      everything.push(text.replace('Office notes', ''))
    }
    expect(everything.join('\n')).not.toMatch(/Secret of work|Office notes/)
    expect((await latestJob(work)).latest).toBe(latest)
  })

  it('that is revoked opens nothing any more', async () => {
    const { id, key } = await world.newKey({ scope: 'read' })
    const client = await world.client({ key })
    expect((await namesOf(client)).length).toBe(5)
    await world.inlet.keys.revoke(id)
    await expect(call(client, 'search', { query: 'pears' })).rejects.toThrow()
  })
})

async function latestJob(connection: string): Promise<{ latest: string }> {
  return { latest: (await world.inlet.connections.get(connection)).lastJob?.id ?? '' }
}
