/** What ends a run before its time, and how the processes of it end with each other. */
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const parentCheckMs = 500

/** Calls back with the code to end with when this process is told to end, or what started it is gone. */
function whenTold(end: (code: number) => void, followsParent: boolean): void {
  for (const name of signals) process.on(name, () => end(128 + constants.signals[name]))
  if (!followsParent) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) end(1)
  }, parentCheckMs).unref()
}

/**
 * Aborted when this process is told to end; its reason is the code to end with. npm runs a script through a shell that
 * passes no signal on: of npm's end its script learns by losing its parent.
 */
export function endOfRun(): AbortSignal {
  const controller = new AbortController()
  whenTold(code => controller.abort(code), process.env.npm_lifecycle_event !== undefined)
  return controller.signal
}

/** For the process of one bench: ends it at once when it is told to, or when the run's is gone. */
export function endWhenTold(): void {
  whenTold(code => process.exit(code), true)
}

/**
 * Whatever ends this process ends the child, too, with all that it has started.
 * @param child leads a group of its own: it was started with `detached`
 */
export function endWithUs(child: ChildProcess): void {
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // All of them have ended by themselves.
    }
  }
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
}

/** For a service: the end of the bench, whichever way it comes, is the end of its standard input. */
export function endWithInput(): void {
  process.stdin.on('end', () => process.exit(0)).resume()
}
