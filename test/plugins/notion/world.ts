/** A small workspace with pages in pages, in blocks and in databases, and what inlet should hold of it. */
import { expect } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { notion } from '../../../plugins/notion/index.ts'
import { type FakeNotion, startFakeNotion } from '../../support/fake-notion.ts'
import { type FakeBlock, type FakePage, text } from '../../support/fake-notion-objects.ts'
import { createHarness, type Harness, type RunResult } from '../../support/sync-harness.ts'

/** The harness's clock at the start: 2026-01-15T12:00:00Z. */
export const nowMs = Date.UTC(2026, 0, 15, 12)
export const minuteMs = 60_000

export interface World {
  fake: FakeNotion
  harness: Harness
  /** Moves the clock of both sides. */
  advance(ms: number): void
  close(): Promise<void>
}

export interface WorldOptions {
  config?: Config
  pageSize?: number
  seed?(fake: FakeNotion): void
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const time: { slept: readonly number[]; advanced: number } = { slept: [], advanced: 0 }
  const fake = await startFakeNotion({
    pageSize: options.pageSize ?? 2,
    now: () => nowMs + time.advanced + time.slept.reduce((sum, ms) => sum + ms, 0),
  })
  ;(options.seed ?? seed)(fake)
  const { endpoints } = fake
  const config = options.config ?? {}
  const harness = await createHarness({ plugin: notion, shortName: 'notion', endpoints, config, now: nowMs })
  time.slept = harness.slept
  return {
    fake,
    harness,
    advance(ms) {
      time.advanced += ms
      harness.advance(ms)
    },
    async close() {
      await harness.close()
      await fake.close()
      expect(fake.server.unknown).toEqual([])
    },
  }
}

export function paragraph(fake: FakeNotion, words: string): FakeBlock {
  return fake.block('paragraph', { rich_text: [text(words)], color: 'default' })
}

export function note(words: string) {
  return { Note: { id: 'note', type: 'rich_text', rich_text: [text(words)] } }
}

/** Ids by name; everything was edited days ago, a minute apart. */
export function seed(fake: FakeNotion) {
  let minutes = 0
  const created = () => nowMs - 10 * 24 * 60 * minuteMs + ++minutes * minuteMs
  const page = (title: string, more: Partial<Parameters<typeof fake.addPage>[0]> = {}) =>
    fake.addPage({ title, created: created(), blocks: [paragraph(fake, `${title} text`)], ...more })
  const toggle = fake.block('column', {}, [paragraph(fake, 'in a column')])
  const home = page('Home', {
    blocks: [...['one', 'two', 'three'].map(words => paragraph(fake, words)), fake.block('column_list', {}, [toggle])],
  })
  const guide = page('Guide', { parent: { page: home } })
  const deep = page('Deep', { parent: { block: toggle.id } })
  const deeper = page('Deeper', { parent: { page: deep } })
  const secret = page('Unlisted', { parent: { page: guide } })
  const { id: tasks, sources } = fake.addDatabase({
    title: 'Tasks',
    parent: { page: home },
    sources: [
      { title: 'Tasks', schema: { Name: { id: 'title', name: 'Name', type: 'title', title: {}, description: null } } },
    ],
  })
  const [source = ''] = sources
  const rows = [1, 2, 3, 4].map(number =>
    page(`Task ${number}`, { parent: { source }, properties: note(`note ${number}`) }),
  )
  const lone = page('Lone')
  fake.hidden.add(secret).add(rows[3] ?? '')
  const comments = [
    fake.comment(guide, 'well said'),
    fake.comment(guide, 'indeed', 'user-ben'),
    fake.comment(lone, 'hm'),
  ]
  for (const item of [...fake.databases.values(), ...fake.sources.values(), ...fake.comments.values()]) {
    item.edited = created()
  }
  // What was added to a page later has changed its time.
  for (const item of fake.pages.values()) if (item.edited > item.created) item.edited = created()
  return { home, guide, deep, deeper, secret, tasks, source, rows, lone, comments, toggle }
}

