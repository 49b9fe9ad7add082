/** Connecting, and looking after what is connected, as a person or a script does it. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runInlet } from '../../support/command-run.ts'
import { type Options, shareCommandDaemon, token } from './command-daemon.ts'

const shared = shareCommandDaemon()
const { inlet, connected } = shared

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
      (await shared.daemon.ask('GET', '/sources/slack')).body,
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
    const json = join(shared.daemon.folder, 'fields.json')
    const lines = join(shared.daemon.folder, 'fields.env')
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
      ...{ folder: shared.daemon.folder, environment: { INLET_PORT: String(shared.daemon.port) }, ask },
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
    expect((await shared.daemon.ask('GET', '/source-connections')).body).toEqual([])
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
    expect((await shared.daemon.ask('GET', '/collections')).body).toEqual([])
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
      const [{ id = '' } = {}] = (await shared.daemon.ask('GET', '/source-connections')).body as { id?: string }[]
      await shared.daemon.ask('PATCH', `/source-connections/${id}`, {
        body: { auth_fields: { access_token: 'good-token' } },
      })
    }
    const ended = await inlet('connect slack --browser --name Browsed', { openBrowser: url => void signIn(url) })
    expect([ended.code, ended.out]).toEqual([0, expect.stringMatching(/^name: +Browsed\n/)])
    expect(opened).toEqual([expect.stringContaining(`${shared.daemon.slack.server.url}/oauth?`)])
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
    expect(all).toEqual((await shared.daemon.ask('GET', '/source-connections')).body)
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
    shared.daemon.slack.server.tokens = new Set()
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
    expect((await shared.daemon.ask('GET', '/source-connections')).body).toHaveLength(1)
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
