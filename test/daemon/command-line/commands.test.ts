/** Connecting, syncing, searching and following, as a person or a script does it, against a daemon with a Slack behind it. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Ended, type RunOptions, runInlet } from '../../support/command-run.ts'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})
afterAll(() => daemon?.close())

/** Nothing is left of the test before. */
beforeEach(async () => {
  for (const { readable_id } of (await daemon.ask('GET', '/collections')).body as { readable_id: string }[])
    await daemon.ask('DELETE', `/collections/${readable_id}?delete_data=true`)
  for (const { id } of (await daemon.ask('GET', '/source-connections')).body as { id: string }[])
    await daemon.ask('DELETE', `/source-connections/${id}?delete_data=true`)
  daemon.slack.server.tokens = new Set(['good-token'])
})

type Options = Omit<RunOptions, 'environment'> & { environment?: Record<string, string> }

/** @param words split at spaces, but for what is in double quotes */
function inlet(words: string, { environment = {}, ...options }: Options = {}): Promise<Ended> {
  const split = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const here = { INLET_PORT: String(daemon.port), ...environment }
  return runInlet(split, { folder: daemon.folder, ...options, environment: here })
}

const token = { environment: { INLET_FIELD_ACCESS_TOKEN: 'good-token' } }

async function connected(name: string, collection = 'my-life'): Promise<Ended> {
  const ended = await inlet(`connect slack --name "${name}" --collection ${collection} --follow`, token)
  expect(ended.code, ended.err).toBe(0)
  return ended
}

/** Has jobs wait for Slack until it is released. */
function hold(): () => void {
  daemon.slack.server.fault = () => ({ status: 429, headers: { 'retry-after': '1' } })
  return () => {
    daemon.slack.server.fault = undefined
  }
}

const parsed = (text: string) => text.split('\n').map(line => JSON.parse(line))

describe('inlet sources', () => {
  it('lists them, and tells what one takes and where its secrets come from', async () => {
    const all = await inlet('sources')
    expect([all.code, all.err]).toEqual([0, ''])
    expect(all.out).toMatch(/^NAME +TITLE +WHAT\n(.+\n)*slack +Slack +/)
    const names = JSON.parse((await inlet('sources --json')).out).map(
      (source: { short_name: string }) => source.short_name,
    )
    expect(names).toContain('google_drive')
    const { out } = await inlet('sources slack')
    for (const told of [
      'slack_message',
      'channels:history',
      'history_days',
      'INLET_FIELD_ACCESS_TOKEN',
      '--field client_id=',
    ])
      expect(out).toContain(told)
    expect(out).not.toContain('--field access_token')
    expect(JSON.parse((await inlet('sources slack --json')).out)).toEqual(
      (await daemon.ask('GET', '/sources/slack')).body,
    )
  })

  it('ends with 6 for one that there is not', async () => {
    expect(await inlet('sources slak')).toEqual({
      code: 6,
      out: '',
      err: expect.stringContaining('Did you mean "slack"'),
    })
  })
})