/** What must be in the store, by `type:id`: where it is, how it is called and what it says. */
export function truthOf(
  fake: FakeNotion,
  isWanted: (trail: readonly string[]) => boolean = () => true,
): Map<string, string> {
  const truth = new Map<string, string>()
  for (const item of [...fake.pages.values(), ...fake.databases.values()]) {
    const trail = trailOf(fake, item.id)
    if (!fake.isThere(item.id) || !isWanted(trail)) continue
    const where = trail.map(id => titleOf(fake, id)).join(' / ')
    const page = fake.pages.get(item.id)
    truth.set(`notion_${page ? 'page' : 'database'}:${item.id}`, page ? `${where}\n${bodyOf(fake, page)}` : where)
    for (const comment of fake.comments.values()) {
      if (comment.on === item.id)
        truth.set(`notion_comment:${comment.id}`, `${where} / ${comment.text}\n${comment.text}`)
    }
  }
  return truth
}

/** The store's entities in the terms of `truthOf`. */
export async function heldBy(harness: Harness): Promise<Map<string, string>> {
  const held = new Map<string, string>()
  for (const [key, { breadcrumbs, name, text: said, entityType }] of await harness.entities()) {
    if (entityType === 'notion_file') continue
    const where = [...breadcrumbs.map(crumb => crumb.name), name].join(' / ')
    held.set(key, entityType === 'notion_database' ? where : `${where}\n${said}`)
  }
  return held
}

export async function expectTruth({ fake, harness }: World, isWanted?: Parameters<typeof truthOf>[1]): Promise<void> {
  const truth = truthOf(fake, isWanted)
  expect(truth.size).toBeGreaterThan(0)
  expect(sorted(await heldBy(harness))).toEqual(sorted(truth))
}

export const nothing = { inserted: 0, updated: 0, deleted: 0, skipped: 0, failed: 0 }

export async function expectQuiet({ harness }: World): Promise<RunResult> {
  const result = await harness.run()
  expect(result).toMatchObject(nothing)
  return result
}

/** Ids from the outermost page or database down to the one given. */
function trailOf(fake: FakeNotion, id: string): string[] {
  const trail: string[] = []
  for (let at: string | undefined = id; at !== undefined; ) {
    trail.unshift(at)
    const parent: FakePage['parent'] = fake.pages.get(at)?.parent ?? fake.databases.get(at)?.parent ?? 'workspace'
    if (parent === 'workspace') at = undefined
    else if ('page' in parent) at = parent.page
    else if ('source' in parent) at = fake.sources.get(parent.source)?.database
    else at = [...fake.pages.values()].find(({ blocks }) => holds(blocks, parent.block))?.id
  }
  // What is not shared does not show.
  while (trail[0] !== undefined && !fake.isThere(trail[0])) trail.shift()
  return trail
}

function holds(blocks: readonly FakeBlock[], id: string): boolean {
  return blocks.some(block => block.id === id || holds(block.children, id))
}

function titleOf(fake: FakeNotion, id: string): string {
  return fake.pages.get(id)?.title ?? fake.databases.get(id)?.title ?? id
}

function bodyOf(fake: FakeNotion, page: FakePage): string {
  const { Note: value } = page.properties as { Note?: { rich_text: { plain_text: string }[] } }
  const head = value ? [`- Note: ${value.rich_text.map(part => part.plain_text).join('')}`] : []
  return [...head, ...wordsOf(fake, page.blocks)].join('\n\n')
}

function wordsOf(fake: FakeNotion, blocks: readonly FakeBlock[]): string[] {
  return blocks.flatMap(({ id, type, content, children }) => {
    if (type.startsWith('child_')) {
      return fake.isThere(id) ? [`[${titleOf(fake, id)}](https://www.notion.so/${id.replaceAll('-', '')})`] : []
    }
    const own = (content.rich_text as { plain_text: string }[] | undefined)?.map(part => part.plain_text).join('') ?? ''
    return [...(own ? [own] : []), ...wordsOf(fake, children)]
  })
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
