/** The process as commands see it. */
import { spawn } from 'node:child_process'
import type { WriteStream } from 'node:tty'
import { terminalPrompt } from '../commands/prompt.ts'
import type { CommandSurroundings } from './context.ts'
import { notifierFor } from './notifier.ts'

export function processSurroundings(version: string): CommandSurroundings {
  const { stdout, stderr, stdin, env } = process
  // A reader that has read enough (`| head`) ends what is left to do, and that is good.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  let interrupted: AbortSignal | undefined
  return {
    ...{ version, environment: env, folder: process.cwd() },
    say: line =>
      new Promise<void>(resolve => {
        // Not on failing: the listener above says what comes of it.
        stdout.write(`${line}\n`, error => !error && resolve())
      }),
    sayBytes: bytes =>
      new Promise<void>(resolve => {
        stdout.write(bytes, error => !error && resolve())
      }),
    complain: line => void stderr.write(`${line}\n`),
    ask: terminalPrompt(),
    screen: stdout.isTTY ? columnsOf(stdout) : undefined,
    errorScreen: stderr.isTTY ? { ...columnsOf(stderr), draw: text => void stderr.write(text) } : undefined,
    async readInput() {
      stdin.setEncoding('utf8')
      let text = ''
      for await (const chunk of stdin) text += chunk
      return text
    },
    get interrupted() {
      interrupted ??= takeSignals()
      return interrupted
    },
    openBrowser: browserOf(env),
    notify: notifierFor(process.platform, env),
  }
}

function columnsOf(stream: WriteStream) {
  return {
    get columns() {
      return stream.columns || 80
    },
  }
}

/** Aborted by the first SIGINT or SIGTERM; the second one ends the process. */
function takeSignals(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  }
  return controller.signal
}

/** Only where a person is likely to sit in front of it: not over SSH, and on Linux with a display. */
function browserOf(environment: NodeJS.ProcessEnv): ((url: string) => void) | undefined {
  if (environment.SSH_CONNECTION || environment.SSH_TTY) return undefined
  const program =
    process.platform === 'darwin' ? 'open' : environment.DISPLAY || environment.WAYLAND_DISPLAY ? 'xdg-open' : undefined
  if (program === undefined) return undefined
  return url => {
    const opening = spawn(program, [url], { stdio: 'ignore', detached: true })
    // The address was shown too.
    opening.once('error', () => undefined)
    opening.unref()
  }
}
