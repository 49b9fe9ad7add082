/** A part of `sync.ts`: one first sync of some providers, with all that belongs to it. */
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInlet } from '../../core/index.ts'
import { plugins } from '../../plugins/index.ts'
import type { Shapes } from './shapes/index.ts'

interface Input {
  dataDir: string
  providers: Shapes['providers']
  names: readonly string[]
}

const [{ dataDir, providers, names }] = (await once(process, 'message')) as [Input]
const inlet = await createInlet({ dataDir, plugins, providers })
await inlet.collections.create({ name: 'Bench', readableId: 'bench' })
const resolutionMs = 5
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()
const startedAt = performance.now()
const ends = await Promise.all(names.map(sync))
const seconds = (performance.now() - startedAt) / 1000
delay.disable()
await inlet.close()
process.send?.({
  seconds,
  entities: ends.reduce((sum, count) => sum + count, 0),
  // The timer that it watches is itself that late.
  delayMs: delay.percentile(99) / 1e6 - resolutionMs,
})
process.disconnect()

async function sync(shortName: string): Promise<number> {
  const { id, lastJob } = await inlet.connections.create({
    ...{ shortName, name: shortName, collection: 'bench', authFields: { access_token: 'bench' } },
  })
  let inserted = 0
  for await (const { job } of inlet.jobs.follow(id, lastJob?.id ?? '', AbortSignal.timeout(600_000))) {
    if (job.status === 'failed') throw new Error(job.error ?? 'failed')
    inserted = job.inserted
  }
  return inserted
}
