/**
 * `inlet export` in flat memory: `npm run bench -- export`, with `--entities 20000` for fewer. The command and the
 * daemon that it asks are measured while the lines, then the files, of all entities are written; what either needs for
 * all of them is held against what it needed for the first tenth.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startDaemonProcess } from '../support/daemon-process.ts'
import { megabytes, printRows, readRssBytes } from './measure.ts'

const { values } = parseArgs({ options: { entities: { type: 'string', default: '100000' } } })
const total = Number(values.entities)
const sampleEveryMs = 10

const folder = await mkdtemp(join(tmpdir(), 'inlet-bench-'))
try {
  await run([join(import.meta.dirname, 'seed-entities.ts'), join(folder, 'data'), String(total)])
  const daemon = await startDaemonProcess({ folder, config: { logLevel: 'warn' } })
  try {
    const environment = { ...process.env, INLET_PORT: new URL(daemon.url).port }
    const mirror = join(folder, 'mirror')
    const rows: [string, string][] = []
    for (const [name, words] of [
      ['JSON lines', []],
      ['Markdown files', ['--format', 'markdown', '--output', mirror]],
      ['the same, nothing new', ['--format', 'markdown', '--output', mirror]],
    ] as const) {
      rows.push(...(await measure(name, words, { environment, daemonPid: daemon.pid, mirror })))
    }
    printRows(rows)
  } finally {
    await daemon.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

interface Sample {
  done: number
  command: number
  daemon: number
}

async function measure(
  name: string,
  words: readonly string[],
  { environment, daemonPid, mirror }: { environment: NodeJS.ProcessEnv; daemonPid: number; mirror: string },
): Promise<[string, string][]> {
  const entry = join(import.meta.dirname, '..', '..', 'daemon', 'inlet.js')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry, 'export', ...words], {
    ...{ cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
  })
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
  const peaks = (which: 'command' | 'daemon') => {
    const until = (share: number) =>
      Math.max(...samples.filter(({ done }) => done <= whole * share).map(sample => sample[which]))
    const [first, second] = [until(0.1), until(1)]
    if (!Number.isFinite(first)) return megabytes(second)
    return `${megabytes(first)} until ${total / 10}, ${megabytes(second)} until ${total}: ratio ${(second / first).toFixed(2)}`
  }
  return [
    [name, `${seconds.toFixed(1)} s, ${Math.round(total / seconds)} a second`],
    ['  peak memory of the command', peaks('command')],
    ['  peak memory of the daemon', peaks('daemon')],
  ]
}

/** The process may be over by now. */
function rssOf({ pid = 0 }: ChildProcess): number {
  try {
    return readRssBytes(pid) || 0
  } catch {
    return 0
  }
}

async function run(words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, words, { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}`)
}
