/** Requests of a first sync and of a quiet one, beside those of the official SDKs' loops, counted at the provider. */
import { join } from 'node:path'
import { createInlet, type Inlet } from '../../core/index.ts'
import { plugins } from '../../plugins/index.ts'
import type { Bench, Finding } from './bench.ts'
import { firstLoops, quietLoops } from './sdk-loops.ts'
import { type Shapes, startShapes } from './shapes/index.ts'

const names = ['gmail', 'slack', 'notion'] as const

export const bench: Bench = {
  title: "requests of first syncs and quiet ones, beside the official SDKs' loops",
  async run({ count, scratch }) {
    const counts = { gmail: count(1000), slack: count(20_000), notion: count(500) }
    const shapes = await startShapes(counts)
    const inlet = await createInlet({ dataDir: join(scratch, 'requests'), plugins, providers: shapes.providers })
    await inlet.collections.create({ name: 'Bench', readableId: 'bench' })
    const findings: Finding[] = []
    try {
      for (const name of names) {
        let id = ''
        const ours = {
          'the first sync': await counted(shapes, async () => {
            const connection = await inlet.connections.create({
              ...{ shortName: name, name, collection: 'bench', authFields: { access_token: 'bench' } },
            })
            id = connection.id
            await ended(inlet, id, connection.lastJob?.id ?? '')
          }),
          'a quiet sync': await counted(shapes, async () => ended(inlet, id, (await inlet.connections.run(id)).id)),
        }
        const sdk = {
          'the first sync': await counted(shapes, () => firstLoops[name](shapes.url)),
          'a quiet sync': await counted(shapes, () => quietLoops[name](shapes.url)),
        }
        const items = counts[name].toLocaleString('en-US')
        for (const what of ['the first sync', 'a quiet sync'] as const) {
          findings.push({
            what: `${name}, ${items} items: ${what}`,
            ...{ value: ours[what], unit: 'requests', target: { of: 'ratio', atMost: 1 } },
            beside: { what: "the SDK's loop", value: sdk[what] },
          })
        }
      }
    } finally {
      await inlet.close()
      await shapes.stop()
    }
    return findings
  },
}

/** Requests that the provider has answered meanwhile; that of asking is not counted. */
async function counted(shapes: Shapes, work: () => Promise<unknown>): Promise<number> {
  const before = await shapes.requests()
  await work()
  return (await shapes.requests()) - before - 1
}

async function ended(inlet: Inlet, connectionId: string, jobId: string): Promise<void> {
  for await (const { job } of inlet.jobs.follow(connectionId, jobId, AbortSignal.timeout(600_000))) {
    if (job.status === 'failed') throw new Error(job.error ?? 'failed')
  }
}
