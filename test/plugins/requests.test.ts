/**
 * How many requests a source needs: each is counted at the provider, so that a needless one is noticed. Beside them are
 * those of the official SDK's loop (`test/bench/request-worlds`). The README has the same at full size.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { plugins } from '../../plugins/index.ts'
import { type Counts, countRequests } from '../bench/request-worlds/count.ts'
import { requestWorlds } from '../bench/request-worlds/index.ts'
import type { World } from '../bench/request-worlds/world.ts'
import { readme } from '../support/readme.ts'
import { times } from '../support/suite-depth.ts'
import { createHarness } from '../support/sync-harness.ts'

/** In small accounts: by source, and how much there is. */
const expected: Readonly<Record<string, { size: number } & Counts>> = {
  gmail: { size: 60, identity: 1, first: 6, quiet: 2, later: 2, sdk: { first: 63, quiet: 2 } },
  google_drive: { size: 30, identity: 1, first: 29, quiet: 1, later: 1, sdk: { first: 26, quiet: 1 } },
  google_calendar: { size: 30, identity: 1, first: 4, quiet: 4, later: 4, sdk: { first: 4, quiet: 4 } },
  onedrive: { size: 30, identity: 2, first: 27, quiet: 1, later: 1, sdk: { first: 50, quiet: 1 } },
  outlook_mail: { size: 60, identity: 2, first: 20, quiet: 2, later: 2, sdk: { first: 19, quiet: 13 } },
  outlook_calendar: { size: 30, identity: 2, first: 4, quiet: 4, later: 4, sdk: { first: 4, quiet: 4 } },
  asana: { size: 60, identity: 1, first: 168, quiet: 18, later: 18, sdk: { first: 158, quiet: 16 } },
  slack: { size: 2100, identity: 1, first: 13, quiet: 12, later: 17, sdk: { first: 12, quiet: 12 } },
  notion: { size: 120, identity: 1, first: 243, quiet: 5, later: 10, sdk: { first: 242, quiet: 2 } },
}

describe('the requests of', () => {
  test.each(requestWorlds.map(world => [world.shortName, world] as const))(
    '%s: a first sync, a quiet one, one a quarter of an hour later',
    async (shortName, world) => {
      const { size, ...counts } = expected[shortName] ?? { size: 0 }
      expect(await count(world, size)).toEqual(counts)
    },
    60_000,
  )
})

/** By source: a list, and how its requests say how much of it they want. */
const pages: readonly [shortName: string, path: RegExp, size: string][] = [
  ['google_drive', /\/files$/, 'pageSize=1000'],
  ['google_drive', /\/changes$/, 'pageSize=1000'],
  ['google_calendar', /\/calendarList$/, 'maxResults=250'],
  ['google_calendar', /\/events$/, 'maxResults=2500'],
  ['onedrive', /\/root\/delta$/, '$top=1000'],
  ['outlook_mail', /\/messages\/delta$/, 'odata.maxpagesize=200'],
  ['outlook_mail', /\/mailFolders\/delta$/, 'odata.maxpagesize=100'],
  ['outlook_calendar', /\/calendars$/, '$top=100'],
  ['outlook_calendar', /\/calendarView\/delta$/, 'odata.maxpagesize=1000'],
  ['asana', /\/(projects|sections|stories|tasks|users|workspaces|attachments)$/, 'limit=100'],
]

describe('the pages of', () => {
  test.each(pages)('%s: %s are asked for with %s', async (shortName, path, size) => {
    const world = requestWorlds.find(candidate => candidate.shortName === shortName)
    const plugin = plugins.find(({ sources }) => sources.some(source => source.shortName === shortName))
    if (!world || !plugin) throw new Error(`no source ${shortName}`)
    const account = await world.start(12)
    onTestFinished(async () => void (await account.close()))
    const endpoints = { ...plugin.endpoints, ...account.providers[plugin.id]?.endpoints }
    const harness = await createHarness({ plugin, shortName, endpoints, now: Date.now() })
    await harness.run()
    const sizes = (account.asked?.() ?? [])
      .filter(request => path.test(request.path))
      .map(({ query, headers }) => [
        ...decodeURIComponent(`${query}`).split('&'),
        ...(headers.prefer ?? '').split(', '),
      ])
    expect(sizes.length).toBeGreaterThan(0)
    for (const given of sizes) expect(given).toContain(size)
  })
})

describe("the README's table", () => {
  const rows = tableRows(readme())

  test('has a row for each source, in their order', () => {
    const sources = plugins.flatMap(plugin => plugin.sources.map(({ shortName }) => shortName))
    expect(requestWorlds.map(({ shortName }) => shortName).sort()).toEqual(sources.sort())
    expect(rows.map(([account]) => account)).toEqual(
      requestWorlds.map(({ shortName, what, full }) => `\`${shortName}\`, ${what(full)}`),
    )
  })

  // Takes a minute.
  test.runIf(times(0, 1) === 1).each(requestWorlds.map(world => [world.shortName, world] as const))(
    'has the figures of %s',
    async (_shortName, world) => {
      const { first, quiet, later, sdk } = await count(world, world.full)
      const figures = [first, sdk.first, quiet, later, sdk.quiet].map(figure => figure.toLocaleString('en-US'))
      expect(rows.find(([account]) => account?.startsWith(`\`${world.shortName}\``))?.slice(1)).toEqual(figures)
    },
    120_000,
  )
})

async function count(world: World, size: number): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-requests-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return countRequests(world, size, folder)
}

/** The cells of the table below the heading, its head left out. */
function tableRows(markdown: string): string[][] {
  const [, section = ''] = markdown.split('### Requests\n')
  const lines = section
    .split('\n')
    .filter((line, index, all) => line.startsWith('|') && isBeforeNextHeading(all, index))
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

function isBeforeNextHeading(lines: readonly string[], index: number): boolean {
  const heading = lines.findIndex(line => line.startsWith('#'))
  return heading < 0 || index < heading
}
