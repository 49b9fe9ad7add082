/** What benches share. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export function printRows(rows: readonly [string, string][]): void {
  const width = Math.max(...rows.map(([name]) => name.length))
  process.stdout.write(`${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`)
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}

/** Resident memory of another process: from Linux's `/proc`, else as `ps` says. */
export function readRssBytes(pid: number): number {
  if (process.platform === 'linux') {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes) * 1024
  }
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) * 1024
}
