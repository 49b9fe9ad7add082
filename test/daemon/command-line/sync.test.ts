/** Syncing, searching and following the changes, as a person or a script does it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pagedMessage } from '../../support/paged-text.ts'
import { parsed, shareCommandDaemon } from './command-daemon.ts'

const shared = shareCommandDaemon()
const { inlet, connected } = shared

/** Has jobs wait for Slack until it is released. */
function hold(): () => void {
  shared.daemon.slack.server.fault = () => ({ status: 429, headers: { 'retry-after': '1' } })
  return () => {
    shared.daemon.slack.server.fault = undefined
  }
}

describe('inlet sync', () => {
  it('starts what is named, the only one there is, or all', async () => {
    expect(await inlet('sync')).toMatchObject({ code: 6, err: expect.stringContaining('inlet connect') })
    await connected('First')
    expect(await inlet('sync --follow')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^First completed: 0 new/),
    })
    await connected('Second', 'other')
    expect(await inlet('sync')).toMatchObject({ code: 2, err: expect.stringContaining('needs a CONNECTION, or --all') })
    expect(await inlet('sync First --all')).toMatchObject({ code: 2 })
    const all = await inlet('sync --all --follow --json')
    const ends = parsed(all.out).filter(({ event }) => event === 'end')
    expect([all.code, all.err]).toEqual([0, ''])
    expect(ends.map(({ connection_name, job }) => [connection_name, job.status]).sort()).toEqual([
      ['First', 'completed'],
      ['Second', 'completed'],
    ])
    const some = JSON.parse((await inlet('sync --collection other --json')).out)
    expect(some).toMatchObject([
      { connection_name: 'Second', already_running: false, error: null, job: { status: 'pending' } },
    ])
    await inlet('sync Second --follow')
  })

  it('follows a job that runs already, and without --follow leaves it to it', async () => {
    await connected('First')
    const release = hold()
    expect((await inlet('sync First')).out).toBe('First started')
    expect(await inlet('sync First')).toEqual({ code: 0, out: 'First runs already', err: '' })
    const following = inlet('sync First --follow --json')
    release()
    const ended = await following
    expect([ended.code, parsed(ended.out).at(-1)]).toMatchObject([0, { event: 'end', job: { status: 'completed' } }])
  })

  it('ends with 3 where a person is needed, and does the others all the same', async () => {
    await connected('First')
    await inlet('connect slack --no-sync --name Second', { environment: { INLET_FIELD_ACCESS_TOKEN: 'bad' } })
    const ended = await inlet('sync --all --follow')
    expect(ended.code).toBe(3)
    expect(ended.out).toMatch(/First completed/)
    expect(ended.out).toMatch(/Second failed: .*sign in again/)
    const body = { short_name: 'slack', name: 'Third', authentication: {} }
    expect((await shared.daemon.ask('POST', '/source-connections', { body })).status).toBe(201)
    const waits = await inlet('sync Third --follow')
    expect([waits.code, waits.out]).toEqual([3, expect.stringMatching(/^Third was not started: /)])
    expect(await inlet('sync --all')).toMatchObject({
      ...{ code: 0, out: 'First started\nSecond started', err: 'Third has no credential yet, and is left out' },
    })
  })

  it('goes on when Ctrl-C ends the watching, or cancels what it started', async () => {
    await connected('First')
    for (const [words, status, said] of [
      ['sync First --follow', 'in_progress', 'goes on in inlet'],
      ['sync First --follow --cancel-on-interrupt', 'cancelled', 'is cancelled'],
    ] as const) {
      const release = hold()
      const stop = new AbortController()
      const { err } = await inlet(words, { interrupted: AbortSignal.abort() })
      expect(err).toContain(said)
      const ended = await inlet(`${words} --json`, { interrupted: stop.signal, onLine: () => stop.abort() })
      expect(ended.code).toBe(130)
      const [job] = parsed(ended.out)
      const path = `/source-connections/${job.connection_id}/jobs/${job.job.id}`
      expect(((await shared.daemon.ask('GET', path)).body as { status: string }).status).toBe(status)
      release()
      await shared.daemon.until<{ status: string }>(
        path,
        ({ status: now }) => now !== 'in_progress' && now !== 'pending',
      )
    }
  })

  it('runs once with a token of its own, which is asked for or in the environment', async () => {
    await connected('First')
    shared.daemon.slack.server.tokens = new Set(['other-token'])
    const ended = await inlet('sync First --one-off --follow', { typed: ['other-token'] })
    expect([ended.code, ended.out]).toEqual([0, expect.stringContaining('First completed')])
    const none = await inlet('sync First --one-off')
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('set INLET_FIELD_ACCESS_TOKEN')])
  })

  it('draws a bar over itself on a terminal, and nothing is left of it', async () => {
    await connected('First')
    const drawn: string[] = []
    const errorScreen = { columns: 60, draw: (text: string) => void drawn.push(text) }
    const ended = await inlet('sync First --follow', { errorScreen })
    expect(ended.out).toMatch(/^First completed/)
    expect(drawn[0]).toMatch(/\[█+░+\].* First · 0 new/)
    expect(drawn.at(-1)).toBe('\r\u001b[2K')
    const plain = await inlet('sync First --follow --no-color', { errorScreen, environment: { TERM: 'dumb' } })
    expect(plain.out).toMatch(/^First completed/)
  })
})

