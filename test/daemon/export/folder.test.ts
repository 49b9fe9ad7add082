import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { exportFolder, type FolderExportOptions } from '../../../daemon/export/folder.ts'
import { type FakeFeed, fakeFeed } from '../../support/fake-feed.ts'
import { times } from '../../support/suite-depth.ts'

let feed: FakeFeed
let output: string
let kept: string[]

beforeEach(async () => {
  feed = fakeFeed()
  output = await newFolder()
})

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-mirror-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function run(options: Partial<FolderExportOptions> = {}) {
  kept = []
  return exportFolder({
    api: feed.api,
    output,
    collections: feed.collections,
    isAll: true,
    filter: { sources: [], types: [], connections: [] },
    includeRaw: false,
    onKept: path => void kept.push(path),
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  })
}

/** The API, ending with an error at the given page. */
function dyingAfter(pages: number): Pick<FolderExportOptions, 'api'> {
  const { api } = feed
  let left = pages
  return {
    api: {
      async ask<Answer>(method: 'GET', path: string) {
        if (path.includes('/entities') && left-- <= 0) throw new Error('killed')
        return api.ask<Answer>(method, path)
      },
    },
  }
}

/** Every file by its path, but for what the export keeps for itself. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const paths = files.map(path => path.slice(output.length + 1)).filter(path => !path.startsWith('.inlet-export/'))
  const contents = await Promise.all(paths.sort().map(path => readFile(join(output, path), 'utf8')))
  return Object.fromEntries(paths.map((path, index) => [path, contents[index] ?? '']))
}

const paths = async () => Object.keys(await tree())

async function folders(): Promise<string[]> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  const found = entries.filter(entry => entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
  return found.map(path => path.slice(output.length + 1)).filter(path => !path.startsWith('.inlet-export'))
}

const crumbs = (...names: string[]) => names.map(name => ({ entity_id: name, name, entity_type: 'folder' }))

function renameConnection(name: string): void {
  feed.connections = feed.connections.map(connection => ({ ...connection, name }))
}

describe('a mirror', () => {
  it('has a file for each entity, in folders named after its breadcrumbs, with what is known of it in front', async () => {
    feed.put({
      entity_id: 'a',
      name: 'Cake: "the" best',
      text: '# Cake\n\nEggs.\n',
      breadcrumbs: crumbs('Kitchen', 'Sweet'),
      url: 'https://notes.example/a',
      author: 'ann',
      updated_at: '2026-01-02T00:00:00.000Z',
    })
    feed.put({ entity_id: 'k', name: 'Kitchen', text: '' })
    expect(await run()).toEqual({ written: 2, unchanged: 0, removed: 0, kept: 0 })
    const files = await tree()
    expect(Object.keys(files)).toEqual(['home/My notes/Kitchen.md', 'home/My notes/Kitchen/Sweet/Cake the best.md'])
    expect(files['home/My notes/Kitchen/Sweet/Cake the best.md']).toBe(`---
title: "Cake: \\"the\\" best"
id: "61000000-0000-8000-8000-000000000000"
entity_id: "a"
type: "note"
source: "notes"
connection: "My notes"
collection: "home"
url: "https://notes.example/a"
author: "ann"
updated: "2026-01-02T00:00:00.000Z"
breadcrumbs:
  - "Kitchen"
  - "Sweet"
---

# Cake

Eggs.
`)
  })

  it('changes only what has changed: edited, renamed, moved, deleted, and folders that are empty then', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) feed.put({ entity_id: id, breadcrumbs: crumbs('One') })
    feed.put({ entity_id: 'f', breadcrumbs: crumbs('Two', 'Inner') })
    await run()
    feed.put({ entity_id: 'a', text: 'edited' })
    feed.put({ entity_id: 'b', name: 'renamed' })
    feed.put({ entity_id: 'c', breadcrumbs: crumbs('Three') })
    feed.remove('d')
    feed.remove('f')
    feed.pages = 0
    expect(await run()).toEqual({ written: 3, unchanged: 0, removed: 2, kept: 0 })
    expect(feed.pages).toBe(3)
    const files = await tree()
    expect(Object.keys(files)).toEqual([
      'home/My notes/One/note a.md',
      'home/My notes/One/note e.md',
      'home/My notes/One/renamed.md',
      'home/My notes/Three/note c.md',
    ])
    expect(files['home/My notes/One/note a.md']).toContain('edited')
    expect((await folders()).sort()).toEqual(['home', 'home/My notes', 'home/My notes/One', 'home/My notes/Three'])
    expect(await run()).toEqual({ written: 0, unchanged: 0, removed: 0, kept: 0 })
  })

  it('gives one of two equal names a suffix made from its id, also where only their case differs', async () => {
    for (const [id, name] of Object.entries({ a: 'Plan', b: 'plan', c: 'PLAN' })) feed.put({ entity_id: id, name })
    feed.put({ entity_id: 'd', name: 'in it', breadcrumbs: crumbs('Plan.md') })
    await run()
    expect(await paths()).toEqual([
      'home/My notes/PLAN (63000000).md',
      'home/My notes/Plan.md',
      expect.stringMatching(/^home\/My notes\/Plan\.md \([0-9a-f]{8}\)\/in it\.md$/),
      'home/My notes/plan (62000000).md',
    ])
    feed.remove('a')
    feed.put({ entity_id: 'b', text: 'its name stays' })
    await run()
    expect(await paths()).toContain('home/My notes/plan (62000000).md')
  })

  it('puts what is in folders of the same name, whatever their case, into one', async () => {
    feed.put({ entity_id: 'a', breadcrumbs: crumbs('Work', 'Café') })
    feed.put({ entity_id: 'b', breadcrumbs: crumbs('WORK', 'Cafe\u0301') })
    await run()
    expect(await paths()).toEqual(['home/My notes/Work/Café/note a.md', 'home/My notes/Work/Café/note b.md'])
  })

  it('makes a folder of the name of a file that moves away in the same run', async () => {
    feed.put({ entity_id: 'a', name: 'one' })
    await run()
    feed.put({ entity_id: 'a', name: 'one', breadcrumbs: crumbs('One') })
    feed.put({ entity_id: 'b', name: 'one', breadcrumbs: crumbs('one.md') })
    await run()
    const named = Object.entries(await tree()).map(([path, text]) => [/entity_id: "(.)"/.exec(text)?.[1], path])
    expect(Object.fromEntries(named)).toEqual({ a: 'home/My notes/One/one.md', b: 'home/My notes/one.md/one.md' })
  })

  it('swaps two names in one run', async () => {
    feed.put({ entity_id: 'a', name: 'one' })
    feed.put({ entity_id: 'b', name: 'two' })
    await run()
    feed.put({ entity_id: 'a', name: 'two' })
    feed.put({ entity_id: 'b', name: 'one' })
    await run()
    await run()
    const named = Object.entries(await tree()).map(([path, text]) => [path, /entity_id: "(.)"/.exec(text)?.[1]])
    expect(named.map(([, id]) => id).sort()).toEqual(['a', 'b'])
    expect(named.find(([, id]) => id === 'b')?.[0]).toBe('home/My notes/one.md')
  })

  it('goes on in one folder when the connection is called otherwise, and tells two of one name apart', async () => {
    feed.put({ entity_id: 'a' })
    await run()
    renameConnection('Renamed')
    const second = 'c0000000-0000-4000-8000-000000000002'
    feed.connections.push(...feed.connections.map(connection => ({ ...connection, id: second, name: 'my NOTES' })))
    feed.put({ entity_id: 'b' })
    feed.put({ entity_id: 'c', source_connection_id: second })
    await run()
    expect(await paths()).toEqual([
      'home/My notes/note a.md',
      'home/My notes/note b.md',
      'home/my NOTES (c0000000)/note c.md',
    ])
  })

  it('lists everything again when its cursor is of no use any more, and removes what is gone since', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) feed.put({ entity_id: id })
    await run()
    feed.remove('b')
    feed.put({ entity_id: 'c', text: 'new' })
    feed.forgetCursors()
    expect(await run()).toEqual({ written: 1, unchanged: 5, removed: 1, kept: 0 })
    expect(await paths()).toHaveLength(6)
    feed.remove('a')
    expect(await run()).toMatchObject({ removed: 1, unchanged: 0 })
  })

  it('lists everything again for another filter, and leaves collections alone that were not asked for', async () => {
    feed.put({ entity_id: 'a' })
    feed.put({ entity_id: 'b', entity_type: 'task' })
    feed.put({ entity_id: 'c', entity_type: 'event' })
    await run()
    const filter = { sources: [], types: ['note', 'task'], connections: [] }
    await run({ filter })
    expect(await paths()).toEqual(['home/My notes/note a.md', 'home/My notes/note b.md'])
    feed.collections.push({ id: 'collection-2', readable_id: 'work' })
    feed.put({ entity_id: 'w', collection: 'work' })
    await run({ collections: feed.collections.slice(1), isAll: false })
    expect(await paths()).toEqual(['home/My notes/note a.md', 'home/My notes/note b.md', 'work/My notes/note w.md'])
    feed.collections.splice(0, 1)
    await run()
    expect(await paths()).toEqual(['work/My notes/note w.md'])
  })

  it("refuses a folder that mirrors another inlet's collections", async () => {
    feed.put({ entity_id: 'a' })
    await run()
    feed.collections = [{ id: 'another', readable_id: 'home' }]
    await expect(run()).rejects.toMatchObject({ code: 'conflict' })
    expect(await paths()).toHaveLength(1)
  })
})

describe('what is not of the mirror', () => {
  it('survives: notes beside, in its folders, and files of its own that a person has edited', async () => {
    feed.put({ entity_id: 'a', name: 'diary' })
    feed.put({ entity_id: 'b', name: 'mine', breadcrumbs: crumbs('Sub') })
    feed.put({ entity_id: 'c', name: 'gone' })
    await mkdir(join(output, 'home/My notes'), { recursive: true })
    await writeFile(join(output, 'home/My notes/diary.md'), 'a diary of my own')
    await run()
    await writeFile(join(output, 'home/My notes/Sub/beside.md'), 'beside')
    for (const name of ['Sub/mine', 'gone']) await writeFile(join(output, `home/My notes/${name}.md`), 'edited by me')
    feed.put({ entity_id: 'b', text: 'newer' })
    feed.remove('c')
    feed.put({ entity_id: 'a', text: 'newer' })
    await run()
    expect(kept.sort()).toEqual(['home/My notes/Sub/mine.md', 'home/My notes/gone.md'])
    const files = await tree()
    expect(files['home/My notes/diary.md']).toBe('a diary of my own')
    expect(files['home/My notes/diary (61000000).md']).toContain('newer')
    expect(files['home/My notes/Sub/mine.md']).toBe('edited by me')
    expect(files['home/My notes/Sub/mine (62000000).md']).toContain('newer')
    expect(files['home/My notes/Sub/beside.md']).toBe('beside')
    expect(files['home/My notes/gone.md']).toBe('edited by me')
    feed.remove('b')
    await run()
    expect(await paths()).toContain('home/My notes/Sub/beside.md')
    expect(await paths()).not.toContain('home/My notes/Sub/mine (62000000).md')
  })

  it('is never reached through a link', async () => {
    const outside = await newFolder()
    await mkdir(join(output, 'home'))
    await symlink(outside, join(output, 'home/My notes'))
    feed.put({ entity_id: 'a', breadcrumbs: crumbs('Sub') })
    await run()
    expect(await readdir(outside)).toEqual([])
    expect(await readlink(join(output, 'home/My notes'))).toBe(outside)
    expect(await paths()).toEqual([expect.stringMatching(/^home\/My notes \([0-9a-f]{8}\)\/Sub\/note a\.md$/)])
    // One that comes into the way later.
    const [path = ''] = await paths()
    const sub = dirname(join(output, path))
    await rename(sub, join(outside, 'moved'))
    await symlink(join(outside, 'moved'), sub)
    feed.remove('a')
    feed.put({ entity_id: 'b', breadcrumbs: crumbs('Sub') })
    await run()
    expect(await readdir(join(outside, 'moved'))).toEqual(['note a.md'])
    expect(await paths()).toEqual([expect.stringMatching(/\/Sub \([0-9a-f]{8}\)\/note b\.md$/)])
  })

  it('is out of reach for names of other people, whatever they are', async () => {
    const names = [
      ...['../../../../etc/passwd', '..', '.', '/', '\\', 'a/b\\c', 'C:\\x', 'nul', 'CON.txt', 'com1', 'LPT¹.x', ''],
      ...[
        '   ',
        '...',
        'a. . .',
        '.hidden',
        '.inlet-export',
        'x'.repeat(5000),
        '👩‍👩‍👧‍👧'.repeat(60),
        'a\u0000b',
        'tab\tnew\nline',
      ],
      ...['\ud800 alone', 'a\u202egpj.exe', 'e\u0301', 'é', '<script>', '*?"|', 'a:b', '~', '-rf', '$(reboot)', 'a%b'],
    ]
    for (const [index, name] of names.entries()) {
      feed.put({ entity_id: `n${index}`, name, breadcrumbs: crumbs(name, name) })
    }
    const levels = Array.from({ length: 60 }, (_level, index) => `level ${index} ${'y'.repeat(40)}`)
    feed.put({ entity_id: 'deep', breadcrumbs: crumbs(...levels) })
    renameConnection('../..')
    const around = dirname(await realpath(output))
    const before = await readdir(around)
    expect(await run()).toMatchObject({ written: names.length + 1 })
    const after = await readdir(around)
    expect(after.filter(name => !before.includes(name) && /passwd|^etc$|home/.test(name))).toEqual([])
    const found = await paths()
    expect(found).toHaveLength(names.length + 1)
    expect(new Set(found.map(path => path.normalize('NFKC').toLowerCase())).size).toBe(found.length)
    for (const path of found) {
      expect(Buffer.byteLength(path)).toBeLessThan(900)
      for (const part of path.split('/')) {
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(200)
        expect(part).toMatch(/^[^\s.<>:"\\|?*\p{Cc}]([^<>:"\\|?*\p{Cc}]*[^\s.<>:"\\|?*\p{Cc}])?$/u)
        expect(part).not.toMatch(/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i)
      }
    }
    expect(await run()).toMatchObject({ written: 0, removed: 0 })
  })
})

describe('a run that is killed', () => {
  /** What a mirror without a crash would hold, by entity; only its names may differ. */
  async function expectMirror(): Promise<void> {
    const found = Object.values(await tree()).map(text => [/^entity_id: "(.+)"$/m.exec(text)?.[1], text] as const)
    const live = new Map(feed.live().map(({ entity_id, text }) => [entity_id, text]))
    expect(found.map(([id]) => id).sort()).toEqual([...live.keys()].sort())
    for (const [id = '', text] of found) expect(text.endsWith(`\n---\n\n${live.get(id)}\n`)).toBe(true)
  }

  it('is healed by the next one, at whichever page it was', async () => {
    let crashes = 0
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) feed.put({ entity_id: id, breadcrumbs: crumbs('One') })
    for (let last = 0; last < 5; last++) {
      feed.put({ entity_id: 'a', text: `text ${last}`, breadcrumbs: crumbs(`Folder ${last}`) })
      feed.put({ entity_id: `new ${last}` })
      await run(dyingAfter(last)).catch(() => crashes++)
      await run()
      await expectMirror()
    }
    expect(crashes).toBeGreaterThan(1)
  })

  it('is healed when its files and what it noted of them do not fit together', async () => {
    const [index, state] = ['index.jsonl', 'state.json'].map(name => join(output, '.inlet-export', name)) as [
      string,
      string,
    ]
    for (const id of ['a', 'b', 'c', 'd', 'e']) feed.put({ entity_id: id, breadcrumbs: crumbs('One') })
    await run()
    const first = await readFile(state, 'utf8')
    // The plan and the files are on the disk, how far it came is not.
    feed.put({ entity_id: 'a', text: 'new' })
    feed.put({ entity_id: 'b', name: 'moved', breadcrumbs: crumbs('Two') })
    feed.remove('c')
    await run()
    await writeFile(state, first)
    await run()
    await expectMirror()
    // Only the plan is, and its last line is cut off.
    const files = await tree()
    const second = await readFile(state, 'utf8')
    feed.put({ entity_id: 'd', text: 'newest', breadcrumbs: crumbs('Three') })
    feed.put({ entity_id: 'e', text: 'newest' })
    await run()
    const plan = await readFile(index)
    for (const path of await paths()) await rm(join(output, path))
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(output, path)), { recursive: true })
      await writeFile(join(output, path), text)
    }
    await writeFile(state, second)
    await writeFile(index, Buffer.concat([plan, Buffer.from('{"key":"half')]))
    await run()
    await expectMirror()
    // A power cut has emptied a file.
    await writeFile(join(output, 'home/My notes/One/note a.md'), '')
    feed.put({ entity_id: 'a', author: 'ann' })
    await run()
    await expectMirror()
  })

  const id = fc.constantFrom('a', 'b', 'c', 'd')
  const name = fc.constantFrom('one', 'One', 'two', 'nul', 'x.md', '..')
  const place = fc.constantFrom<string[]>([], ['one'], ['One', 'two.md'], ['two'], ['one.md'])
  const step = fc.oneof(
    fc.record({ does: fc.constant('put' as const), id, name, place, text: fc.constantFrom('x', 'y') }),
    fc.record({ does: fc.constant('remove' as const), id }),
    fc.record({ does: fc.constant('run' as const), pages: fc.constantFrom(0, 1, 2, 100) }),
    fc.record({ does: fc.constant('forget' as const) }),
    fc.record({ does: fc.constant('note' as const), at: fc.constantFrom('one.md', 'one/mine.md', 'two.md/mine.md') }),
  )

  it('is a history like any other: after a random one, with notes of a person, the mirror holds what there is', async () => {
    const take = async (
      now: typeof step extends fc.Arbitrary<infer Step> ? Step : never,
      notes: Map<string, string>,
    ) => {
      switch (now.does) {
        case 'put':
          feed.put({ entity_id: now.id, name: now.name, text: now.text, breadcrumbs: crumbs(...now.place) })
          return
        case 'remove':
          if (feed.live().some(({ entity_id }) => entity_id === now.id)) feed.remove(now.id)
          return
        case 'forget':
          return feed.forgetCursors()
        case 'run':
          await run(dyingAfter(now.pages)).catch((error: Error) => expect(error.message).toBe('killed'))
          return
        case 'note': {
          const path = join(output, 'home/My notes', now.at)
          const text = `a note of my own ${notes.size}`
          // Where there is a folder, or a file in place of one, nobody can put a note.
          const isWritten = await mkdir(dirname(path), { recursive: true })
            .then(() => writeFile(path, text))
            .then(
              () => true,
              () => false,
            )
          if (isWritten) notes.set(path, text)
        }
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
        feed = fakeFeed()
        output = await mkdtemp(join(tmpdir(), 'inlet-mirror-'))
        const notes = new Map<string, string>()
        try {
          for (const now of steps) await take(now, notes)
          feed.forgetCursors()
          await run()
          for (const [path, text] of notes) {
            expect(existsSync(path) && (await readFile(path, 'utf8'))).toBe(text)
            await rm(path)
          }
          await expectMirror()
          expect(await run()).toMatchObject({ written: 0, removed: 0 })
        } finally {
          await rm(output, { recursive: true })
        }
      }),
      { numRuns: times(40, 150) },
    )
  }, 60_000)
})
