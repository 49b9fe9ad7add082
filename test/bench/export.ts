/**
 * `inlet export` in flat memory: the command and the daemon that it asks are measured while the lines, then the files,
 * of all entities are written; what either needs for all of them is held against what it needed for the first tenth.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, Finding } from './bench.ts'
import { endWithUs } from './endings.ts'
import { megabytes, readRssBytes } from './measure.ts'
import { seedStore } from './seed.ts'

const sampleEveryMs = 10

export const bench: Bench = {
  title: 'memory of the command and the daemon while everything is exported',
  async run({ count, scratch }) {
    const total = count(100_000)
    const folder = join(scratch, 'export')
    await seedStore(join(folder, 'data'), total)
    const daemon = await startDaemonProcess({ folder, config: { logLevel: 'warn' } })
    try {
      const environment = { ...process.env, INLET_PORT: new URL(daemon.url).port }
      const mirror = join(folder, 'mirror')
      const findings: Finding[] = []
      for (const [name, words] of [
        ['JSON lines', []],
        ['Markdown files', ['--format', 'markdown', '--output', mirror]],
        ['Markdown files, nothing new', ['--format', 'markdown', '--output', mirror]],
      ] as const) {
        findings.push(...(await measure({ name, words, total, folder, environment, daemonPid: daemon.pid, mirror })))
      }
      return findings
    } finally {
      await daemon.stop()
    }
  },
}

interface Export {
  name: string
  words: readonly string[]
  total: number
  folder: string
  environment: NodeJS.ProcessEnv
  daemonPid: number
  mirror: string
}

interface Sample {
  done: number
  command: number
  daemon: number
}

async function measure({ name, words, total, folder, environment, daemonPid, mirror }: Export): Promise<Finding[]> {
  const entry = join(import.meta.dirname, '..', '..', 'daemon', 'inlet.js')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry, 'export', ...words], {
    ...{ cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  })
  endWithUs(child)
  let lines = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines++
  })
  const isOver = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`inlet export ended with ${code}`)
    return true
  })
  const samples: Sample[] = []
  const index = join(mirror, '.inlet-export', 'index.jsonl')
  const isLines = words.length === 0
  while (!(await Promise.race([isOver, sleep(sampleEveryMs, false)]))) {
    const done = isLines ? lines : (statSync(index, { throwIfNoEntry: false })?.size ?? 0)
    samples.push({ done, command: rssOf(child), daemon: readRssBytes(daemonPid) })
  }
  const seconds = (performance.now() - startedAt) / 1000
  // What a mirror has noted of its files grows by as much for each.
  const whole = isLines ? total : statSync(index).size
  const peakOf = (which: 'command' | 'daemon'): Finding => {
    const until = (share: number) =>
      Math.max(...samples.filter(({ done }) => done <= whole * share).map(sample => megabytes(sample[which])))
    return {
      what: `${name}: peak memory of the ${which}`,
      value: until(1),
      unit: 'MB',
      beside: { what: 'for the first tenth', value: until(0.1) },
    }
  }
  return [{ what: name, value: total / seconds, unit: 'entities/s' }, peakOf('command'), peakOf('daemon')]
}

/** The process may be over by now. */
function rssOf({ pid = 0 }: ChildProcess): number {
  try {
    return readRssBytes(pid) || 0
  } catch {
    return 0
  }
}