describe('inlet connect', () => {
  it('takes the token from the environment, makes the collection, and follows the first sync to its end', async () => {
    const ended = await connected('My Slack')
    expect(ended.code).toBe(0)
    expect(ended.err).toContain('Made the collection my-life.')
    expect(ended.out).toMatch(/^name: +My Slack\n(.*\n)*My Slack completed: \d+ new, 0 changed, 0 deleted/)
  })

  it('takes it from a file of either form, from the standard input, or from a person; the file wins over the environment', async () => {
    const json = join(daemon.folder, 'fields.json')
    const lines = join(daemon.folder, 'fields.env')
    await writeFile(json, '{ "access_token": "good-token" }', { mode: 0o600 })
    await writeFile(lines, '# Slack\naccess_token = "good-token"\n', { mode: 0o600 })
    const ways: [string, Options][] = [
      [`--fields-file ${json}`, { environment: { INLET_FIELD_ACCESS_TOKEN: 'canary-wrong' } }],
      ['--fields-file fields.env', {}],
      ['--fields-file -', { readInput: async () => 'access_token=good-token\n' }],
      ['', { typed: ['good-token', ''] }],
    ]
    for (const [words, options] of ways) {
      const ended = await inlet(`connect slack --validate --no-sync --json ${words}`, options)
      expect([ended.code, ended.err.replace(/(Access|Refresh) token \(.*\): /g, '').trim()]).toEqual([0, ''])
      expect(JSON.parse(ended.out)).toMatchObject({ status: 'active', auth_fields: { access_token: '********' } })
    }
    expect(ways).toHaveLength(4)
    await chmod(lines, 0o644)
    const open = await inlet('connect slack --no-sync --fields-file fields.env')
    expect([open.code, open.err]).toEqual([0, expect.stringMatching(/other users .* may read .*chmod 600/)])
  })

  it('asks for the client of a refresh token, shows what is no secret, and asks nothing more than it must', async () => {
    const asked: [string, boolean][] = []
    const answers = ['good-token', 'refresh-1', 'client.id', 'client-secret']
    const ask = async (question: string, { isShown = false } = {}) => {
      asked.push([/\((\w+)/.exec(question)?.[1] ?? question, isShown])
      return answers.shift() ?? ''
    }
    const ended = await runInlet(['connect', 'slack', '--no-sync', '--json'], {
      ...{ folder: daemon.folder, environment: { INLET_PORT: String(daemon.port) }, ask },
    })
    expect(ended.code).toBe(0)
    expect(asked).toEqual([
      ['access_token', false],
      ['refresh_token', false],
      ['client_id', true],
      ['client_secret', false],
    ])
    expect(Object.keys(JSON.parse(ended.out).auth_fields).sort()).toEqual([
      'access_token',
      'client_id',
      'client_secret',
      'refresh_token',
    ])
  })

  it.each([
    ['connect slack --access-token xoxp-canary', /takes no --access-token: .*history/],
    ['connect slack --access-token=xoxp-canary', /takes no --access-token/],
    ['connect slack --token xoxp-canary', /INLET_FIELD_ACCESS_TOKEN/],
    ['connect slack --client-secret xoxp-canary', /INLET_FIELD_CLIENT_SECRET/],
    ['connect slack --field access_token=xoxp-canary', /takes no secret on the command line, and access_token is one/],
    ['connect slack --field xoxp-canary', /takes --field as NAME=VALUE/],
    ['connect slack --field acess_token=xoxp-canary', /did you mean "access_token"\?/],
    ['connect slack xoxp-canary', /takes SOURCE, and was given more/],
    ['connections renew x --refresh-token=xoxp-canary', /INLET_FIELD_REFRESH_TOKEN/],
    ['sync --access-token=xoxp-canary', /INLET_FIELD_ACCESS_TOKEN/],
    ['connect slack', /needs access_token, and there is no terminal to ask on: set INLET_FIELD_ACCESS_TOKEN/],
    ['connect slack --config chanels=a', /did you mean "channels"\?/],
    ['connect slack --config history_days=soon', /takes a whole number for history_days/],
    ['connect slack --config include_direct_messages=perhaps', /takes true or false/],
    ['connect slack --browser --field expires_at=2030-01-01T00:00:00Z', /takes a token or --browser/],
    ['connect slack --follow --no-sync', /takes --no-sync or --follow/],
  ])('refuses %j without repeating a value', async (words, sentence) => {
    const ended = await inlet(words)
    expect([ended.code, ended.out]).toEqual([2, ''])
    expect(ended.err).toMatch(sentence)
    expect(ended.err).not.toContain('canary')
    expect((await daemon.ask('GET', '/source-connections')).body).toEqual([])
  })

  it('gives each configuration field its type', async () => {
    const words =
      '--config channels=general,random --config channels=other --config history_days=30 --config include_direct_messages=yes'
    const ended = await inlet(`connect slack --no-sync --json ${words}`, token)
    expect(JSON.parse(ended.out).config_fields).toEqual({
      ...{ channels: ['general', 'random', 'other'], history_days: 30, include_direct_messages: true },
    })
  })

  it('leaves nothing behind where the token is refused, and says what the server said where a schedule is wrong', async () => {
    const bad = { environment: { INLET_FIELD_ACCESS_TOKEN: 'canary-bad' } }
    const refused = await inlet('connect slack --collection fresh --validate', bad)
    expect([refused.code, refused.out]).toEqual([1, ''])
    expect(refused.err).not.toContain('canary')
    const cron = await inlet('connect slack --collection fresh --cron "every day"', token)
    expect([cron.code, cron.err]).toEqual([2, expect.stringMatching(/cron/i)])
    expect((await daemon.ask('GET', '/collections')).body).toEqual([])
  })

  it('ends with 3 where the first sync needs a person', async () => {
    const ended = await inlet('connect slack --follow --name Badly', {
      environment: { INLET_FIELD_ACCESS_TOKEN: 'bad' },
    })
    expect([ended.code, ended.out]).toEqual([3, expect.stringMatching(/Badly failed: .*sign in again/)])
  })

  it('signs in with a browser: shows the address, opens it, and waits until somebody has', async () => {
    const opened: string[] = []
    const signIn = async (url: string) => {
      opened.push(url)
      const [{ id = '' } = {}] = (await daemon.ask('GET', '/source-connections')).body as { id?: string }[]
      await daemon.ask('PATCH', `/source-connections/${id}`, { body: { auth_fields: { access_token: 'good-token' } } })
    }
    const ended = await inlet('connect slack --browser --name Browsed', { openBrowser: url => void signIn(url) })
    expect([ended.code, ended.out]).toEqual([0, expect.stringMatching(/^name: +Browsed\n/)])
    expect(opened).toEqual([expect.stringContaining(`${daemon.slack.server.url}/oauth?`)])
    expect(ended.err).toContain(`\n  ${opened[0]}\n`)
  })

  it('tells programs the address in a line of its own, and Ctrl-C ends the waiting', async () => {
    const stop = new AbortController()
    const ended = await inlet('connect slack --browser --json', {
      interrupted: stop.signal,
      onLine: () => stop.abort(),
    })
    expect([ended.code, JSON.parse(ended.err)]).toEqual([130, expect.objectContaining({ exit_code: 130 })])
    expect(JSON.parse(ended.out)).toEqual({
      auth_url: expect.stringContaining('/oauth?'),
      connection_id: expect.any(String),
    })
  })
})

describe('inlet connections', () => {
  it('lists them with what each needs, and shows one by id, by the beginning of its id, and by name', async () => {
    expect(await inlet('connections')).toEqual({ code: 0, out: '', err: expect.stringContaining('inlet connect') })
    await connected('My Slack')
    await inlet('connect slack --follow --name Badly', { environment: { INLET_FIELD_ACCESS_TOKEN: 'bad' } })
    const { out } = await inlet('connections')
    expect(out).toMatch(
      /^NAME +SOURCE +COLLECTION +STATUS +ENTITIES +LAST RUN +NEXT RUN +ID\nMy Slack +slack +my-life +active +5 /,
    )
    expect(out).toMatch(/\nBadly +slack +\S+ +needs you .*\n {2}-> .*: inlet connections renew [0-9a-f]{8}$/)
    const all = JSON.parse((await inlet('connections --json')).out)
    expect(all).toEqual((await daemon.ask('GET', '/source-connections')).body)
    expect(JSON.parse((await inlet('connections --json --collection my-life')).out)).toHaveLength(1)
    const [{ id }] = all
    for (const words of [id, id.slice(0, 8), id.toUpperCase(), '"My Slack"', '"my slack"']) {
      const one = await inlet(`connections ${words} --json`)
      expect([one.code, JSON.parse(one.out).id], words).toEqual([0, id])
    }
    expect((await inlet('connections "My Slack"')).out).toMatch(
      /entities: +5, slack_channel 1, slack_message 3, slack_user 1/,
    )
    expect(await inlet('connections "My Slak"')).toMatchObject({
      code: 6,
      err: expect.stringContaining('did you mean "My Slack"'),
    })
    expect(await inlet('connections --collection nowhere')).toMatchObject({ code: 6, out: '' })
  })

  it('wants an id where two have the same name', async () => {
    for (let made = 0; made < 2; made++) await inlet('connect slack --no-sync --name Twin', token)
    expect(await inlet('connections Twin')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/more than one .*-.*, .*-/),
    })
  })

  it('checks a token, and says it in its exit code', async () => {
    await inlet('connect slack --no-sync --name Mine', token)
    const good = await inlet('connections check Mine')
    expect([good.code, good.out]).toEqual([0, expect.stringMatching(/^The token of Mine works for /)])
    daemon.slack.server.tokens = new Set()
    const dead = await inlet('connections check Mine --json')
    expect([dead.code, JSON.parse(dead.out)]).toEqual([3, expect.objectContaining({ alive: false })])
  })

  it('changes schedule and configuration, and leaves the rest of it as it was', async () => {
    await inlet('connect slack --no-sync --name Mine --config channels=general --config history_days=5', token)
    const set = await inlet(
      'connections set Mine --cron "0 8 * * *" --timezone Europe/Berlin --config history_days=9 --json',
    )
    expect([set.code, JSON.parse(set.out)]).toMatchObject([
      0,
      {
        cron_schedule: '0 8 * * *',
        timezone: 'Europe/Berlin',
        config_fields: { channels: ['general'], history_days: 9 },
      },
    ])
    expect(JSON.parse((await inlet('connections set Mine --no-cron --json')).out).cron_schedule).toBeNull()
    expect(await inlet('connections set Mine')).toMatchObject({
      code: 2,
      err: expect.stringContaining('something to change'),
    })
  })

  it('gets a new token, and works again', async () => {
    await inlet('connect slack --follow --name Mine', { environment: { INLET_FIELD_ACCESS_TOKEN: 'bad' } })
    const renewed = await inlet('connections renew Mine --validate', { typed: ['good-token', ''] })
    expect([renewed.code, renewed.out]).toEqual([0, expect.stringMatching(/status: +active/)])
    expect((await inlet('sync Mine --follow')).code).toBe(0)
    expect(await inlet('connections renew Mine --browser')).toMatchObject({
      code: 1,
      err: expect.stringContaining('needs no sign-in'),
    })
  })

  it('is deleted after a question, or without one where it is told so', async () => {
    await connected('Mine')
    expect(await inlet('connections delete Mine')).toMatchObject({
      code: 2,
      err: expect.stringContaining('give --yes'),
    })
    expect(await inlet('connections delete Mine', { typed: ['n'] })).toMatchObject({ code: 130, out: '' })
    expect((await daemon.ask('GET', '/source-connections')).body).toHaveLength(1)
    const deleted = await inlet('connections delete Mine --delete-data', { typed: ['y'] })
    expect([deleted.code, deleted.err]).toEqual([
      0,
      expect.stringMatching(/Delete the connection Mine and its 5 entities\?/),
    ])
    expect((await inlet('changes --collection my-life')).out).toBe('')
    await inlet('connect slack --no-sync --name Other', token)
    expect(await inlet('connections delete Other --yes')).toMatchObject({ code: 0, err: '' })
  })
})

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
    expect((await daemon.ask('POST', '/source-connections', { body })).status).toBe(201)
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
      expect(((await daemon.ask('GET', path)).body as { status: string }).status).toBe(status)
      release()
      await daemon.until<{ status: string }>(path, ({ status: now }) => now !== 'in_progress' && now !== 'pending')
    }
  })

  it('runs once with a token of its own, which is asked for or in the environment', async () => {
    await connected('First')
    daemon.slack.server.tokens = new Set(['other-token'])
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
    daemon.slack.post('C00000001', 'quince \u001b]0;canary\u0007\u009b2J \u202eedoc')
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
    const file = join(daemon.folder, `seen-${Math.random()}.json`)
    const first = await inlet(`changes --cursor-file ${file}`)
    expect([first.code, first.err]).toEqual([0, ''])
    expect(
      parsed(first.out)
        .map(({ entity_type }) => entity_type)
        .sort(),
    ).toContain('slack_message')
    expect(await inlet(`changes --cursor-file ${file}`)).toEqual({ code: 0, out: '', err: '' })
    daemon.slack.post('C00000001', 'damsons')
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
    await daemon.until('/readyz', () => true)
    await cursorWritten(join(daemon.folder, 'following.json'))
    daemon.slack.post('C00000001', 'elderberries')
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
