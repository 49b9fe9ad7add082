/** What a bench is given, and what it finds. */

export interface Bench {
  /** One sentence: what is measured, and what is measured beside it. */
  title: string
  run(context: BenchContext): Promise<Finding[]>
}

export interface BenchContext {
  /** So many of what the bench is about: the count of a full run, or a share of it with `--scale`, at least 1. */
  count(full: number): number
  /** Exists, is this bench's alone, and is removed after it. */
  scratch: string
  /** Exists until the last bench of the run is over: what one has seeded here, another may copy. */
  shared: string
  /** Says on the standard error what is going on. */
  log(line: string): void
  /** Says what is not measured for want of something, and how to get that: it is told beside the figures. */
  skip(what: string): void
}

/** What a bench has brought. */
export interface Outcome {
  findings: Finding[]
  skipped: string[]
}

/** One figure, and the one that was taken beside it in the same run. */
export interface Finding {
  what: string
  value: number
  unit: Unit
  /** The ceiling or the peer; the ratio is `value` by this one's. */
  beside?: { what: string; value: number } | undefined
  target?: Target | undefined
}

/** `ratio` for a value that is a ratio already. */
export type Unit =
  | 'ms'
  | 's'
  | 'MB'
  | 'requests'
  | 'requests/s'
  | 'entities/s'
  | 'runs/s'
  | 'files/min'
  | 'ratio'
  | 'count'

export interface Target {
  of: 'ratio' | 'value'
  atMost?: number
  atLeast?: number
}

export function ratioOf({ value, beside }: Finding): number | undefined {
  return beside && value / beside.value
}

/** Whether the target was met; `undefined` for a figure without one. */
export function isMet(finding: Finding): boolean | undefined {
  const { target, value } = finding
  if (!target) return undefined
  const measured = target.of === 'ratio' ? ratioOf(finding) : value
  if (measured === undefined || Number.isNaN(measured)) return false
  return measured <= (target.atMost ?? Infinity) && measured >= (target.atLeast ?? -Infinity)
}
