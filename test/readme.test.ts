/** What the README shows and says, held against what there is; its commands are carried out in `readme-commands.test.ts`. */
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../daemon/config.ts'
import { plugins } from '../plugins/index.ts'
import { type Row, toTable } from './bench/table.ts'
import { isShownPlugin, readBlocks, readme } from './support/readme.ts'

const root = join(import.meta.dirname, '..')
const blocks = readBlocks()

/** What `npm run bench` has written. */
interface Figures {
  machine: Record<string, string>
  results: Row[]
}

describe('the data in the README', () => {
  it('has a configuration that is taken as it stands, and an example that is too', async () => {
    const [sample] = blocks.filter(({ language, text }) => language === 'json' && text.includes('"server"'))
    const folder = await mkdtemp(join(tmpdir(), 'inlet-readme-config-'))
    try {
      await writeFile(join(folder, 'config.json'), sample?.text ?? '')
      await cp(join(root, 'config.example.json'), join(folder, 'example.json'))
      const environment = Object.fromEntries(
        ['GOOGLE', 'MICROSOFT', 'ASANA', 'SLACK', 'NOTION'].flatMap(name => [
          [`${name}_CLIENT_ID`, 'an-id'],
          [`${name}_CLIENT_SECRET`, 'a-secret'],
        ]),
      )
      const families = ['google', 'microsoft', 'asana', 'slack', 'notion'].map(id => ({ id }))
      const config = loadConfig({ environment, folder, families })
      expect(config.providers.google).toEqual({ clientId: 'an-id', clientSecret: 'a-secret' })
      expect(config.server.port).toBe(8001)
      loadConfig({ environment: { ...environment, INLET_CONFIG: 'example.json' }, folder, families })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('has the table of the sources that there are, with their entity types, fields and scopes', () => {
    const sources = plugins.flatMap(plugin => plugin.sources)
    const [declarations = ''] = readme().split('### What each has been held against')
    const rows = declarations.split('\n').flatMap(line => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map(cell => [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? ''))
      const [names = []] = cells
      return sources.some(({ shortName }) => names.length === 1 && names[0] === shortName) ? [cells] : []
    })
    expect(rows.length).toBeGreaterThan(0)
    const declared = sources.map(({ shortName, entityTypes, configFields, scopes }) => [
      [shortName],
      [...entityTypes],
      configFields.map(({ name }) => name),
      [...scopes],
    ])
    const byName = (a: string[][], b: string[][]) => String(a[0]).localeCompare(String(b[0]))
    expect(rows.toSorted(byName)).toEqual(declared.toSorted(byName))
  })

  it('says of each source what it has been held against', () => {
    const [, table = ''] = readme().split('### What each has been held against')
    for (const { shortName } of plugins.flatMap(({ sources }) => sources)) {
      expect(table.match(new RegExp(`^\\| \`${shortName}\` +\\|.+`, 'gm'))?.length, shortName).toBe(1)
    }
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const clients = [...table.matchAll(/^\| `\w+` +\| `([^`]+)` (\d+) /gm)]
    expect(clients.length).toBe(9)
    for (const [, name = '', major] of clients) expect(devDependencies[name]).toMatch(new RegExp(`^\\^${major}\\.`))
  })

  it('shows the figures that were measured, as they were, and where', () => {
    const { machine, results } = JSON.parse(readFileSync(join(root, 'test/bench/figures.json'), 'utf8')) as Figures
    expect(readme()).toContain(toTable(results))
    expect(readme()).toContain(Object.values(machine).join(', '))
  })

  it('shows a source that is tested, as it is', () => {
    const [shown] = blocks.filter(isShownPlugin)
    const written = readFileSync(join(root, 'test', 'support', 'example-plugin.ts'), 'utf8')
    expect(written.endsWith(shown?.text ?? 'nothing')).toBe(true)
  })

  it("asks for exactly the scopes that Slack's source declares", () => {
    const [manifest] = blocks.filter(({ language }) => language === 'yaml')
    const scopes = [...(manifest?.text ?? '').matchAll(/^ +- (\S+)$/gm)].map(match => match[1])
    const slack = plugins.flatMap(({ sources }) => sources).find(({ shortName }) => shortName === 'slack')
    expect(scopes).toEqual(slack?.scopes)
  })

  it('links to files that exist, as SECURITY.md does', () => {
    for (const [text, least] of [
      [readme(), 5],
      [readFileSync(join(root, 'SECURITY.md'), 'utf8'), 15],
    ] as const) {
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1] ?? '')
      expect(links.length).toBeGreaterThan(least)
      expect(links.filter(link => !existsSync(join(root, link)))).toEqual([])
    }
  })
})