describe('inlet search', () => {
  it('finds in all collections or in one, and marks what was found on a terminal', async () => {
    await connected('First')
    await connected('Second', 'other')
    const both = await inlet('search apples')
    expect([both.code, both.err]).toEqual([0, ''])
    expect(both.out.match(/^apples & pears {2}slack_message · in (my-life|other) · ann/gm)).toHaveLength(2)
    expect(both.out).not.toContain('\u001b')
    expect((await inlet('search apples -n 1')).out.match(/slack_message/g)).toHaveLength(1)
    const one = JSON.parse((await inlet('search apples --collection other --json')).out)
    expect(one).toMatchObject({ status: 'success', results: [{ collection: 'other', name: 'apples & pears' }] })
    const screen = { columns: 80 }
    expect((await inlet('search apples', { screen })).out).toContain('\u001b[33mapples\u001b[39m & pears')
    for (const plain of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
      expect((await inlet('search apples', { screen, environment: plain })).out).not.toContain('\u001b')
    expect((await inlet('search apples --no-color', { screen })).out).not.toContain('\u001b')
  })

  it('says the page and the section of each passage', async () => {
    shared.daemon.slack.post('C00000001', pagedMessage(30, { 12: 'A tapir, the tapir.', 25: 'Another tapir.' }))
    await connected('First')
    const { out } = await inlet('search tapir')
    const places = out.split('\n').filter(line => line.startsWith('  page'))
    expect(places).toEqual(['  page 12 · Second part <of> it', '  page 25 · Second part <of> it'])
    expect(out.replace(/\s+/g, ' ')).toMatch(/page 12 .*A tapir, the tapir\. .*page 25 .*Another tapir\. https:/)
    const screen = { columns: 80 }
    expect((await inlet('search tapir', { screen })).out).toContain('\u001b[2mpage 12 ·')
  })

  it('narrows by source, type and time', async () => {
    await connected('First')
    const found = async (words: string) => JSON.parse((await inlet(`search apples --json ${words}`)).out).results.length
    expect([await found(''), await found('--source gmail'), await found('--source gmail --source slack')]).toEqual([
      1, 0, 1,
    ])
    expect([
      await found('--type slack_user'),
      await found('--since 2020-01-01'),
      await found('--since 2099-01-01'),
    ]).toEqual([0, 1, 0])
    expect(await inlet('search apples --since yesterday')).toMatchObject({
      code: 2,
      err: expect.stringContaining('7d'),
    })
    expect(await inlet('search zebra')).toEqual({ code: 0, out: '', err: 'Nothing was found.' })
    expect(await inlet('search apples --collection nowhere')).toMatchObject({ code: 6 })
  })

  it('shows nothing to a terminal that the terminal would obey', async () => {
    shared.daemon.slack.post('C00000001', 'quince \u001b]0;canary\u0007\u009b2J \u202eedoc')
    await connected('First')
    const ended = await inlet('search quince', { screen: { columns: 80 }, environment: { NO_COLOR: '1' } })
    expect(ended.out).toContain('quince')
    expect(ended.out.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u)
    const json = await inlet('search quince --json')
    expect(json.out).toMatch(/^[\n\x20-\x7e]+$/)
    expect(JSON.parse(json.out).results[0].text).toContain('quince')
  })
})

describe('inlet changes', () => {
  it('gives every entity once as a line of JSON, and goes on from its cursor file', async () => {
    await connected('First')
    const file = join(shared.daemon.folder, `seen-${Math.random()}.json`)
    const first = await inlet(`changes --cursor-file ${file}`)
    expect([first.code, first.err]).toEqual([0, ''])
    expect(
      parsed(first.out)
        .map(({ entity_type }) => entity_type)
        .sort(),
    ).toContain('slack_message')
    expect(await inlet(`changes --cursor-file ${file}`)).toEqual({ code: 0, out: '', err: '' })
    shared.daemon.slack.post('C00000001', 'damsons')
    await inlet('sync First --follow')
    const second = await inlet(`changes --cursor-file ${file}`)
    expect(parsed(second.out).map(({ name, change }) => [name, change])).toEqual([['damsons', 'inserted']])
    expect(Object.keys(JSON.parse(await readFile(file, 'utf8')))).toEqual(['my-life'])
    await writeFile(file, 'damaged')
    expect(await inlet(`changes --cursor-file ${file}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no cursor file'),
    })
  })

  it('tells the cursor where no file keeps it, and takes it back', async () => {
    await connected('First')
    const all = await inlet('changes --no-raw')
    expect(parsed(all.out).every(({ raw }) => raw === null)).toBe(true)
    const cursor = /^next cursor of my-life: (\S+)$/.exec(all.err)?.[1]
    expect(await inlet(`changes --collection my-life --after ${cursor}`)).toMatchObject({ code: 0, out: '' })
    expect(await inlet(`changes --after ${cursor}`)).toMatchObject({ code: 2 })
    expect((await inlet('changes --type slack_user --connection First')).out.split('\n')).toHaveLength(1)
  })

  it('stays with --follow, gives what comes at once, and Ctrl-C ends it between lines', async () => {
    await connected('First')
    const stop = new AbortController()
    const lines: string[] = []
    const following = inlet('changes --follow --from-now --cursor-file following.json', {
      interrupted: stop.signal,
      onLine(line) {
        lines.push(line)
        stop.abort()
      },
    })
    await shared.daemon.until('/readyz', () => true)
    await cursorWritten(join(shared.daemon.folder, 'following.json'))
    shared.daemon.slack.post('C00000001', 'elderberries')
    await inlet('sync First --follow')
    const ended = await following
    expect(ended.code).toBe(130)
    expect(lines.map(line => JSON.parse(line).name)).toEqual(['elderberries'])
    expect(await inlet('changes --cursor-file following.json')).toEqual({ code: 0, out: '', err: '' })
  })
})

async function cursorWritten(path: string): Promise<void> {
  while ((await readFile(path, 'utf8').catch(() => '')) === '') await new Promise(resolve => setImmediate(resolve))
}
