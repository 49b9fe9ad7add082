/** What a person does who has a source of their own: they name it in the configuration, and start the daemon. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApiClient } from '../support/api-client.ts'
import { startDaemonProcess } from '../support/daemon-process.ts'
import { startNotebook } from '../support/fake-notebook.ts'

const example = join(import.meta.dirname, '..', 'support', 'example-plugin.ts')

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-plugin-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function start(folder: string, plugins: unknown, providers: object = {}) {
  const daemon = await startDaemonProcess({ folder, config: { logLevel: 'warn', plugins, providers } })
  onTestFinished(async () => void (await daemon.stop()))
  return { daemon, api: await createApiClient(daemon.url, daemon.apiKeyFile) }
}

/** A package as npm would have put it beside the configuration. */
async function install(folder: string, name: string, text: string): Promise<void> {
  const place = join(folder, 'node_modules', name)
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  await writeFile(join(place, 'index.js'), text)
}

const asPackage = `import { Failure, oauth2 } from 'inlet/plugin'
export default {
  id: 'packed', title: 'Packed', auth: oauth2({}),
  endpoints: { api: 'https://packed.example', token: 'https://packed.example/token' },
  origins: ({ api }) => [api],
  sources: [{
    shortName: 'packed', title: 'Packed', description: 'From a package.', labels: [], scopes: [], configFields: [],
    entityTypes: ['packed_thing'],
    async identify() { throw new Failure('item_missing', 'it does not tell') },
    async *sync() { yield { type: 'upsert', entity: { entityType: 'packed_thing', id: '1', name: 'One' } } },
  }],
}
`

describe('plugins in the configuration', () => {
  test('a file and a package are sources like ours: listed, configured, synced, searched', async () => {
    const folder = await temporaryFolder()
    const notebook = await startNotebook()
    onTestFinished(() => notebook.close())
    await cp(example, join(folder, 'my-source.ts'))
    await install(folder, 'inlet-plugin-packed', asPackage)
    const providers = { notebook: { endpoints: notebook.endpoints, clientId: 'me' } }
    const { api } = await start(folder, ['./my-source.ts', 'inlet-plugin-packed'], providers)

    const sources = await api.call<{ short_name: string }[]>('GET', '/sources')
    expect(sources.map(({ short_name }) => short_name)).toEqual(expect.arrayContaining(['gmail', 'notebook', 'packed']))
    for (const [short_name, access_token, count] of [
      ['notebook', notebook.token, 5],
      ['packed', 'any', 1],
    ] as const) {
      await api.call('POST', '/collections', { name: short_name, readable_id: short_name })
      const connection = { short_name, collection: short_name, auth_fields: { access_token } }
      const made = await api.call<{ id: string; latest_sync_job_id: string }>('POST', '/source-connections', connection)
      let end = ''
      for await (const { event, data } of api.events(
        `/source-connections/${made.id}/jobs/${made.latest_sync_job_id}/events`,
      )) {
        if (event === 'end') end = JSON.stringify(data)
      }
      expect(end).toContain('"status":"completed"')
      expect(end).toContain(`"entities_inserted":${count}`)
    }
    const found = await api.call<{ results: unknown[] }>('GET', '/collections/notebook/search?query=says')
    expect(found.results.length).toBe(5)
  })

  test.each<[string, unknown, string]>([
    ['a file that is not there', ['./absent.ts'], './absent.ts does not exist in'],
    ['a package that is not there', ['inlet-plugin-absent'], 'is not installed: npm install inlet-plugin-absent'],
    ['a file that cannot be read', ['./broken.js'], 'cannot be loaded (SyntaxError)'],
    ['no default export', ['./bare.js'], 'has no default export'],
    ['another shape', ['./shape.js'], 'sources is missing: give an array'],
    ['a taken id', ['./taken.js', './taken.js'], 'has the id "packed", which another plugin has'],
    ['no list', './shape.js', 'plugins must be an array'],
  ])('%s stops the start, and is told', async (_what, plugins, message) => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'broken.js'), 'export default {')
    await writeFile(join(folder, 'bare.js'), 'export const plugin = {}')
    await writeFile(join(folder, 'shape.js'), "export default { id: 'mine', title: 'Mine' }")
    await writeFile(join(folder, 'taken.js'), asPackage)
    await expect(start(folder, plugins)).rejects.toThrow(message)
  })
})
