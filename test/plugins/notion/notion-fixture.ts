/** For the suite: a workspace in which each list has two pages, and people who change something of everything in it. */
import type { Config } from '../../../core/plugin.ts'
import { type FakeNotion, startFakeNotion } from '../../support/fake-notion.ts'
import { type FakeBlock, text } from '../../support/fake-notion-objects.ts'
import { error } from '../../support/fake-notion-protocol.ts'
import { type FakeServer, startFakeServer } from '../../support/fake-server.ts'
import type { Answer, Fixture, FixtureClock, Paging, Truth } from '../../support/source-suite/index.ts'
import { minuteMs, note, paragraph, truthOf } from './world.ts'

type Things = ReturnType<typeof furnish>

export async function startNotion(clock: FixtureClock): Promise<Fixture> {
  const fake = await startFakeNotion({ now: clock.now, hasEmptyPages: false })
  const files = await startFiles()
  const things = furnish(fake, files, clock.now())
  return {
    endpoints: fake.endpoints,
    token: 'good-token',
    filters: [{ root_pages: [things.guide] }, { root_pages: ['Lone'] }],
    truth: config => tellAll(fake, files, config),
    change: round => change(fake, files, { ...things, now: clock.now() }, round),
    paging,
    isFile: ({ pathname }) => pathname.startsWith('/notes-'),
    uncheckable: /^\/notes-/,
    answers: {
      unauthorized: answer(401, 'unauthorized'),
      rateLimited: seconds => ({ ...answer(429, 'rate_limited'), headers: { 'retry-after': String(seconds) } }),
      forbidden: answer(403, 'restricted_resource'),
      missing: answer(404, 'object_not_found'),
      tokens: (accessToken, refreshToken) => ({
        ...{ access_token: accessToken, refresh_token: refreshToken ?? null, token_type: 'bearer' },
        ...{ bot_id: 'bot', workspace_id: 'workspace-1' },
      }),
    },
    complaints: () => [...fake.server.unknown, ...files.server.unknown, ...files.complaints],
    async close() {
      await Promise.all([fake.close(), files.server.close()])
    },
  }
}

const paging: readonly Paging[] = [/\/search$/, /\/query$/, /\/users$/, /\/children$/, /\/comments$/].map(path => ({
  ...{ path, items: ['results'], next: ['next_cursor'], parameter: 'start_cursor', more: ['has_more'] },
}))

function answer(status: number, code: string): Answer {
  return { status, body: error(status, code).body }
}

interface Files {
  server: FakeServer
  contents: Map<string, string>
  complaints: string[]
}

/** Notion keeps files on another host, which must not see the token. */
async function startFiles(): Promise<Files> {
  const contents = new Map<string, string>()
  const complaints: string[] = []
  const server = await startFakeServer([
    {
      method: 'GET',
      pattern: '/{name}',
      handler({ params, headers }) {
        if (headers.authorization !== undefined) complaints.push('a token came to the host of the files')
        return { body: contents.get(params.name ?? '') }
      },
    },
  ])
  return { server, contents, complaints }
}

/** Of each kind and each list enough, and no more: every request of a sync is failed in turn. */
function furnish(fake: FakeNotion, files: Files, now: number) {
  let minutes = 0
  const created = () => now - 10 * 24 * 60 * minuteMs + ++minutes * minuteMs
  const page = (title: string, more: Partial<Parameters<typeof fake.addPage>[0]> = {}) =>
    fake.addPage({ title, created: created(), blocks: [paragraph(fake, `${title} text`)], ...more })
  const column = fake.block('column', {}, [paragraph(fake, 'in a column')])
  const home = page('Home', { blocks: [fake.block('column_list', {}, [column])] })
  const guide = page('Guide', { parent: { page: home } })
  const deep = page('Deep', {
    parent: { block: column.id },
    blocks: [paragraph(fake, 'deep'), file(fake, files, 0)],
  })
  const secret = page('Unlisted', { parent: { page: guide } })
  const { id: tasks, sources } = fake.addDatabase({ title: 'Tasks', parent: { page: guide } })
  const [source = ''] = sources
  const shared = fake.block('synced_block', { synced_from: null }, [paragraph(fake, 'shared')])
  const copy = fake.block('synced_block', { synced_from: { type: 'block_id', block_id: shared.id } })
  const lone = page('Lone', { blocks: [paragraph(fake, 'alone'), shared] })
  const attached = { name: 'elsewhere.txt', type: 'external', external: { url: 'https://files.example/elsewhere.txt' } }
  const rows = [1, 2, 3].map(number =>
    page(`Task ${number}`, {
      parent: { source },
      properties: { ...note(`note ${number}`), Files: { id: 'files', type: 'files', files: [attached] } },
      blocks: number === 1 ? [copy] : [],
    }),
  )
  fake.hidden.add(secret).add(rows[2] ?? '')
  const remark = fake.comment(guide, 'well said')
  fake.comment(guide, 'indeed', 'user-ben')
  fake.comment(guide, 'quite', 'user-ben')
  for (const item of [...fake.databases.values(), ...fake.sources.values(), ...fake.comments.values()]) {
    item.edited = created()
  }
  return { home, guide, deep, column, secret, tasks, source, shared, lone, rows, remark }
}

