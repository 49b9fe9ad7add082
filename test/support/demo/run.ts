/** The demo, step by step: emulators, daemon, four connections, their first syncs, one search across them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiClient, type Connection, createApiClient, type Job, type SearchHit } from '../api-client.ts'
import { type DaemonProcess, startDaemonProcess } from '../daemon-process.ts'
import { type Board, createBoard, emphasis, readable, type Screen } from './board.ts'
import { type Emulators, startEmulators } from './emulators.ts'

const sources = [
  { shortName: 'gmail', title: 'Gmail', family: 'google' },
  { shortName: 'google_drive', title: 'Google Drive', family: 'google' },
  { shortName: 'google_calendar', title: 'Google Calendar', family: 'google' },
  { shortName: 'slack', title: 'Slack', family: 'slack' },
] as const

type DemoSource = (typeof sources)[number]

const collection = 'demo'
const question = 'lighthouse'
const hitsShown = 2

export interface Demo {
  /** Whether every source completed and the search found something in each. */
  complete: boolean
  jobs: readonly Job[]
  hits: readonly SearchHit[]
  daemon: DaemonProcess
  /** Ends the daemon and the emulators and removes their data; the daemon's exit code. */
  close(): Promise<number | undefined>
}

/** Prints to `screen` as it goes. What it started is ended again when a step fails. */
export async function runDemo(screen: Screen): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-demo-'))
  let emulators: Emulators | undefined
  let daemon: DaemonProcess | undefined
  const close = async () => {
    const exitCode = await daemon?.stop()
    await emulators?.close()
    await rm(folder, { recursive: true, force: true })
    return exitCode
  }
  try {
    emulators = await startEmulators()
    daemon = await startDaemonProcess({ folder, config: { logLevel: 'warn', providers: emulators.providers } })
    introduce(screen, emulators, daemon)
    const api = await createApiClient(daemon.url, daemon.apiKeyFile)
    const jobs = await connect(screen, api, emulators)
    const hits = await search(screen, api)
    const found = sources.every(({ shortName }) => hits.some(hit => hit.source_name === shortName))
    return { complete: found && jobs.every(job => job.status === 'completed'), jobs, hits, daemon, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Where to go on by hand. */
export function suggest(screen: Screen, { url, apiKeyFile }: Pick<DaemonProcess, 'url' | 'apiKeyFile'>): void {
  const lines = [
    'It stays up until Ctrl-C, which also removes its data. In another terminal:',
    '',
    `  KEY=$(cat ${apiKeyFile})`,
    `  curl -H "X-API-Key: $KEY" '${url}/source-connections'`,
    `  curl -H "X-API-Key: $KEY" '${url}/collections/${collection}/search?query=ferry'`,
    `  curl -H "X-API-Key: $KEY" '${url}/collections/${collection}/entities?limit=5'`,
    `  curl '${url}/openapi.json'`,
    '',
  ]
  screen.write(`${lines.join('\n')}\n`)
}

function introduce(screen: Screen, { providers }: Emulators, { url }: DaemonProcess): void {
  const strong = emphasis(screen)
  const lines = [
    strong('inlet, with a small made-up life'),
    '',
    `  Google emulator  ${providers.google.endpoints.api}`,
    `  Slack emulator   ${providers.slack.endpoints.api}`,
    `  inlet            ${url}`,
    '',
  ]
  screen.write(`${lines.join('\n')}\n`)
}

async function connect(screen: Screen, api: ApiClient, emulators: Emulators): Promise<Job[]> {
  await api.call('POST', '/collections', { name: 'Demo', readable_id: collection })
  screen.write('Connecting four sources, each with an access token:\n\n')
  const board = createBoard(
    screen,
    sources.map(({ title }) => title),
  )
  const jobs = await Promise.all(sources.map(source => sync(api, source, emulators, board)))
  screen.write('\n')
  return jobs
}

/** Connects one source and follows its first job to the end. */
async function sync(
  api: ApiClient,
  { shortName, title, family }: DemoSource,
  { tokens }: Emulators,
  board: Board,
): Promise<Job> {
  const connection = await api.call<Connection>('POST', '/source-connections', {
    name: title,
    short_name: shortName,
    collection,
    auth_fields: { access_token: tokens[family] },
  })
  const path = `/source-connections/${connection.id}/jobs/${connection.latest_sync_job_id}`
  let last: Job | undefined
  for await (const { data } of api.events<Job>(`${path}/events`)) {
    last = data
    board.set(title, describe(data))
  }
  if (!last) throw new Error(`the events of ${shortName}'s job ended before they began`)
  const { entities } = await api.call<Connection>('GET', `/source-connections/${connection.id}`)
  const kinds = Object.entries(entities.by_type).map(([type, { count }]) => `${count} ${type.split('_').at(-1)}`)
  board.finish(title, `${describe(last)}  ${kinds.join(', ')}`)
  return last
}

function describe({ status, entities_inserted, duration_seconds, error }: Job): string {
  const count = `${entities_inserted}`.padStart(3)
  const seconds = duration_seconds === null ? '' : ` in ${duration_seconds.toFixed(1)} s`
  return `${status.padEnd('in_progress'.length)} ${count} entities${seconds}${error ? `  ${error}` : ''}`
}

async function search(screen: Screen, api: ApiClient): Promise<SearchHit[]> {
  const path = `/collections/${collection}/search?query=${question}&limit=100`
  const { results } = await api.call<{ results: SearchHit[] }>('GET', path)
  const strong = emphasis(screen)
  screen.write(`A search for ${strong(question)} finds ${results.length} things:\n`)
  for (const { shortName, title } of sources) {
    const hits = results.filter(hit => hit.source_name === shortName)
    screen.write(`\n  ${title}: ${hits.length === 0 ? 'nothing' : hits.length}\n`)
    for (const hit of hits.slice(0, hitsShown)) {
      screen.write(`    ${strong(hit.name)}\n      ${readable(hit.snippet, strong)}\n`)
      if (hit.url) screen.write(`      ${hit.url}\n`)
    }
  }
  screen.write('\n')
  return results
}
