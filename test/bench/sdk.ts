/** The official SDKs fetching, and nothing else, beside first syncs of the same providers with all that belongs to them. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Finding } from './bench.ts'
import { median } from './measure.ts'
import { runPart } from './programs.ts'
import { startShapes } from './shapes/index.ts'

const rounds = 3

const sdks = { gmail: '@googleapis/gmail', slack: '@slack/web-api', notion: '@notionhq/client' } as const

export const bench: Bench = {
  title: 'first syncs, stored and indexed, beside the official SDKs fetching the same alone',
  async run({ count, scratch, log }) {
    const counts = { gmail: count(20_000), slack: count(50_000), notion: count(3_000) }
    const names = ['gmail', 'slack', 'notion'] as const
    const shapes = await startShapes(counts)
    const findings: Finding[] = []
    try {
      for (const name of names) {
        const times = { ours: [] as number[], sdk: [] as number[] }
        for (let round = 0; round < rounds; round++) {
          const dataDir = join(scratch, `sdk-${name}-${round}`)
          const sync = async () => {
            const ours = await runPart<Part>('sync-ours.ts', { dataDir, providers: shapes.providers, names: [name] })
            times.ours.push(ours.seconds)
            await rm(dataDir, { recursive: true, force: true })
          }
          const fetchAlone = async () => {
            const sdk = await runPart<Part>('sdk-fetch.ts', { name, url: shapes.url })
            if (sdk.items !== counts[name]) throw new Error(`the SDK has fetched ${sdk.items} of ${counts[name]}`)
            times.sdk.push(sdk.seconds)
          }
          for (const side of round % 2 === 0 ? [sync, fetchAlone] : [fetchAlone, sync]) await side()
          log(`  ${name}: ${JSON.stringify(times)}`)
        }
        findings.push({
          what: `first sync of ${counts[name].toLocaleString('en-US')} items of ${name}, median of ${rounds}`,
          ...{ value: median(times.ours), unit: 's', target: { of: 'ratio', atMost: 1 } },
          beside: { what: `${sdks[name]} fetching alone`, value: median(times.sdk) },
        })
      }
    } finally {
      await shapes.stop()
    }
    return findings
  },
}

interface Part {
  seconds: number
  items?: number
}
