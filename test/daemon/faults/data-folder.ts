/** A data folder as a daemon leaves it, to be damaged: two Slack connections, synced, and a log that is not merged yet. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { type Daemon, startDaemon } from '../../../daemon/main.ts'
import { type FakeSlack, startFakeSlack } from '../../support/fake-slack.ts'
import { snapshot } from '../../support/vault-folder.ts'
import { type Answer, readAnswer } from '../harness.ts'

export interface Running {
  daemon: Daemon
  /** Every line of the log and every sentence said. */
  printed: string[]
  ask(method: string, path: string, body?: object): Promise<Answer>
  /** Runs a connection to the end of its job; the answer that refused it, where it was not started. */
  run(id: string): Promise<{ status: string | number; error: string }>
  stop(): Promise<void>
}

export interface DataFolder {
  slack: FakeSlack
  /** The two connections. */
  ids: readonly [string, string]
  key: string
  /** Where a feed ended when the folder was left. */
  cursor: string
  /** A copy of its own, as it was left. */
  copy(): Promise<string>
  /** @throws as `startDaemon` */
  start(folder: string): Promise<Running>
  close(): Promise<void>
}

const channel = 'C00000001'

export async function makeDataFolder(): Promise<DataFolder> {
  const scratch = await mkdtemp(join(tmpdir(), 'inlet-faults-'))
  const original = join(scratch, 'original')
  await mkdir(original)
  const slack = await startFakeSlack({ pageSize: 20 })
  slack.addUser({ id: slack.me, name: 'ann' })
  slack.addChannel({ id: channel, name: 'general' })
  const ts = (number: number) => `${Math.floor(Date.now() / 1000) - 86_400 + number}.000100`
  for (let number = 0; number < 30; number++) slack.post(channel, { text: `message ${number}`, ts: ts(number) })
  const config = {
    logLevel: 'info',
    server: { port: 0 },
    providers: { slack: { clientId: slack.client.id, clientSecret: slack.client.secret, endpoints: slack.endpoints } },
  }
  await writeFile(join(original, 'config.json'), JSON.stringify(config))
  let copies = 0

  const first = await start(original)
  const ids: string[] = []
  await first.ask('POST', '/collections', { name: 'All of it', readable_id: 'all' })
  for (const name of ['first', 'second']) {
    slack.refreshTokens.add(`refresh-${name}`)
    const body = {
      ...{ name: `the ${name}`, short_name: 'slack', collection: 'all', sync_immediately: false },
      auth_fields: { access_token: 'good-token', refresh_token: `refresh-${name}` },
    }
    const made = await first.ask('POST', '/source-connections', body)
    if (made.status !== 201) throw new Error(`not made: ${made.text}`)
    const { id } = made.body as { id: string }
    ids.push(id)
    await first.run(id)
  }
  await first.stop()
  // What comes now is in the log of the database alone.
  const second = await start(original)
  for (let number = 30; number < 60; number++) slack.post(channel, { text: `message ${number}`, ts: ts(number) })
  for (const id of ids) await second.run(id)
  const feed = await second.ask('GET', '/collections/all/entities?limit=1000')
  const { next_cursor: cursor } = feed.body as { next_cursor: string }
  const left = join(scratch, 'left')
  await cp(original, left, { recursive: true })
  await second.stop()

  return {
    ...{ slack, ids: ids as [string, string], cursor },
    key: (await readFile(join(left, 'data', 'api-key'), 'utf8')).trim(),
    async copy() {
      const folder = join(scratch, `copy-${++copies}`)
      await cp(left, folder, { recursive: true })
      return folder
    },
    start,
    async close() {
      await slack.close()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

async function start(folder: string): Promise<Running> {
  const printed: string[] = []
  const daemon = await startDaemon({
    ...{ version: '0.0.0', environment: {}, folder, clock: systemClock },
    say: sentence => void printed.push(sentence),
    logTo: { write: line => void printed.push(line) },
  })
  const key = (await readFile(join(folder, 'data', 'api-key'), 'utf8')).trim()
  const running: Running = {
    daemon,
    printed,
    async ask(method, path, body) {
      const headers = { 'X-API-Key': key, ...(body ? { 'Content-Type': 'application/json' } : {}) }
      const response = await fetch(`${daemon.url}${path}`, {
        ...{ method, headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      return readAnswer(response)
    },
    async run(id) {
      const answer = await running.ask('POST', `/source-connections/${id}/run`)
      if (answer.status >= 400) return { status: answer.status, error: answer.text }
      const { id: jobId } = answer.body as { id: string }
      for (;;) {
        const { body } = await running.ask('GET', `/source-connections/${id}/jobs/${jobId}`)
        const { status, error } = body as { status: string; error: string | null }
        if (status !== 'pending' && status !== 'in_progress') return { status, error: error ?? '' }
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    },
    stop: () => daemon.stop(),
  }
  return running
}

/** The vault's files with their bytes. */
export function vaultOf(folder: string): Promise<Map<string, string>> {
  return snapshot(join(folder, 'data', 'vault'))
}
