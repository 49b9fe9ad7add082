/**
 * `npm run bench` runs all benches, each in a process of its own, and ends with one table and a JSON file;
 * `npm run bench -- NAME …` runs those named. `--scale 0.01` takes a hundredth of everything, to see that it works:
 * targets are for the full size. Ends with 1 where a target was missed, or a bench failed.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench, Finding } from './bench.ts'
import { isMet, ratioOf } from './bench.ts'
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
    json: { type: 'string', default: 'bench-results.json' },
    /** Set for the process of one bench: where its findings go, and the folder it shares with the others. */
    findings: { type: 'string' },
    scratch: { type: 'string' },
  },
})
const scale = Number(values.scale)
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const known = { ...benches, ...onRequest }
const unknown = names.filter(name => !Object.hasOwn(known, name))

if (unknown.length > 0 || !(scale > 0 && scale <= 1)) {
  process.stderr.write(
    unknown.length > 0
      ? `there is no bench ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}\n`
      : '--scale is above 0, up to 1\n',
  )
  process.exitCode = 2
} else if (values.findings !== undefined) {
  await writeFile(values.findings, JSON.stringify(await findingsOf(names[0] ?? '', values.scratch ?? '')))
} else {
  await runAll()
}

async function findingsOf(name: string, scratch: string): Promise<Finding[]> {
  const loaded = await known[name]?.()
  if (!loaded) return []
  log(`${name}: ${loaded.bench.title}`)
  return loaded.bench.run({ count: full => Math.max(1, Math.round(full * scale)), scratch, log })
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function runAll(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'inlet-bench-'))
  const rows: Row[] = []
  const failed: string[] = []
  try {
    for (const name of names) {
      const startedAt = performance.now()
      const findings = await runApart(name, scratch)
      if (findings) rows.push(...findings.map(finding => ({ bench: name, ...finding })))
      else failed.push(name)
      // After each: who stops it after an hour has the hour's figures.
      await keep(rows, failed)
      log(`${name}: took ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const missed = rows.filter(row => isMet(row) === false).length
  process.stdout.write(
    `${toTable(rows)}\n\n${Object.values(machine).join(', ')}\n` +
      `${rows.length} figures, ${missed} targets missed${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}; all of it is in ${values.json}\n`,
  )
  if (failed.length > 0 || (missed > 0 && scale === 1)) process.exitCode = 1
}

async function keep(rows: readonly Row[], failed: readonly string[]): Promise<void> {
  const results = rows.map(row => ({ ...row, ratio: ratioOf(row), met: isMet(row) }))
  await writeFile(values.json, `${JSON.stringify({ machine, scale, results, failed }, null, 2)}\n`)
}

/** Nothing of one bench, not its garbage nor what V8 has compiled for it, is there for the next one. */
async function runApart(name: string, scratch: string): Promise<Finding[] | undefined> {
  const file = join(scratch, `findings-${name}.json`)
  const words = [import.meta.filename, name, '--scale', values.scale, '--findings', file, '--scratch', scratch]
  const child = spawn(process.execPath, ['--expose-gc', ...words], { stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return code === 0 ? readFindings(await readFile(file, 'utf8')) : undefined
}

/** JSON has no word for what was too little to be measured. */
function readFindings(text: string): Finding[] {
  return JSON.parse(text, (_name, value: unknown) => (value === null ? Number.NaN : value)) as Finding[]
}
