/** The doctor as a person or a script calls it, beside a daemon that runs and on a folder where none does. */
import { chmod, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../../daemon/cli.ts'
import { checkClock } from '../../daemon/doctor/clock.ts'
import { judgeConnection } from '../../daemon/doctor/connections.ts'
import type { Finding } from '../../daemon/doctor/finding.ts'
import { startWebhookReceiver } from '../support/webhook-receiver.ts'
import { connect, startTestDaemon } from './harness.ts'

async function doctor(folder: string, words: string[] = [], environment: Record<string, string> = {}) {
  const said: string[] = []
  const complained: string[] = []
  const code = await runCommand(['doctor', ...words], {
    ...{ version: '0.0.0', environment, folder },
    say: line => void said.push(line),
    complain: line => void complained.push(line),
  })
  return { code, text: said.join('\n'), complained }
}

async function findings(folder: string, environment: Record<string, string> = {}) {
  const { code, text } = await doctor(folder, ['--json'], environment)
  const list = JSON.parse(text) as Finding[]
  return { code, list, of: (check: string) => list.find(finding => finding.check.startsWith(check)) }
}

async function emptyFolder(config: object = { server: { port: 0 } }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  return folder
}

/** A daemon with one connection whose token works, and its folder once it is stopped. */
async function furnished() {
  const daemon = await startTestDaemon()
  onTestFinished(() => daemon.close())
  const { id } = await connect(daemon, { name: 'My Slack' })
  return { daemon, id }
}

describe('the doctor', () => {
  it('finds nothing wrong where nothing is, before the first start too', async () => {
    const { code, text } = await doctor(await emptyFolder())
    expect(code).toBe(0)
    expect(text).toMatch(/^good {5}node: Node\.js 24/)
    expect(text).toMatch(/warning {2}folder: .* is not there yet\n +-> inlet start makes it/)
    expect(text).not.toContain('BAD')
  })

  it('looks at a running daemon over its API: each token, whose it is, what it needs', async () => {
    const { daemon } = await furnished()
    const { code, list, of } = await findings(daemon.folder, { INLET_PORT: String(daemon.port) })
    expect(list.filter(({ state }) => state === 'bad')).toEqual([])
    expect(code).toBe(0)
    expect(of('port')?.says).toBe('an inlet runs on this folder')
    expect(of('database')?.state).toBe('good')
    expect(of('rights')?.state).toBe('good')
    expect(of('clock')).toMatchObject({ state: 'good', says: expect.stringContaining(daemon.slack.server.url) })
    expect(of('vault')?.state).toBe('good')
    const about = of('connection')
    expect(about?.check).toBe('connection "My Slack" (slack)')
    expect(about?.says).toMatch(/^its token works for .+; no end of it is known; it needs channels:read/)
  })

  it('says of each webhook whether what is sent there arrives', async () => {
    const { daemon, id } = await furnished()
    const receiver = await startWebhookReceiver()
    onTestFinished(() => receiver.close())
    const make = async (description: string, path: string) => {
      const body = { url: `${receiver.url}/${path}`, description, events: ['job.completed'] }
      return (await daemon.ask('POST', '/webhooks', { body })).body as { id: string }
    }
    receiver.manner = 500
    const failing = await make('Failing', 'secret-path')
    await daemon.ask('POST', `/source-connections/${id}/run`)
    await daemon.until<{ status: string }>(`/webhooks/${failing.id}`, ({ status }) => status === 'failing')
    receiver.manner = 410
    const gone = await make('Gone', 'other')
    await daemon.ask('POST', `/source-connections/${id}/run`)
    await daemon.until<{ status: string }>(`/webhooks/${gone.id}`, ({ status }) => status === 'disabled')
    receiver.manner = 204
    await make('Well', 'third')
    for (const isRunning of [true, false]) {
      if (!isRunning) await daemon.stop()
      const { code, list } = await findings(daemon.folder, isRunning ? { INLET_PORT: String(daemon.port) } : {})
      const found = list.filter(({ check }) => check.startsWith('webhook'))
      const place = `(${new URL(receiver.url).origin})`
      expect(found.map(({ check, state }) => [check, state])).toEqual([
        [`webhook "Failing" ${place}`, 'warning'],
        [`webhook "Gone" ${place}`, 'bad'],
        [`webhook "Well" ${place}`, 'good'],
      ])
      expect(found[0]?.says).toMatch(/^it has failed since 20.*: answered (500|410.*); \d messages? waits? for it$/)
      expect(code).toBe(1)
      expect(JSON.stringify(found)).not.toContain('secret-path')
    }
  })

  it('says of a dead token what to do, and ends with 1; nothing else is changed', async () => {
    const { daemon, id } = await furnished()
    daemon.slack.server.tokens = new Set()
    await daemon.stop()
    const { code, of } = await findings(daemon.folder)
    expect(code).toBe(1)
    expect(of('port')?.says).toMatch(/is free, and no inlet runs/)
    expect(of('connection')).toMatchObject({
      state: 'bad',
      says: expect.stringMatching(/^its token does not work: /),
      mend: `give it a new token: inlet connections renew ${id}`,
    })
  })

  it.each<[string, (data: string) => Promise<unknown>, string, RegExp]>([
    ['a folder that others can look into', data => chmod(data, 0o755), 'rights', /others can look into/],
    ['a damaged database', damage, 'database', /is damaged/],
    ['a vault without its key', data => rm(join(data, 'master.key')), 'vault', /locked|key/],
  ])('finds %s', async (_what, harm, check, says) => {
    const { daemon } = await furnished()
    await daemon.stop()
    await harm(join(daemon.folder, 'data'))
    const { code, of } = await findings(daemon.folder)
    expect(of(check)).toMatchObject({ state: 'bad', says: expect.stringMatching(says), mend: expect.any(String) })
    expect(code).toBe(1)
  })

  it('finds a configuration that is not understood, and a port that another program has', async () => {
    const wrong = await findings(await emptyFolder({ serer: {} }))
    expect(wrong.code).toBe(1)
    expect(wrong.of('configuration')).toMatchObject({ state: 'bad', says: expect.stringContaining('did you mean') })
    const { daemon } = await furnished()
    const taken = await findings(await emptyFolder({ server: { port: daemon.port } }))
    expect(taken.of('port')).toMatchObject({
      state: 'warning',
      says: expect.stringContaining('another program has it'),
    })
  })

  it('is told so where it is called in a wrong way', async () => {
    const { code, complained } = await doctor(await emptyFolder(), ['--quick'])
    expect([code, complained]).toEqual([2, ['inlet doctor does not know "--quick": see inlet doctor --help']])
  })
})

async function damage(data: string): Promise<void> {
  const file = await open(join(data, 'inlet.db'), 'r+')
  try {
    await file.write(Buffer.alloc(4096, 7), 0, 4096, 4096)
  } finally {
    await file.close()
  }
}

describe('the clock', () => {
  const now = Date.UTC(2026, 0, 1)
  const answers = (date: number) => async () => new Response(null, { headers: { date: new Date(date).toUTCString() } })

  it.each([
    ['right', 0, 'good'],
    ['a day ahead', -86_400_000, 'bad'],
    ['three minutes behind', 180_000, 'bad'],
  ])('is found to be %s', async (_what, theirs, state) => {
    const origins = ['https://provider.example']
    expect(await checkClock({ origins, now: () => now, fetch: answers(now + theirs) })).toMatchObject({ state })
  })

  it('is compared with the next provider where one cannot be reached, and with none where none can', async () => {
    const asked: string[] = []
    const fetch = async (url: unknown) => {
      asked.push(String(url))
      if (asked.length === 1) throw new TypeError('fetch failed')
      return answers(now)()
    }
    const origins = ['https://one.example', 'https://two.example']
    expect(await checkClock({ origins, now: () => now, fetch })).toMatchObject({ state: 'good' })
    expect(asked).toEqual(origins)
    const offline = async () => Promise.reject(new TypeError('fetch failed'))
    expect(await checkClock({ origins, now: () => now, fetch: offline })).toMatchObject({ state: 'warning' })
  })
})

describe('a connection', () => {
  const now = Date.UTC(2026, 0, 1)
  const base = { id: 'an-id', name: 'Mail', source: 'gmail', isPending: false }
  const alive = {
    ...{ alive: true, account: { id: 'ann', name: 'Ann' }, error_category: null, error_message: null },
    ...{ expires_at: null, needs_person_at: null, needs_person_because: null, scopes: ['mail.read'] },
  }
  const dead = { ...alive, alive: false, account: null, error_message: 'it was refused' }

  it.each([
    ['works', alive, 'good', /works for Ann; no end of it is known; it needs mail\.read/],
    [
      'dies in a day',
      { ...alive, needs_person_at: new Date(now + 86_400_000).toISOString() },
      'warning',
      /at 2026-01-02/,
    ],
    [
      'could not be tried',
      { ...dead, alive: null, error_message: 'offline' },
      'warning',
      /could not be tried: offline/,
    ],
    ['lacks a scope', { ...dead, error_category: 'scope_missing' }, 'bad', /it was refused; it needs mail\.read/],
    ['has a refused client', { ...dead, error_category: 'client_invalid' }, 'bad', /it was refused/],
  ])('whose token %s', (_what, check, state, says) => {
    expect(judgeConnection({ ...base, check }, now)).toMatchObject({ state, says: expect.stringMatching(says) })
  })

  it('without a credential is no error', () => {
    expect(judgeConnection({ ...base, isPending: true }, now).state).toBe('warning')
  })
})
