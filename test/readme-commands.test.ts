/**
 * The README is carried out: its commands, in their order and in one shell, against a real daemon whose providers are
 * emulators. What is put in place of something is in `replaced`; nothing else differs from what a reader types.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiClient, type Connection, createApiClient } from './support/api-client.ts'
import { type DaemonProcess, startDaemonProcess } from './support/daemon-process.ts'
import { type Emulators, startEmulators } from './support/demo/emulators.ts'
import { type FakeNotifySend, fakeNotifySend } from './support/fake-notify-send.ts'
import { type Block, isProgramBlock, isShownPlugin, packageBlocks, readBlocks } from './support/readme.ts'
import { userEnvironment } from './support/shell.ts'
import { type ShellSession, startShellSession } from './support/shell-session.ts'
import { startWebhookReceiver, type WebhookReceiver } from './support/webhook-receiver.ts'

const root = join(import.meta.dirname, '..')

/** What each block must print, by words of it that no other block has. Every block run here has one. */
const expectations: readonly { words: string; prints: RegExp }[] = [
  { words: 'npm run demo', prints: /A search for/ },
  { words: 'KEY=$(cat data/api-key)', prints: /^$/ },
  { words: '"name": "My Slack"', prints: /"readable_id":"my-life".*"status":"(in_progress|active)"/s },
  { words: 'JOB=paste', prints: /event: progress.*event: end.*"status":"completed"/s },
  {
    words: 'curl -sS "$INLET/source-connections/$CONNECTION" -H "X-API-Key: $KEY"\n',
    prints: /"status":"active".*"slack_message":\{"count":8/s,
  },
  { words: "--data-urlencode 'query=recipe'", prints: /<mark>recipe<\/mark>.*"status":"success"/s },
  { words: '"must"', prints: /"entity_type":"slack_message".*"status":"success"/s },
  { words: 'entities?limit=1000', prints: /"entities":\[\{.*"next_cursor":"/s },
  { words: 'CURSOR=paste', prints: /"entities":\[\{[^\]]*A word for those who follow/s },
  { words: '-X POST "$INLET/source-connections/$CONNECTION/run"', prints: /"trigger":"manual"/ },
  { words: 'cron_schedule', prints: /"cron_schedule":"\*\/15 \* \* \* \*".*"cron_schedule":null/s },
  {
    words: '"$INLET/keys"',
    prints: /"name":"assistant".*"scope":"read","collections":\["my-life"\].*"key":"/s,
  },
  { words: '{ "access_token": "$SLACK_TOKEN" }\nJSON', prints: /"trigger":"override"/ },
  { words: 'GOOGLE_REFRESH_TOKEN', prints: /"short_name":"gmail".*"refresh_token":"\*{8}"/s },
  { words: '--ntfy', prints: /phone is told of .*needs_reauth.*It arrived/s },
  { words: 'events --notify', prints: /connection\.expiring {2}Dying will need you: / },
  { words: 'hooks/inlet', prints: /"status":"ok".*"secret":"whsec_/s },
  {
    words: 'keys create prometheus',
    prints: /\ninlet_jobs_total\{source="slack",status="completed",category=""\} [1-9]/,
  },
  { words: '"authentication"', prints: /"status":"pending_auth".*"auth_url":"http/s },
  {
    words: '{ "auth_fields": { "access_token": "$SLACK_TOKEN" } }',
    prints: /"short_name":"slack".*"access_token":"\*{8}"/s,
  },
  { words: '"$INLET/sources/slack"', prints: /"thread_window_days"/ },
  { words: 'users.getPresence', prints: /"ok":true.*"presence"/s },
  { words: 'openapi.json', prints: /"openapi":"3\.1/ },
  { words: 'vault status', prints: /^vault: +open\n.*credentials: +\d+\nA new key seals the credentials/s },
  { words: 'vault lock', prints: /^The vault is locked\.\nThe vault is open\.$/ },
  { words: '-X DELETE', prints: /"short_name":"slack"/ },
  { words: 'INLET_FIELD_ACCESS_TOKEN=$SLACK_TOKEN', prints: /^name: +My Slack\n.*\nMy Slack completed: \d+ new/s },
  {
    words: 'inlet -- search recipe',
    prints: /^NAME .*\nMy Slack +slack +my-life +active.*\nMy Slack completed: .*recipe.*\n\{"id":.*"slack_message"/s,
  },
  {
    words: 'keys create reader',
    prints: /^inlet_\S+\n.*\nNAME.*\nreader +read +my-life.*\n"reader" opens nothing any more\.$/s,
  },
  {
    words: 'everything.jsonl',
    prints: /^\d\d+ entities are in .*everything\.jsonl\n.*notes: \d\d+ written, 0 removed$/s,
  },
  { words: 'backup --check', prints: /It was read again, and is whole\..*\.tar\.gz is whole: /s },
  { words: 'restore backups/', prints: /restored is as it was at 2.*inlet doctor tells how everything is\.$/s },
  { words: 'service install', prints: /ExecStart=|ProgramArguments/ },
  { words: 'npm run bench', prints: /targets missed/ },
  { words: 'npm run soak', prints: /tokens lost +0\n.*entities lost or doubled +0\n/s },
]

const blocks = readBlocks()
const commands = blocks
  .filter(({ language }) => ['sh', 'bash', 'js', 'ts', 'console', 'shell', ''].includes(language))
  .filter(block => !isShownPlugin(block) && !isProgramBlock(block))
const isPackageBlock = ({ text }: Block) => Object.values(packageBlocks).some(beginning => text.startsWith(beginning))

describe("the README's blocks", () => {
  it('are each either run here, or run by the package test, or data that is checked', () => {
    const runHere = commands.filter(block => !isPackageBlock(block))
    expect(runHere.length).toBe(expectations.length)
    for (const { text, line } of runHere) {
      expect(expectations.filter(({ words }) => text.includes(words)).length, `line ${line}`).toBe(1)
    }
    expect(commands.filter(isPackageBlock).length).toBe(Object.keys(packageBlocks).length)
    const others = blocks
      .filter(block => !commands.includes(block) && !isProgramBlock(block))
      .map(({ language }) => language)
    expect(others.sort()).toEqual([...Array.from({ length: 8 }, () => 'json'), 'mjs', 'toml', 'ts', 'yaml', 'yaml'])
  })
})

describe('what the README says', () => {
  let folder: string
  let emulators: Emulators
  let daemon: DaemonProcess
  let api: ApiClient
  let shell: ShellSession
  let receiver: WebhookReceiver
  let notifySend: FakeNotifySend

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlet-readme-'))
    const scratch = join(folder, 'scratch')
    await mkdir(scratch)
    emulators = await startEmulators()
    receiver = await startWebhookReceiver()
    notifySend = await fakeNotifySend(join(folder, 'programs'))
    const { google, slack } = emulators.providers
    // The README gives Google's client with the connection.
    const config = { logLevel: 'warn', providers: { google: { endpoints: google.endpoints }, slack } }
    daemon = await startDaemonProcess({ folder: join(folder, 'inlet'), config })
    api = await createApiClient(daemon.url, daemon.apiKeyFile)
    // A refusal ends the block, as it would end a reader's patience.
    const setup = 'curl() { command curl --fail-with-body "$@"; }\n'
    const env = userEnvironment()
    env.PATH = [notifySend.folder, env.PATH].join(delimiter)
    shell = await startShellSession({ cwd: join(folder, 'inlet'), env, scratch, setup })
  }, 60_000)
  afterAll(async () => {
    await shell?.close()
    await daemon?.stop()
    await receiver?.close()
    await emulators?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Jobs that a reader would wait for before going on. */
  async function jobsDone(): Promise<void> {
    for (const { id, status, latest_sync_job_id } of await api.call<Connection[]>('GET', '/source-connections')) {
      if (status !== 'in_progress') continue
      for await (const { event } of api.events(`/source-connections/${id}/jobs/${latest_sync_job_id}/events`))
        if (event === 'end') break
    }
  }

  it('works, command by command', { timeout: 300_000 }, async () => {
    const { google, slack } = emulators.tokens
    const { clientId, clientSecret } = emulators.providers.google
    const typed: Record<string, string> = {
      SLACK_TOKEN: slack,
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
      GOOGLE_ACCESS_TOKEN: google,
      GOOGLE_REFRESH_TOKEN: await emulators.googleRefreshToken(),
    }
    const replaced = new Map([
      ['http://localhost:8001', daemon.url],
      [
        'npm run --silent inlet --',
        `INLET_PORT=${new URL(daemon.url).port} '${process.execPath}' '${join(root, 'daemon', 'inlet.js')}'`,
      ],
      ['https://example.com/hooks/inlet', receiver.url],
      ['https://ntfy.sh/my-topic', receiver.url.replace('/hook', '/my-topic')],
      // It stays until it is told to end.
      ['events --notify', 'events --notify --after 0 --limit 1'],
      ['npm run demo', `cd '${root}' && npm run demo -- --once && cd "$OLDPWD"`],
      [
        'npm run bench',
        `cd '${root}' && npm run bench -- disk --scale 0.01 --json '${join(folder, 'bench.json')}' && cd "$OLDPWD"`,
      ],
      ['npm run soak -- --minutes 10', `cd '${root}' && npm run soak -- --kills 3 && cd "$OLDPWD"`],
    ])
    const unused = new Set([
      'paste-the-id',
      'paste-the-latest_sync_job_id',
      'paste-the-next_cursor',
      ...replaced.keys(),
    ])
    let ran = 0
    for (const block of commands.filter(block => !isPackageBlock(block))) {
      let { text } = block
      for (const [shown, real] of replaced) {
        if (!text.includes(shown)) continue
        unused.delete(shown)
        text = text.replaceAll(shown, real)
      }
      const asked = [...text.matchAll(/^read -rs (\w+)/gm)].map(match => typed[match[1] ?? ''] ?? '')
      if (text.includes('CURSOR=')) await writeSomething()
      if (text.includes('events --notify')) await needSomebody()
      const { exitCode, output } = await shell.run(text, asked)
      expect(exitCode, `line ${block.line} printed:\n${output}`).toBe(0)
      const expectation = expectations.find(({ words }) => block.text.includes(words))
      expect(output, `line ${block.line}`).toMatch(expectation?.prints ?? /a block without an expectation/)
      for (const secret of Object.values(typed).filter(value => value !== clientId))
        expect(output).not.toContain(secret)
      remember(output, replaced)
      await jobsDone()
      ran += 1
    }
    expect(ran).toBe(expectations.length)
    expect([...unused]).toEqual([])
    expect((await notifySend.shown()).map(words => words.slice(-2))).toEqual([
      ['Dying will need you', expect.stringMatching(/^By /)],
    ])
  })

  /** What a reader copies from one answer into the next command. */
  function remember(output: string, replaced: Map<string, string>): void {
    const seen = (name: string) => output.match(new RegExp(`"${name}":"([^"]+)"`))?.[1]
    const job = seen('latest_sync_job_id')
    const cursor = seen('next_cursor')
    const id = /\{"id":"([^"]+)","name":"My Slack"/.exec(output)?.[1]
    if (job && !replaced.has('paste-the-latest_sync_job_id')) replaced.set('paste-the-latest_sync_job_id', job)
    if (id && !replaced.has('paste-the-id')) replaced.set('paste-the-id', id)
    if (cursor) replaced.set('paste-the-next_cursor', cursor)
  }

  /** So that there is something to be called for. */
  async function needSomebody(): Promise<void> {
    const expires_at = new Date(Date.now() - 1000).toISOString()
    const { id } = await api.call<Connection>('POST', '/source-connections', {
      ...{ short_name: 'slack', name: 'Dying', sync_immediately: false, collection: 'my-life' },
      auth_fields: { access_token: 'dying', expires_at },
    })
    for await (const { event } of api.events('/events', { after: 'none' })) if (event === 'connection.expiring') break
    await api.call('DELETE', `/source-connections/${id}`)
  }

  /** So that the feed has something to tell. */
  async function writeSomething(): Promise<void> {
    await emulators.post('kitchen', 'ben', 'A word for those who follow')
    const [connection] = await api.call<Connection[]>('GET', '/source-connections')
    await api.call('POST', `/source-connections/${connection?.id}/run`)
    await jobsDone()
  }

  it('shows a search result with the members that there are', async () => {
    const [sample] = blocks.filter(({ language, text }) => language === 'json' && text.includes('"results"'))
    const shown = JSON.parse(sample?.text ?? '') as { results: [Record<string, unknown>] }
    const schema = (await (await fetch(`${daemon.url}/openapi.json`)).json()) as {
      components: { schemas: { SearchHit: { properties: Record<string, unknown> }; SearchAnswer?: unknown } }
    }
    const names = Object.keys(shown.results[0])
    expect(names.length).toBeGreaterThan(5)
    expect(Object.keys(schema.components.schemas.SearchHit.properties)).toEqual(expect.arrayContaining(names))
  })
})
