/** A part of `sync.ts` and `sdk.ts`: one first sync of some providers, with all that belongs to it. */
import './daemon-heap.ts'
import { once } from 'node:events'
import { createInlet } from '../../core/index.ts'
import { plugins } from '../../plugins/index.ts'
import { followToEnd } from './follow.ts'
import { watchDelay } from './measure.ts'
import type { Shapes } from './shapes/index.ts'

interface Input {
  dataDir: string
  providers: Shapes['providers']
  names: readonly string[]
}

const [{ dataDir, providers, names }] = (await once(process, 'message')) as [Input]
const inlet = await createInlet({ dataDir, plugins, providers })
await inlet.collections.create({ name: 'Bench', readableId: 'bench' })
const delay = watchDelay()
const startedAt = performance.now()
const ends = await Promise.all(names.map(sync))
const seconds = (performance.now() - startedAt) / 1000
const { p99Ms: delayMs } = delay.stop()
await inlet.close()
process.send?.({ seconds, entities: ends.reduce((sum, count) => sum + count, 0), delayMs })
process.disconnect()

async function sync(shortName: string): Promise<number> {
  const { id, lastJob } = await inlet.connections.create({
    ...{ shortName, name: shortName, collection: 'bench', authFields: { access_token: 'bench' } },
  })
  return (await followToEnd(inlet, id, lastJob?.id ?? '')).inserted
}
