/**
 * A quiet run and one with ten changes, with ever more entities stored: they grow neither in time nor in requests. One
 * connection to Gmail and one to Slack hold the entities; each size is a store of its own, first synced by inlet itself.
 */
import './daemon-heap.ts'
import { join } from 'node:path'
import { createInlet } from '../../core/index.ts'
import type { Inlet } from '../../core/inlet.ts'
import { plugins } from '../../plugins/index.ts'
import type { Bench, Finding } from './bench.ts'
import { followToEnd } from './follow.ts'
import { median } from './measure.ts'
import { type Shapes, startShapes } from './shapes/index.ts'

const sizes = [1000, 100_000, 1_000_000]
const runs = 7

export const bench: Bench = {
  title: 'a quiet run, and one with 10 changes, with 1,000 to 1,000,000 entities stored',
  async run({ count, scratch, log }) {
    const worlds: World[] = []
    try {
      for (const size of sizes) worlds.push(await prepare(scratch, count(size), log))
      for (let round = 0; round <= runs; round++) {
        for (const world of worlds) {
          for (const kind of ['quiet', 'changed'] as const) await measure(world, kind, round > 0)
        }
      }
    } finally {
      for (const { inlet, shapes } of worlds) {
        await inlet.close()
        await shapes.stop()
      }
    }
    const [smallest] = worlds
    return worlds
      .slice(1)
      .flatMap(world => [
        ...findings(world, smallest, 'quiet', 'a quiet run of Gmail and Slack'),
        ...findings(world, smallest, 'changed', 'a run of both with 10 changes'),
      ])
  },
}

interface World {
  entities: number
  inlet: Inlet
  shapes: Shapes
  ids: string[]
  taken: Record<'quiet' | 'changed', { ms: number[]; requests: number[] }>
}

async function prepare(scratch: string, entities: number, log: (line: string) => void): Promise<World> {
  // A thread of two mails is an entity, too: half of what is stored is of Gmail.
  const counts = { gmail: Math.ceil(entities / 3), slack: Math.ceil(entities / 2) }
  const shapes = await startShapes(counts)
  const dataDir = join(scratch, `delta-${entities}`)
  const inlet = await createInlet({ dataDir, plugins, providers: shapes.providers })
  await inlet.collections.create({ name: 'Bench', readableId: 'bench' })
  const ids: string[] = []
  for (const shortName of Object.keys(counts)) {
    const { id, lastJob } = await inlet.connections.create({
      ...{ shortName, name: shortName, collection: 'bench', authFields: { access_token: 'bench' } },
    })
    ids.push(id)
    await followToEnd(inlet, id, lastJob?.id ?? '')
  }
  log(`  ${entities.toLocaleString('en-US')} entities are there`)
  return { entities, inlet, shapes, ids, taken: { quiet: { ms: [], requests: [] }, changed: { ms: [], requests: [] } } }
}

async function measure(
  { inlet, shapes, ids, taken }: World,
  kind: 'quiet' | 'changed',
  counts: boolean,
): Promise<void> {
  if (kind === 'changed') await shapes.change({ gmail: 5, slack: 5 })
  const before = await shapes.requests()
  const startedAt = performance.now()
  for (const id of ids) await followToEnd(inlet, id, (await inlet.connections.run(id)).id)
  const ms = performance.now() - startedAt
  if (!counts) return
  taken[kind].ms.push(ms)
  taken[kind].requests.push((await shapes.requests()) - before)
}

function findings(world: World, smallest: World | undefined, kind: 'quiet' | 'changed', name: string): Finding[] {
  const target = { of: 'ratio', atMost: 1.2 } as const
  const besides = `with ${smallest?.entities.toLocaleString('en-US')}`
  const what = `${name}, with ${world.entities.toLocaleString('en-US')} entities`
  const of = (taken: 'ms' | 'requests') => ({
    value: median(world.taken[kind][taken]),
    beside: { what: besides, value: median(smallest?.taken[kind][taken] ?? []) },
    target,
  })
  return [
    { what, unit: 'ms', ...of('ms') },
    { what: `${what}: requests`, unit: 'count', ...of('requests') },
  ]
}
