/** What benches share. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

export function megabytes(bytes: number): number {
  return bytes / 1e6
}

/** The middle one; of an even number, what lies between the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The smallest value that at least this share of them do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

/** How long it took, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Resident memory of another process: from Linux's `/proc`, else as `ps` says. */
export function readRssBytes(pid: number): number {
  if (process.platform === 'linux') {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes) * 1024
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024
}

export interface Delay {
  p99Ms: number
  longestMs: number
}

const delayResolutionMs = 5

/** How late this process's event loop is from now on: what is between two looks, beyond the pause that was asked for. */
export function watchDelay(): { stop(): Delay } {
  const histogram = monitorEventLoopDelay({ resolution: delayResolutionMs })
  histogram.enable()
  const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - delayResolutionMs)
  return {
    stop() {
      histogram.disable()
      return { p99Ms: beyond(histogram.percentile(99)), longestMs: beyond(histogram.max) }
    },
  }
}
