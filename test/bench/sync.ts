/**
 * A first sync beside its two ceilings: the same requests fetched and thrown away, and the same rows put into the same
 * tables and indexed with nothing else. All three in processes of their own, in turns.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Finding } from './bench.ts'
import { median } from './measure.ts'
import { runPart } from './programs.ts'
import { type Shapes, startShapes } from './shapes/index.ts'
import type { Counts } from './shapes/serve.ts'

const rounds = 3

export const bench: Bench = {
  title: 'first sync of 100,000 entities, beside fetching alone and inserting alone',
  async run({ count, scratch, log }) {
    // Two mails are a thread, which is an entity too.
    const counts = { gmail: count(30_000), slack: count(45_000), notion: count(10_000) }
    const shapes = await startShapes(counts)
    const findings: Finding[] = []
    try {
      const mixes = Object.entries({ 'all three': counts, ...each(counts) })
      for (const [name, mix] of mixes) {
        const times = { fetch: [] as number[], insert: [] as number[], sync: [] as number[] }
        let entities = 0
        let delayMs = 0
        for (let round = 0; round < (name === 'all three' ? rounds : 1); round++) {
          const dataDir = join(scratch, `sync-${round}`)
          const fetchAlone = async () => {
            const part = { url: shapes.url, lists: await lists(shapes, mix) }
            times.fetch.push((await runPart<Part>('sync-fetch.ts', part)).seconds)
          }
          // Inserting needs the rows that our sync leaves.
          if (round % 2 === 1) await fetchAlone()
          const synced = await runPart<Part>('sync-ours.ts', {
            dataDir,
            providers: shapes.providers,
            names: Object.keys(mix),
          })
          times.sync.push(synced.seconds)
          entities = synced.entities ?? 0
          delayMs = Math.max(delayMs, synced.delayMs ?? 0)
          if (round % 2 === 0) await fetchAlone()
          times.insert.push((await runPart<Part>('sync-insert.ts', { dataDir })).seconds)
          await rm(dataDir, { recursive: true, force: true })
          log(`  ${name}: ${JSON.stringify(times)}`)
        }
        const ours = median(times.sync)
        const [fetch, insert] = [median(times.fetch), median(times.insert)]
        const what = `first sync of ${name}, ${entities.toLocaleString('en-US')} entities`
        const beside =
          fetch > insert ? { what: 'fetching alone', value: fetch } : { what: 'inserting alone', value: insert }
        const target = name === 'all three' ? ({ of: 'ratio', atMost: 1.15 } as const) : undefined
        findings.push({ what, value: ours, unit: 's', beside, target })
        findings.push({
          what: `${name}: the event loop's delay meanwhile, p99`,
          value: delayMs,
          unit: 'ms',
          target: { of: 'value', atMost: 20 },
        })
      }
    } finally {
      await shapes.stop()
    }
    return findings
  },
}

function each(counts: Counts): Record<string, Counts> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, { [name]: count }]))
}

function lists(shapes: Shapes, mix: Counts) {
  return Promise.all(Object.keys(mix).map(name => shapes.listing(name as keyof Counts)))
}

interface Part {
  seconds: number
  entities?: number
  delayMs?: number
}
