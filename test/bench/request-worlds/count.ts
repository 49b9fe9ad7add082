/** Counts what inlet and the official SDK ask of a provider. */
import { createInlet, systemClock } from '../../../core/index.ts'
import { plugins } from '../../../plugins/index.ts'
import { followToEnd } from '../follow.ts'
import { identify } from './identity.ts'
import type { World } from './world.ts'

export interface Counts {
  /** To know whose account it is: once, in the first job, while the SDKs' loops do not ask. */
  identity: number
  /** Without those. */
  first: number
  /** Right after the first one. */
  quiet: number
  /** After a quarter of an hour in which nothing happened. */
  later: number
  sdk: { first: number; quiet: number }
}

const quarterMs = 15 * 60_000

/** @param dataDir a folder of its own @throws Error where a side has not read everything */
export async function countRequests(world: World, size: number, dataDir: string): Promise<Counts> {
  const account = await world.start(size)
  // It stands still: how long a sync takes here must not decide about what the next one asks.
  let now = systemClock.now()
  const clock = { ...systemClock, now: () => now }
  const inlet = await createInlet({ dataDir, plugins, providers: account.providers, clock })
  try {
    await inlet.collections.create({ name: 'Bench', readableId: 'bench' })
    const { shortName } = world
    const authFields = { access_token: 'good-token' }
    const about = { shortName, name: shortName, collection: 'bench', authFields, syncImmediately: false }
    const { id } = await inlet.connections.create(about)
    const identity = await counted(() => identify(shortName, account))
    let inserted = 0
    const sync = async () => {
      inserted += (await followToEnd(inlet, id, (await inlet.connections.run(id)).id)).inserted
    }
    const first = (await counted(sync)) - identity
    const quiet = await counted(sync)
    now += quarterMs
    const later = await counted(sync)
    let read = 0
    const sdk = {
      first: await counted(async () => {
        read = await account.sdk.first()
      }),
      quiet: await counted(() => account.sdk.quiet()),
    }
    for (const [side, count] of Object.entries({ inlet: inserted, sdk: read })) {
      if (count < account.entities) {
        throw new Error(`${world.shortName}: ${side} has read ${count} of ${account.entities} entities`)
      }
    }
    return { identity, first, quiet, later, sdk }
  } finally {
    await inlet.close()
    await account.close()
  }

  async function counted(work: () => Promise<unknown>): Promise<number> {
    const before = await account.requests()
    await work()
    return (await account.requests()) - before
  }
}
