/** How jobs get on: one line that is drawn over itself on a terminal, and a line now and then where there is none. */
import type { CommandContext } from '../command-line/context.ts'
import { cut, widthOf } from '../command-line/text.ts'
import type { JobProgressBody } from '../schemas/job.ts'
import { count, duration, plural } from './words.ts'

export interface Progress {
  update(index: number, job: JobProgressBody): void
  /** Leaves nothing drawn. */
  close(): void
}

const frameMs = 100
/** Without a terminal, for a log that is read later. */
const lineMs = 10_000

/** @param names of the connections, in the order of their jobs */
export function createProgress(names: readonly string[], context: CommandContext): Progress {
  const { clock, draw, drawing, tell } = context
  const jobs = new Map<number, JobProgressBody>()
  const startedAt = clock.monotonic()
  const stopped = new AbortController()
  let frame = 0

  const show = () => {
    const line = lineOf({ names, jobs, frame, elapsedMs: clock.monotonic() - startedAt, now: clock.now() })
    if (!draw) return tell(line.text)
    const room = Math.max(10, drawing.columns - 1 - widthOf(line.bar) - 1)
    draw(`${drawing.style.cyan(line.bar)} ${cut(line.text, room)}`)
  }
  const run = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(draw ? frameMs : lineMs, stopped.signal)
      frame += 1
      show()
    }
  }
  if (!context.isJson) {
    if (draw) show()
    run().catch(() => undefined)
  }

  return {
    update(index, job) {
      jobs.set(index, job)
    },
    close() {
      if (stopped.signal.aborted) return
      stopped.abort()
      draw?.(undefined)
    },
  }
}

interface Shown {
  names: readonly string[]
  jobs: ReadonlyMap<number, JobProgressBody>
  frame: number
  elapsedMs: number
  now: number
}

/** A bar, and what it stands for. */
export function lineOf({ names, jobs, frame, elapsedMs, now }: Shown): { bar: string; text: string } {
  const known = [...jobs.values()]
  const done = known.filter(({ status }) => status !== 'pending' && status !== 'in_progress').length
  const sum = (member: 'entities_inserted' | 'entities_updated' | 'entities_deleted' | 'requests') =>
    known.reduce((total, job) => total + job[member], 0)
  const waits = known.map(({ waiting }) => waiting).filter(waiting => waiting !== null)
  const wait = waits.length > 0 && waits.length === known.length - done ? waits[0] : undefined
  const text = [
    names.length === 1 ? names[0] : `${done} of ${plural(names.length, 'job')} done`,
    wait ? `waits ${duration(Date.parse(wait.until) - now)} for the provider (${wait.code})` : undefined,
    `${count(sum('entities_inserted'))} new, ${count(sum('entities_updated'))} changed, ${count(sum('entities_deleted'))} deleted`,
    plural(sum('requests'), 'request'),
    duration(elapsedMs),
  ]
  const bar = names.length === 1 ? pulse(frame) : filled(done / names.length)
  return { bar, text: text.filter(part => part !== undefined).join(' · ') }
}

const barWidth = 16

function filled(part: number): string {
  const full = Math.round(part * barWidth)
  return `[${'█'.repeat(full)}${'░'.repeat(barWidth - full)}]`
}

/** How much a provider has is not known before its end: a block that goes to and fro. */
function pulse(frame: number): string {
  const block = 4
  const room = barWidth - block
  const at = room - Math.abs((frame % (2 * room)) - room)
  return `[${'░'.repeat(at)}${'█'.repeat(block)}${'░'.repeat(room - at)}]`
}
