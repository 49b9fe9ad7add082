import { type Clock, notNeeded, systemClock } from '../core/clock.ts'
import { giveBackWhenIdle, heapOfThread } from '../core/idle-memory.ts'
import { createInlet } from '../core/index.ts'
import type { Inlet } from '../core/inlet.ts'
import type { Log } from '../core/log.ts'
import type { SpareThreads } from '../core/store/spare.ts'
import { readApiKey } from './api-key.ts'
import type { DaemonConfig } from './config.ts'
import { boundHeap } from './heap.ts'
import { type Listening, listen } from './listen.ts'
import { createLog, gatherLines } from './log.ts'
import { monitorProcess, type ProcessMonitor } from './metrics/process-series.ts'
import { createServer } from './server.ts'
import { readSettings } from './settings.ts'

/** All that the daemon takes from its process, so that it can run inside a test. */
export interface Surroundings {
  version: string
  environment: Readonly<Record<string, string | undefined>>
  /** Where `config.json` is looked for. */
  folder: string
  /** For people: where we listen, where the key is. */
  say(sentence: string): void
  /** For operators: one JSON line an event. */
  logTo: { write(line: string): void }
  clock: Clock
  /** Threads for the store that were started ahead. */
  spareThreads?: SpareThreads | undefined
}

export interface Daemon {
  url: string
  port: number
  /** Opens the dashboard, once. */
  signInUrl: string
  /** The file that holds the API key, where this start made one. */
  apiKeyMadeAt: string | undefined
  /** Takes no new request, brings jobs to their next checkpoint, closes the store. Once, however often it is called. */
  stop(): Promise<void>
}

/**
 * Starts everything, in order: plugins, configuration, log, key, library, server.
 * @throws Failure `bad_config`, `data_folder`
 */
export async function startDaemon(surroundings: Surroundings): Promise<Daemon> {
  const { version, environment, folder, say, logTo, clock, spareThreads } = surroundings
  const { config, plugins } = await readSettings({ environment, folder })
  const log = createLog(config.logLevel, logTo, clock)
  const inlet = await createInlet({
    dataDir: config.dataDir,
    plugins,
    providers: config.providers,
    sync: config.sync,
    proxy: config.proxy,
    history: config.history,
    environment,
    log,
    clock,
    spareThreads,
  })
  const monitor = monitorProcess(version)
  try {
    const apiKey = await readApiKey(config.dataDir, config.apiKey)
    const { listening, server } = await serve(config, inlet, apiKey, { version, log, clock, monitor })
    if (apiKey.madeAt !== undefined) say(`Made an API key: it is in ${apiKey.madeAt}`)
    say(`inlet listens on ${listening.url}`)
    const signInUrl = server.signInLink().url
    say(`Open the dashboard: ${signInUrl}`)
    let stopped: Promise<void> | undefined
    return {
      url: listening.url,
      port: listening.port,
      signInUrl,
      apiKeyMadeAt: apiKey.madeAt,
      stop() {
        stopped ??= stop({ listening, server, inlet, monitor, log })
        return stopped
      },
    }
  } catch (error) {
    monitor.close()
    await inlet.close()
    throw error
  }
}

async function serve(
  config: DaemonConfig,
  inlet: Inlet,
  apiKey: Awaited<ReturnType<typeof readApiKey>>,
  { version, log, clock, monitor }: { version: string; log: Log; clock: Clock; monitor: ProcessMonitor },
) {
  let port = config.server.port
  const hasClient = (pluginId: string) => config.providers[pluginId]?.clientId !== undefined
  const server = createServer({
    ...config.server,
    ...{ inlet, apiKey, port: () => port, hasClient, processSeries: monitor.series, version, clock, log },
  })
  const listening = await listen({ fetch: server.fetch, host: config.server.host, port })
  port = listening.port
  return { listening, server }
}

/** Every part is stopped, even when one before it fails. */
async function stop(parts: {
  listening: Listening
  server: { beginClosing(): void }
  inlet: Inlet
  monitor: ProcessMonitor
  log: Log
}): Promise<void> {
  const steps = [
    () => parts.server.beginClosing(),
    () => parts.listening.stop(),
    () => parts.inlet.close(),
    () => parts.listening.close(),
    () => parts.monitor.close(),
  ]
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      parts.log.error({ err: error }, 'a part could not be stopped')
    }
  }
}

/** What a stop may take; whatever is still open then is safe to drop, as after a crash. */
const stopMs = 9500

export interface MainOptions extends Pick<Surroundings, 'spareThreads'> {
  isJson?: boolean
}

/**
 * The program: runs until a signal, and ends its process then. A second signal ends it at once.
 * @returns an exit code when it could not start
 * @throws Failure as `startDaemon`
 */
export async function main(version: string, { isJson, spareThreads }: MainOptions = {}): Promise<number> {
  // Nobody reading our words any more is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const say = isJson ? () => undefined : print
  const logTo = gatherLines(process.stderr)
  process.on('exit', logTo.flush)
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      createLog('error', logTo).error({ err: error }, 'a bug stopped inlet')
      process.exit(1)
    })
  }
  const ended = new AbortController()
  let daemon: Daemon | undefined
  const end = async () => {
    if (ended.signal.aborted) process.exit(1)
    ended.abort(notNeeded)
    setTimeout(() => process.exit(0), stopMs).unref()
    await daemon?.stop()
    if (daemon) process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end())
  followNpm(() => void (ended.signal.aborted || end()))
  daemon = await startDaemon({
    ...{ version, environment: process.env, folder: process.cwd() },
    ...{ say, logTo, clock: systemClock, spareThreads },
  })
  // What a start allocates it keeps; only what comes now is mostly garbage of answers, and more room for it halves its cost.
  boundHeap()
  void giveBackWhenIdle(heapOfThread(), systemClock, ended.signal)
  if (ended.signal.aborted) {
    await daemon.stop()
    process.exit(0)
  }
  const { url, signInUrl, apiKeyMadeAt = null } = daemon
  if (isJson) print(JSON.stringify({ url, dashboard_url: signInUrl, api_key_file: apiKeyMadeAt }))
  return 0
}

const parentCheckMs = 500

/** npm runs a script through a shell that passes no signal on: what it started learns of its end by losing its parent. */
function followNpm(end: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) end()
  }, parentCheckMs).unref()
}