function file(fake: FakeNotion, { server, contents }: Files, round: number): FakeBlock {
  const name = `notes-${round}.txt`
  contents.clear()
  contents.set(name, `in the notes of ${round}`)
  return fake.block('file', { type: 'file', file: { url: `${server.url}/${name}` }, name, caption: [text('mine')] })
}

/** Everything that can happen, in every four rounds; what a round makes, the next ones take away again. */
function change(fake: FakeNotion, files: Files, things: Things & { now: number }, round: number): void {
  const { now, home, guide, deep, column, secret, tasks, source, shared, lone, rows, remark } = things
  const [first = '', second = '', third = ''] = rows
  const isFirst = Math.floor(round / 4) % 2 === 0
  tidy(fake)
  for (const { id, title } of fake.pages.values()) if (title.startsWith('New')) fake.trash(id)
  const added = fake.addPage({
    ...{ title: `New ${round}`, parent: round % 4 === 1 ? { source } : { page: guide } },
    blocks: [paragraph(fake, `new in ${round}`)],
  })
  if (round % 2 === 0) fake.hidden.add(added)
  fake.comment(added, `said in ${round}`)
  switch (round % 4) {
    case 0: {
      fake.edit(home, { title: `Home ${round}` })
      fake.edit(lone, { blocks: [paragraph(fake, `alone in ${round}`), shared] })
      fake.edit(deep, { blocks: [paragraph(fake, `deep in ${round}`), file(fake, files, round)] })
      Object.assign(fake.comments.get(remark) ?? {}, { text: `well said in ${round}`, edited: now })
      break
    }
    case 1:
      fake.move(secret, { page: isFirst ? home : guide })
      fake.edit(second, { properties: note(`another note in ${round}`) })
      shared.children = [paragraph(fake, `shared in ${round}`)]
      fake.edit(lone, {})
      break
    case 2:
      fake.renameDatabase(tasks, `Tasks ${round}`)
      fake.trash(third)
      fake.move(deep, isFirst ? { page: secret } : { block: column.id })
      fake.users.set('user-ben', `Ben ${round}`)
      break
    default: {
      fake.trash(third, false)
      if (isFirst) fake.trash(first)
      else fake.trash(first, false)
      const { sources } = fake.addDatabase({ title: `New ${round}`, parent: { page: home } })
      fake.addPage({ title: `New row ${round}`, parent: { source: sources[0] ?? '' }, properties: note('row') })
    }
  }
  for (const { id, title, isTrashed } of fake.databases.values()) {
    if (title.startsWith('New') && title !== `New ${round}` && !isTrashed) fake.trash(id)
  }
}

/** Forgets what is in the trash for good, so that any number of rounds take as long as one. */
function tidy(fake: FakeNotion): void {
  const { pages, databases, sources, comments } = fake
  for (const { id, title, isTrashed } of pages.values()) if (isTrashed && title.startsWith('New')) fake.destroy(id)
  for (const [id, { isTrashed, sources: own }] of databases) {
    if (!isTrashed) continue
    databases.delete(id)
    for (const source of own) sources.delete(source)
  }
  for (const [id, { on }] of comments) if (!pages.has(on)) comments.delete(id)
}

function tellAll(fake: FakeNotion, files: Files, { root_pages: roots }: Config): Truth[] {
  const isRoot = (id: string) =>
    Array.isArray(roots) && [id, fake.pages.get(id)?.title].some(word => roots.includes(word))
  const told = truthOf(fake, trail => roots === undefined || trail.some(isRoot))
  return [...told].flatMap(([key, words]) => {
    const [entityType = '', id = ''] = key.split(':')
    const page = fake.pages.get(id)
    const name = (page ?? fake.databases.get(id))?.title ?? fake.comments.get(id)?.text
    const own: Truth = { entityType, id, name, text: page && words.slice(words.indexOf('\n') + 1) }
    return page ? [own, ...filesOf(page, files)] : [own]
  })
}

function filesOf({ id, blocks, properties }: FakePageContents, { contents }: Files): Truth[] {
  const entityType = 'notion_file'
  const inBlocks = blocks.filter(({ type }) => type === 'file')
  const attached = (properties.Files as { files: { name: string }[] } | undefined)?.files ?? []
  return [
    ...inBlocks.map(({ id, content: { name } }) => ({
      ...{ entityType, id, name: String(name), text: contents.get(String(name)) },
    })),
    ...attached.map(({ name }) => ({ entityType, id: `${id}/files/${name}`, name })),
  ]
}

type FakePageContents = Pick<ReturnType<FakeNotion['page']>, 'id' | 'blocks' | 'properties'>
