/**
 * `npm run bench` runs all benches, each in a process of its own, and ends with one table and a JSON file;
 * `npm run bench -- NAME …` runs those named. `--scale 0.01` takes a hundredth of everything, to see that it works:
 * targets are for the full size. Ends with 1 where a target was missed, a bench failed, or something was not measured
 * because what it takes is not there.
 */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Outcome } from './bench.ts'
import { isMet, ratioOf } from './bench.ts'
import { endOfRun, endWhenTold } from './endings.ts'
import { makeScratch } from './scratch.ts'
import { type Row, toTable } from './table.ts'

/** In the order they run: those that can use what another has seeded come after it. */
const benches: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  sync: () => import('./sync.ts'),
  delta: () => import('./delta.ts'),
  search: () => import('./search.ts'),
  passages: () => import('./passages.ts'),
  start: () => import('./start.ts'),
  api: () => import('./api.ts'),
  disk: () => import('./disk.ts'),
  scale: () => import('./scale.ts'),
  memory: () => import('./memory.ts'),
  export: () => import('./export.ts'),
  files: () => import('./files.ts'),
  quota: () => import('./quota.ts'),
  requests: () => import('./requests.ts'),
  sdk: () => import('./sdk.ts'),
  peers: () => import('./peers.ts'),
}

/** Those that need the registry of npm: run where they are named, only. */
const onRequest: Readonly<Record<string, () => Promise<{ bench: Bench }>>> = {
  libraries: () => import('./libraries.ts'),
}

/** Absolute figures are worth little without it. */
const machine = {
  processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
  node: `Node ${process.versions.node}`,
  platform: `${process.platform} ${process.arch}`,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    json: { type: 'string' },
    /** Set for the process of one bench: where its outcome goes, and the folder of the run. */
    outcome: { type: 'string' },
    scratch: { type: 'string' },
  },
})
const scale = Number(values.scale)
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const known = { ...benches, ...onRequest }
const unknown = names.filter(name => !Object.hasOwn(known, name))
/** Anything but a whole run has a file of its own. */
const file =
  values.json ??
  `${['bench-results', ...positionals, ...(scale === 1 ? [] : [`scale-${values.scale}`])].join('-')}.json`

if (unknown.length > 0 || !(scale > 0 && scale <= 1)) {
  process.stderr.write(
    unknown.length > 0
      ? `there is no bench ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}\n`
      : '--scale is above 0, up to 1\n',
  )
  process.exitCode = 2
} else if (values.outcome !== undefined) {
  endWhenTold()
  await writeFile(values.outcome, JSON.stringify(await outcomeOf(names[0] ?? '', values.scratch ?? '')))
} else {
  await runAll()
}

async function outcomeOf(name: string, folder: string): Promise<Outcome> {
  const loaded = await known[name]?.()
  if (!loaded) return { findings: [], skipped: [] }
  log(`${name}: ${loaded.bench.title}`)
  const [scratch, shared] = [join(folder, name), join(folder, 'shared')]
  for (const path of [scratch, shared]) await mkdir(path, { recursive: true })
  const skipped: string[] = []
  const skip = (what: string) => {
    skipped.push(what)
    log(`${name}: not measured: ${what}`)
  }
  const findings = await loaded.bench.run({
    ...{ count: full => Math.max(1, Math.round(full * scale)), scratch, shared, log, skip },
  })
  return { findings, skipped }
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** What a run has brought so far. */
interface Results {
  rows: Row[]
  skipped: { bench: string; what: string }[]
  failed: string[]
  /** Whether what was written to the disk went to memory. */
  isInMemory: boolean
}

async function runAll(): Promise<void> {
  const end = endOfRun()
  const { folder, isInMemory } = await makeScratch(scale, log)
  const results: Results = { rows: [], skipped: [], failed: [], isInMemory }
  try {
    for (const name of names) {
      const startedAt = performance.now()
      const outcome = await runApart(name, folder, end)
      if (end.aborted) break
      results.rows.push(...(outcome?.findings ?? []).map(finding => ({ bench: name, ...finding })))
      results.skipped.push(...(outcome?.skipped ?? []).map(what => ({ bench: name, what })))
      if (!outcome) results.failed.push(name)
      await removeFolder(join(folder, name))
      // After each: who stops it after an hour has the hour's figures.
      await keep(results)
      log(`${name}: took ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`)
    }
  } finally {
    await removeFolder(folder)
  }
  if (end.aborted) {
    log(`stopped; ${results.rows.length > 0 ? `what was measured until then is in ${file}` : 'nothing was measured'}`)
    process.exitCode = Number(end.reason)
    return
  }
  const missed = results.rows.filter(row => isMet(row) === false).length
  process.stdout.write(
    `${toTable(results.rows)}\n\n${Object.values(machine).join(', ')}\n${summary(results, missed)}\n`,
  )
  if (results.failed.length > 0 || ((missed > 0 || results.skipped.length > 0) && scale === 1)) process.exitCode = 1
}

function summary({ rows, skipped, failed, isInMemory }: Results, missed: number): string {
  const parts = [
    `${rows.length} figures, ${missed} targets missed`,
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    ...(skipped.length > 0
      ? [`not measured: ${skipped.map(({ bench, what }) => `${bench}, ${what}`).join('; ')}`]
      : []),
    ...(isInMemory ? ['in a folder in memory, so that nothing waited for a disk'] : []),
  ]
  return `${parts.join('; ')}; all of it is in ${file}`
}

async function keep({ rows, skipped, failed, isInMemory }: Results): Promise<void> {
  const results = rows.map(row => ({ ...row, ratio: ratioOf(row), met: isMet(row) }))
  await writeFile(file, `${JSON.stringify({ machine, scale, isInMemory, results, skipped, failed }, null, 2)}\n`)
}

/** Nothing of one bench, not its garbage nor what V8 has compiled for it, is there for the next one. */
async function runApart(name: string, folder: string, end: AbortSignal): Promise<Outcome | undefined> {
  if (end.aborted) return undefined
  const outcome = join(folder, `outcome-${name}.json`)
  const words = [import.meta.filename, name, '--scale', values.scale, '--outcome', outcome, '--scratch', folder]
  const child = spawn(process.execPath, ['--expose-gc', ...words], { stdio: ['ignore', 'inherit', 'inherit'] })
  const stop = () => void child.kill('SIGTERM')
  end.addEventListener('abort', stop)
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  end.removeEventListener('abort', stop)
  return code === 0 ? readOutcome(await readFile(outcome, 'utf8')) : undefined
}

/** JSON has no word for what was too little to be measured. */
function readOutcome(text: string): Outcome {
  return JSON.parse(text, (_name, value: unknown) => (value === null ? Number.NaN : value)) as Outcome
}

/** What was writing to it may still be about to end. */
function removeFolder(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
