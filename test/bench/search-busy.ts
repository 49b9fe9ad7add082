/** A part of `search.ts`: asks an inlet with a large store before and while a first sync of Slack runs in it. */
import './daemon-heap.ts'
import { once } from 'node:events'
import { createInlet } from '../../core/index.ts'
import { plugins } from '../../plugins/index.ts'
import { timed } from './measure.ts'
import type { Shapes } from './shapes/index.ts'

interface Input {
  dataDir: string
  providers: Shapes['providers']
  queries: readonly string[]
}

const [{ dataDir, providers, queries }] = (await once(process, 'message')) as [Input]
const inlet = await createInlet({ dataDir, plugins, providers })
const rounds = 3
for (const query of queries) await ask(query)
const idle: number[] = []
for (let round = 0; round < rounds; round++) for (const query of queries) idle.push(await timed(() => ask(query)))

await inlet.collections.create({ name: 'Sync', readableId: 'sync' })
const authFields = { access_token: 'bench' }
const created = await inlet.connections.create({ shortName: 'slack', name: 'Sync', collection: 'sync', authFields })
const busy: number[] = []
for (let turn = 0; await isRunning(); turn++) busy.push(await timed(() => ask(queries[turn % queries.length] ?? '')))
await inlet.close()
process.send?.({ idle, busy })
process.disconnect()

function ask(query: string) {
  return inlet.search({ collection: 'bench', query, limit: 20, offset: 0 })
}

async function isRunning(): Promise<boolean> {
  const job = (await inlet.connections.get(created.id)).lastJob
  if (job?.status === 'failed') throw new Error(job.error ?? 'failed')
  return job?.status === 'pending' || job?.status === 'in_progress'
}
