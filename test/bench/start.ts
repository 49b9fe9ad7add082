/** From the start of the program to its first answer. */
import { spawn } from 'node:child_process'
import { constants, cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemonProcess } from '../support/daemon-process.ts'
import type { Bench, Finding } from './bench.ts'
import { median, megabytes, readRssBytes, timed } from './measure.ts'
import { largeStore } from './search.ts'

const rounds = 9
const copying = { recursive: true, mode: constants.COPYFILE_FICLONE }
const root = join(import.meta.dirname, '..', '..')

/** npm asks nobody whether there is a newer npm. */
const npmEnvironment = { npm_config_update_notifier: 'false' }

export const bench: Bench = {
  title: '`npm start` to the first answered request, with an empty and a full store, beside `node -e 0`',
  async run({ count, scratch, shared, log }) {
    const entities = count(1_000_000)
    const full = join(scratch, 'start-full')
    await cp(await largeStore(shared, entities, log), join(full, 'data'), copying)
    const nothing = await packageOfNothing(scratch)
    const empty = () => mkdtemp(join(scratch, 'start-empty-'))
    const times = { npmStart: [], npmNode: [], empty: [], full: [], node: [], uncompiled: [] } as Record<Side, number[]>
    const memory: number[] = []
    // What Node compiles at the first start of a checkout is there at every other one.
    await firstAnswer({ folder: await empty() })
    await firstAnswer({ folder: full })
    for (let round = 0; round < rounds; round++) {
      times.npmNode.push(await timed(() => run('npm', ['start', '--prefix', nothing])))
      times.npmStart.push(
        (await firstAnswer({ folder: await empty(), command: ['npm', 'start', '--prefix', root] })).ms,
      )
      times.node.push(await timed(() => run(process.execPath, ['-e', '0'])))
      const { ms, rssBytes } = await firstAnswer({ folder: await empty() })
      times.empty.push(ms)
      memory.push(megabytes(rssBytes))
      times.full.push((await firstAnswer({ folder: full })).ms)
      const environment = { NODE_DISABLE_COMPILE_CACHE: '1' }
      times.uncompiled.push((await firstAnswer({ folder: await empty(), environment })).ms)
    }
    return findingsOf(times, memory, entities)
  },
}

type Side = 'npmStart' | 'npmNode' | 'empty' | 'full' | 'node' | 'uncompiled'

function findingsOf(times: Record<Side, number[]>, memory: readonly number[], entities: number): Finding[] {
  const beyond = (side: Side, other: Side) => median(times[side].map((ms, round) => ms - (times[other][round] ?? 0)))
  const many = entities.toLocaleString('en-US')
  const within = { of: 'value', atMost: 600 } as const
  const node = { what: '`node -e 0`', value: median(times.node) }
  return [
    {
      ...{ what: '`npm start` to the first answer, new data folder', value: median(times.npmStart), unit: 'ms' },
      beside: { what: '`npm start` of `node -e 0`', value: median(times.npmNode) },
    },
    { what: 'the same, beyond what is beside it', value: beyond('npmStart', 'npmNode'), unit: 'ms', target: within },
    { what: 'without npm, new data folder', value: median(times.empty), unit: 'ms', beside: node },
    { what: 'the same, beyond Node', value: beyond('empty', 'node'), unit: 'ms', target: within },
    {
      ...{ what: `${many} entities stored`, value: median(times.full), unit: 'ms' },
      beside: { what: 'new data folder', value: median(times.empty) },
      target: { of: 'ratio', atMost: 1.1 },
    },
    { what: 'the same, beyond Node', value: beyond('full', 'node'), unit: 'ms', target: within },
    { what: 'with nothing compiled yet, beyond Node', value: beyond('uncompiled', 'node'), unit: 'ms' },
    { what: 'memory at the first answer', value: median(memory), unit: 'MB' },
  ]
}

interface Start {
  folder: string
  command?: [string, ...string[]]
  environment?: Record<string, string>
}

/** Starts the daemon, asks it for its connections as soon as it says where it listens, and stops it. */
async function firstAnswer({ folder, command, environment }: Start): Promise<{ ms: number; rssBytes: number }> {
  const startedAt = performance.now()
  const daemon = await startDaemonProcess({
    ...{ folder, ...(command && { command }) },
    environment: { ...npmEnvironment, ...environment },
  })
  try {
    const key = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
    const answer = await fetch(`${daemon.url}/source-connections`, { headers: { 'X-API-Key': key } })
    await answer.text()
    const ms = performance.now() - startedAt
    if (answer.status !== 200) throw new Error(`the first answer was ${answer.status}`)
    return { ms, rssBytes: readRssBytes(daemon.pid) }
  } finally {
    await daemon.stop()
  }
}

/** A package whose `npm start` is `node -e 0`. */
async function packageOfNothing(scratch: string): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'start-nothing-'))
  const scripts = { start: `"${process.execPath}" -e 0` }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'nothing', version: '1.0.0', scripts }))
  return folder
}

function run(program: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, ...npmEnvironment }
    const child = spawn(program, words, { stdio: 'ignore', cwd: root, env: environment })
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))))
  })
}
