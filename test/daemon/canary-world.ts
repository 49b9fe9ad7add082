/** A daemon with all sources, whose providers repeat all they hear, and everything that comes out of it. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { type Daemon, startDaemon } from '../../daemon/main.ts'
import { plugins } from '../../plugins/index.ts'
import { canary } from '../support/canary.ts'
import { type EchoingProvider, startEchoingProvider } from '../support/echoing-provider.ts'
import { type FakeClock, fakeClock } from '../support/fake-clock.ts'
import { type Answer, readAnswer } from './harness.ts'

export interface World {
  provider: EchoingProvider
  clock: FakeClock
  key: string
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** What came back, whole. */
  answers: Answer[]
  printed: string[]
  /** What `GET /events` told. */
  events: string[]
  stop(): Promise<void>
  start(environment: Record<string, string>): Promise<void>
  places(): Promise<Record<string, string>>
}

/** Ends with the test. */
export async function createWorld(environment: Record<string, string>): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-canaries-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const provider = await startEchoingProvider()
  onTestFinished(() => provider.close())
  const printed: string[] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    const spy = vi.spyOn(console, method).mockImplementation((...said) => void printed.push(said.join(' ')))
    onTestFinished(() => void spy.mockRestore())
  }
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation(said => printed.push(String(said)) > 0)
    onTestFinished(() => void spy.mockRestore())
  }
  const providers = Object.fromEntries(
    plugins.map(({ id, endpoints }) => {
      const places = Object.keys(endpoints).map(name => [name, `${provider.url}/${id}/${name}`])
      return [
        id,
        { clientId: 'a-client', clientSecret: canary('config-secret'), endpoints: Object.fromEntries(places) },
      ]
    }),
  )
  const config = { logLevel: 'debug', server: { port: 0 }, sync: { timeoutMinutes: 2 }, providers }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  const clock = fakeClock(Date.now())
  const answers: Answer[] = []
  const events: string[] = []
  let daemon: Daemon | undefined
  let key = ''
  const stop = async () => {
    const stopping = daemon?.stop()
    daemon = undefined
    if (stopping) await clock.run(stopping)
  }
  onTestFinished(stop)

  const world: World = {
    provider,
    clock,
    answers,
    printed,
    events,
    stop,
    get key() {
      return key
    },
    async start(given) {
      const say = (sentence: string) => void printed.push(sentence)
      const logTo = { write: (line: string) => void printed.push(line) }
      daemon = await startDaemon({ version: '0.0.0', environment: given, folder, clock, say, logTo })
      key = given.INLET_API_KEY ?? (await readFile(join(folder, 'data', 'api-key'), 'utf8')).trim()
      void follow(daemon.url)
    },
    async ask(method, path, body, headers = {}) {
      const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
      const asking = fetch(`${daemon?.url}${path}`, {
        method,
        headers: { 'X-API-Key': key, ...type, ...headers },
        redirect: 'manual',
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const answer = await clock.run(asking.then(readAnswer), { graceMs: 10 })
      answers.push(answer)
      return answer
    },
    async places() {
      const data = join(folder, 'data')
      const names = await readdir(data, { recursive: true })
      const files: Record<string, string> = { 'the names of files': names.join('\n') }
      for (const name of names) {
        const path = join(data, name)
        if ((await stat(path)).isFile()) files[name] = await readFile(path, 'latin1')
      }
      const whole = answers.map(({ status, headers, text }) => `${status} ${JSON.stringify([...headers])} ${text}`)
      return {
        ...files,
        'the stream of events': events.join(''),
        'the answers': whole.join('\n'),
        'the log, and what was printed': printed.join('\n'),
        'addresses that the provider was asked for': provider.asked.join('\n'),
      }
    },
  }
  await world.start(environment)
  return world

  /** Until the daemon stops. */
  async function follow(url: string): Promise<void> {
    const stream = await fetch(`${url}/events`, { headers: { 'X-API-Key': key, 'Last-Event-ID': 'none' } })
    for await (const chunk of stream.body ?? []) events.push(Buffer.from(chunk).toString())
  }
}
