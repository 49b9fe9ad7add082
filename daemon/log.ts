import { type Clock, systemClock } from '../core/clock.ts'
import { Failure } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'
import type { Log } from '../core/log.ts'
import { remembered } from '../core/remembered.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Members that never hold anything to be read by an operator, whoever logs them. */
const hiddenName = /token|secret|password|passphrase|authorization|cookie|api.?key|credential/i
const deepest = 6

const isHidden = remembered(name => hiddenName.test(name))

/**
 * One JSON line an event: `level`, `time`, the fields, `msg`. What could hold a secret is left out by construction: an error
 * that is no `Failure` gives its kind and the places of its stack, not its message, since the platform's messages quote
 * their input. The lines are those of pino, of which nothing else would be used: to load it takes a fifteenth of a start.
 */
export function createLog(
  level: LogLevel,
  destination: { write(line: string): void },
  clock: Pick<Clock, 'now'> = systemClock,
): Log {
  const timeOf = rememberLast(ms => new Date(ms).toISOString())
  const writerFor = (label: Exclude<LogLevel, 'silent'>) => {
    if (logLevels.indexOf(label) < logLevels.indexOf(level)) return () => undefined
    return (fields: object, msg: string) =>
      destination.write(`${lineOf({ level: label, time: timeOf(clock.now()) }, fields, msg)}\n`)
  }
  return { debug: writerFor('debug'), info: writerFor('info'), warn: writerFor('warn'), error: writerFor('error') }
}

/** A busy millisecond has many lines. */
function rememberLast(make: (ms: number) => string): (ms: number) => string {
  let last = Number.NaN
  let made = ''
  return ms => {
    if (ms !== last) [last, made] = [ms, make(ms)]
    return made
  }
}

function lineOf(head: { level: string; time: string }, fields: object, msg: string): string {
  try {
    return JSON.stringify({ ...addSafely({ ...head }, fields, 0), msg })
  } catch {
    // A field that cannot be read or written costs the fields, not the event.
    return JSON.stringify({ ...head, msg })
  }
}

/** Member by member: each line of a request is one more thing that the request waits for. */
function addSafely(to: Record<string, unknown>, fields: object, depth: number): Record<string, unknown> {
  for (const [name, value] of Object.entries(fields)) {
    const shown = typeof value === 'string' && isHidden(name) ? '[secret]' : safe(value, depth + 1)
    // That name would be no member, but what the object is made from.
    if (name === '__proto__') Object.defineProperty(to, name, { value: shown, enumerable: true })
    else to[name] = shown
  }
  return to
}

function safe(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return safeError(value, depth)
  if (depth > deepest) return '[deep]'
  if (Array.isArray(value)) return value.map(item => safe(item, depth + 1))
  const plain = isJsonObject(value) && !('toJSON' in value)
  return plain ? addSafely({}, value, depth) : value
}

function safeError(error: Error, depth: number): Record<string, unknown> {
  const known = error instanceof Failure
  const code = 'code' in error ? String(error.code) : undefined
  const cause = error.cause === undefined || depth > deepest ? undefined : safe(error.cause, depth + 1)
  return {
    name: error.name,
    code,
    message: known ? error.message : undefined,
    providerError: known ? error.providerError : undefined,
    stack: places(error),
    cause: typeof cause === 'object' ? cause : undefined,
  }
}

function places(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .map(line => line.trim())
}

export interface GatheredLines {
  write(line: string): void
  /** Writes what has not been written yet: to be called before the process ends. */
  flush(): void
}

/** Lines of one turn of the event loop, written in one piece at its end: each write waits for the system. */
export function gatherLines(destination: { write(text: string): unknown }): GatheredLines {
  let lines = ''
  const flush = () => {
    if (lines === '') return
    const text = lines
    lines = ''
    destination.write(text)
  }
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
    flush,
  }
}
