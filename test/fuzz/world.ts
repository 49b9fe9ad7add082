/** A daemon without a socket: the library with all sources, before providers that repeat all they hear, and the API. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { createInlet } from '../../core/index.ts'
import { apiKey } from '../../daemon/api-key.ts'
import { createLog } from '../../daemon/log.ts'
import { createServer } from '../../daemon/server.ts'
import { plugins } from '../../plugins/index.ts'
import { canary, findCanaries } from '../support/canary.ts'
import { apiManners, startEchoingProvider, tokenManners } from '../support/echoing-provider.ts'
import { checkpoint, note, scriptedPlugin } from '../support/scripted-source.ts'

export interface FuzzWorld {
  key: string
  fetch(request: Request): Promise<Response>
  /** What the log should not have had: bugs and secrets, a line each. */
  complaints: string[]
  /** Lines of the log so far. */
  logged(): number
  /** Another way in which the providers answer, from a number. */
  turn(number: number): void
  close(): Promise<void>
}

/** Ways of a provider that a job does not wait for. */
const quick = [
  'a refusal in an object',
  'a prohibition',
  'a mistake of ours',
  'nothing there',
  'a good status that is none',
]

export async function createFuzzWorld(): Promise<FuzzWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlet-fuzz-'))
  const provider = await startEchoingProvider()
  const apis = quick.flatMap(name => apiManners[name] ?? [])
  const tokens = Object.entries(tokenManners).flatMap(([name, manner]) => (/answer|trouble/.test(name) ? [] : [manner]))
  const providers = Object.fromEntries(
    plugins.map(({ id, endpoints }) => {
      const places = Object.keys(endpoints).map(name => [name, `${provider.url}/${id}/${name}`])
      return [id, { clientId: 'a-client', clientSecret: canary('config'), endpoints: Object.fromEntries(places) }]
    }),
  )
  const complaints: string[] = []
  let lines = 0
  const log = createLog('debug', {
    write(line) {
      lines++
      if (findCanaries(line).length > 0 || line.includes('"level":"error"')) complaints.push(line)
    },
  })
  const all = [...plugins, scripted()]
  const inlet = await createInlet({
    dataDir,
    plugins: all,
    providers,
    log,
    clock: systemClock,
    sync: { concurrency: 8 },
  })
  const key = canary('api-key')
  const server = createServer({
    ...{ inlet, apiKey: apiKey(key), port: () => 8001, version: '0.0.0', clock: systemClock, log },
  })
  return {
    key,
    complaints,
    fetch: async request => server.fetch(request, { remoteAddress: '127.0.0.1' }),
    logged: () => lines,
    turn(number) {
      provider.api = apis[number % apis.length] ?? provider.api
      provider.token = tokens[number % tokens.length] ?? provider.token
    },
    async close() {
      server.beginClosing()
      await inlet.close()
      await provider.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A source that has something; each fifth run goes on until it is stopped. */
function scripted() {
  let runs = 0
  return scriptedPlugin(async function* ({ signal }) {
    for (let number = 0; number < 5; number++) yield note(String(number), { author: 'ada', text: 'some text' })
    yield checkpoint(null)
    if (++runs % 5 > 0) return
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
}
