import { mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { notifierFor } from '../../../daemon/command-line/notifier.ts'
import { runInlet } from '../../support/command-run.ts'
import { fakeNotifySend } from '../../support/fake-notify-send.ts'
import { parsed, shareCommandDaemon, token } from './command-daemon.ts'

const shared = shareCommandDaemon()
const { inlet, connected } = shared

/** A connection whose token dies: its name may do harm where it is not taken for a text. */
async function needy(name: string): Promise<void> {
  await connected('placeholder')
  const [{ id = '' } = {}] = (await shared.daemon.ask('GET', '/source-connections')).body as { id: string }[]
  await shared.daemon.ask('PATCH', `/source-connections/${id}`, { body: { name } })
  shared.daemon.slack.server.tokens = new Set()
  await inlet('sync --all --follow')
}

/** The id of the last event that there is. */
async function latest(): Promise<string> {
  const response = await fetch(`${shared.daemon.url}/events`, { headers: { 'X-API-Key': shared.daemon.key } })
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const id = /^id: (.+)$/m.exec(chunk)?.[1]
    if (id) return id
  }
  throw new Error('the stream has no beginning')
}

describe('inlet events', () => {
  it('tells what happened after an event, in words and in JSON, so many and no more', async () => {
    const before = await latest()
    await connected('My Slack')
    const told = await inlet(`events --after ${before} --limit 2`)
    expect(told).toMatchObject({ code: 0, err: '' })
    expect(told.out.split('\n')).toEqual([
      expect.stringMatching(/^20\S+Z {2}job\.started {2}My Slack is syncing: /),
      expect.stringMatching(/^20\S+Z {2}job\.completed {2}My Slack is up to date: \d+ new, 0 changed, 0 deleted\.$/),
    ])
    const [completed] = parsed((await inlet(`events --json --type job.completed --limit 1 --after ${before}`)).out)
    expect(completed).toMatchObject({ type: 'job.completed', connection_name: 'My Slack' })
    const [first] = parsed((await inlet('events --json --after 0 --limit 1')).out)
    expect(first.id).toMatch(/^evt_/)
  })

  it('tells what comes', async () => {
    const following = inlet('events --type job.completed --limit 1')
    // Whether it listens yet is not to be seen: runs go on until it has heard of one.
    let isOver = false
    void following.finally(() => {
      isOver = true
    })
    await connected('My Slack')
    while (!isOver) await inlet('sync --all --follow')
    expect((await following).out).toMatch(/job\.completed {2}My Slack/)
  })

  it('shows on the desktop what a person wants to be called for, whatever the texts are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlet-notify-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const program = await fakeNotifySend(folder)
    const notify = notifierFor('linux', { PATH: `${folder}${delimiter}${process.env.PATH}` })
    const before = await latest()
    await needy('--help; $(x) `y`')
    const ended = await inlet(`events --notify --limit 1 --after ${before}`, { notify })
    expect(ended).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/connection\.needs_reauth/) })
    const [call] = await program.shown()
    expect(call?.slice(0, 4)).toEqual([
      ...['--app-name=inlet', '--urgency=critical', '--'],
      '--help; $(x) `y` needs you to sign in again',
    ])
    expect(call).toHaveLength(5)
  })

  it('goes on where nothing can be shown, and says why', async () => {
    const before = await latest()
    await needy('My Slack')
    const notify = notifierFor('linux', { PATH: '/nowhere' })
    const ended = await inlet(`events --notify --limit 1 --after ${before}`, { notify })
    expect(ended).toMatchObject({ code: 0, err: expect.stringMatching(/libnotify/) })
    expect((await inlet(`events --notify --limit 1 --after ${before}`)).err).toMatch(/no desktop/)
  })

  it('goes on where it was over a restart, also when nothing had been heard yet', async () => {
    const asked: (string | undefined)[] = []
    const body = { type: 'client.refused', at: '2026-01-01T00:00:00.000Z', provider: 'slack', message: 'no' }
    const server = createServer((request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined)
      const event = (id: string) => `event: client.refused\nid: ${id}\ndata: ${JSON.stringify({ ...body, id })}\n\n`
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (asked.length === 1) response.end(': connected\n\nid: evt_0\n\n')
      if (asked.length === 2) response.write(event('evt_1'), () => request.socket.destroy())
      if (asked.length === 3) response.write(event('evt_2'))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    })
    const { port } = server.address() as AddressInfo
    const environment = { INLET_PORT: String(port), INLET_HOST: '127.0.0.1', INLET_API_KEY: 'key' }
    const ended = await runInlet('events --limit 2', { environment, folder: shared.daemon.folder })
    expect(asked).toEqual([undefined, 'evt_0', 'evt_1'])
    expect([ended.code, ended.out.split('\n').length]).toEqual([0, 2])
    expect(ended.err).toMatch(/broke off; waiting for it$/)
  })

  it('is refused with a type that there is not, and where no inlet runs', async () => {
    expect(await inlet('events --type job.exploded')).toMatchObject({ code: 2 })
    const environment = { INLET_PORT: '1', INLET_HOST: '127.0.0.1', INLET_API_KEY: 'key' }
    expect((await runInlet('events', { environment, folder: '/nowhere' })).code).toBe(5)
    expect((await inlet('connect slack --name Other --no-sync', token)).code).toBe(0)
  })
})

describe('a notification on a Mac', () => {
  it('has its texts as arguments, never in the script', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlet-notify-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const program = await fakeNotifySend(folder)
    await rename(join(folder, 'notify-send'), join(folder, 'osascript'))
    const notify = notifierFor('darwin', { PATH: `${folder}${delimiter}${process.env.PATH}` })
    await notify({ title: '" & do shell script "x', message: 'a <b> & c', urgency: 'high', emoji: 'key' })
    const [call] = await program.shown()
    expect(call?.slice(-3)).toEqual(['--', '" & do shell script "x', 'a <b> & c'])
    expect(call?.slice(0, -3).join(' ')).not.toContain('shell script')
  })
})
