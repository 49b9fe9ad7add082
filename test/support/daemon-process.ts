/** The daemon as a user starts it: a process of its own, with a configuration file and a data folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface DaemonProcessOptions {
  /** A program that starts it, and its words; by default the checkout's own entry on this Node. */
  command?: readonly [string, ...string[]]
  /** What it runs in: `config.json` is written here if there is a configuration, and `data/` is made. */
  folder: string
  /** As in `config.json`; a free port is taken and the data folder is in `folder`, whatever it says. */
  config?: object | undefined
  environment?: Readonly<Record<string, string>>
  /** In place of this process's own environment. */
  baseEnvironment?: Readonly<Record<string, string | undefined>>
  /** How long it may take until it listens, in milliseconds. Default 30,000. */
  startLimitMs?: number
  /** Told its process id before it does anything. */
  onSpawn?(pid: number): void
}

export interface DaemonProcess {
  url: string
  pid: number
  apiKeyFile: string
  /** Everything it has printed, both streams. */
  output(): string
  /** SIGTERM; the exit code, or `undefined` where a signal ended it. */
  stop(): Promise<number | undefined>
}

const defaultStartLimitMs = 30_000
const stopLimitMs = 15_000

const entry = join(import.meta.dirname, '..', '..', 'daemon', 'inlet.js')

/** Resolves when it listens; rejects with what it printed when it ends before. */
export async function startDaemonProcess(options: DaemonProcessOptions): Promise<DaemonProcess> {
  const { folder, config, environment = {}, command = [process.execPath, entry, 'start'] } = options
  await mkdir(folder, { recursive: true })
  if (config) await writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 2))
  const dataDir = join(folder, 'data')
  const [program, ...words] = command
  const child = spawn(program, words, {
    cwd: folder,
    // A group of its own, so that a wrapper such as npm ends together with what it started.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...foreignEnvironment(options.baseEnvironment ?? process.env),
      INLET_PORT: '0',
      INLET_DATA_DIR: dataDir,
      ...environment,
    },
  })
  const printed: string[] = []
  child.stdout.on('data', chunk => printed.push(String(chunk)))
  child.stderr.on('data', chunk => printed.push(String(chunk)))
  const output = () => printed.join('')
  const ended = exitOf(child)
  // Where this process dies of something else, the daemon must not live on.
  const end = () => signal(child, 'SIGKILL')
  process.once('exit', end)
  void ended.then(() => process.off('exit', end))
  if (child.pid !== undefined) options.onSpawn?.(child.pid)
  const url = await listening(child, output, ended, options.startLimitMs ?? defaultStartLimitMs)
  return {
    url,
    pid: child.pid ?? 0,
    apiKeyFile: join(dataDir, 'api-key'),
    output,
    async stop() {
      signal(child, 'SIGTERM')
      const timer = setTimeout(() => signal(child, 'SIGKILL'), stopLimitMs)
      return ended.finally(() => clearTimeout(timer))
    },
  }
}

/** What the machine sets, without what would configure a daemon. */
function foreignEnvironment(base: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(base).filter(([name]) => !name.startsWith('INLET_')))
}

function exitOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise(resolve => {
    child.once('error', () => resolve(undefined))
    // Not `exit`: the streams close when what a wrapper started has ended too.
    child.once('close', code => resolve(code ?? undefined))
  })
}

async function listening(
  child: ChildProcess,
  output: () => string,
  ended: Promise<number | undefined>,
  startLimitMs: number,
): Promise<string> {
  const announced = new Promise<string>(resolve => {
    child.stdout?.on('data', () => {
      const url = /^inlet listens on (\S+)$/m.exec(output())?.[1]
      if (url) resolve(url)
    })
  })
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), startLimitMs)
  })
  const url = await Promise.race([announced, ended.then(() => undefined), tooLate])
  clearTimeout(timer)
  if (url) return url
  signal(child, 'SIGKILL')
  throw new Error(`the daemon did not start:\n${output()}`)
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, name)
  } catch {
    // It has ended by itself.
  }
}
