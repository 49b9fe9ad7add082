/** What inlet counts of itself: how it is going and what it has, never whose or where. */
import type { Clock } from './clock.ts'
import { Failure, isFailure } from './errors.ts'
import type { Health } from './inlet.ts'
import type { JobQueue } from './jobs.ts'
import { createMeter, type Declarations, type Meter, type Sample, type Series } from './meter.ts'
import type { Plugin } from './plugin.ts'
import type { Store, Tally } from './store/store.ts'
import type { StreamTransport } from './transport.ts'

const declarations = {
  inlet_jobs_total: {
    ...{ type: 'counter', labels: ['source', 'status', 'category'] },
    help: 'Syncs that ended, and why where they failed.',
  },
  inlet_job_duration_seconds: {
    ...{ type: 'histogram', labels: ['source'], buckets: [1, 5, 15, 60, 300, 900, 3600, 14_400] },
    help: 'How long syncs took from their start to their end.',
  },
  inlet_entity_changes_total: {
    ...{ type: 'counter', labels: ['source', 'change'] },
    help: 'What syncs did with the entities that they read.',
  },
  inlet_provider_requests_total: {
    ...{ type: 'counter', labels: ['provider', 'purpose', 'status'] },
    help: 'Requests to providers, by the class of the answer; "none" where there was no answer.',
  },
  inlet_provider_request_duration_seconds: {
    ...{ type: 'histogram', labels: ['provider'], buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
    help: 'How long providers took to answer.',
  },
  inlet_provider_wait_seconds_total: {
    ...{ type: 'counter', labels: ['provider', 'reason'] },
    help: 'Time that syncs were told, or decided, to wait before asking a provider again.',
  },
  inlet_token_refreshes_total: {
    ...{ type: 'counter', labels: ['provider', 'result'] },
    help: 'Tokens that were renewed, or why they were not.',
  },
  inlet_webhook_deliveries_total: {
    ...{ type: 'counter', labels: ['result'] },
    help: 'Attempts to deliver a message to a webhook.',
  },
  inlet_queue_jobs: {
    type: 'gauge',
    labels: ['state'],
    help: 'Syncs that run now, and those that wait for their turn.',
  },
  inlet_connections: { type: 'gauge', labels: ['source', 'status'], help: 'Connections, by how they are.' },
  inlet_entities: { type: 'gauge', labels: ['source', 'type'], help: 'Entities in the store.' },
  inlet_webhook_pending_deliveries: { type: 'gauge', labels: [], help: 'Messages that wait to be delivered.' },
  inlet_store_bytes: { type: 'gauge', labels: [], help: 'Size of the database on the disk.' },
  inlet_ready: { type: 'gauge', labels: ['part'], help: 'Whether a part is up: the store, the vault, the scheduler.' },
} as const satisfies Declarations

export type CoreMeter = Meter<typeof declarations>
/** What counts; what it counts into is passed in. */
export type Counting = Pick<CoreMeter, 'count' | 'observe'>

/** One that begins at zero where it is known what will be counted, so that the first of its kind is an increase. */
export function createCoreMeter(plugins: readonly Plugin[]): CoreMeter {
  const meter = createMeter(declarations)
  for (const { id, sources } of plugins) {
    meter.count('inlet_token_refreshes_total', { provider: id, result: 'renewed' }, 0)
    for (const { shortName: source } of sources) {
      meter.count('inlet_jobs_total', { source, status: 'completed', category: '' }, 0)
      for (const change of ['inserted', 'updated', 'deleted', 'kept'])
        meter.count('inlet_entity_changes_total', { source, change }, 0)
    }
  }
  return meter
}

const connectionStates = ['active', 'failing', 'needs_reauth', 'pending_auth']

/** Everything that was counted, and how things are now; what only the store knows is left out while it is not open. */
export async function measure(parts: {
  meter: CoreMeter
  store: Pick<Store, 'tally' | 'status'>
  queue: Pick<JobQueue, 'load'>
  plugins: readonly Plugin[]
  health(): Promise<Health>
}): Promise<Series[]> {
  const health = await parts.health()
  const kept = await stored(parts.store).catch(() => undefined)
  const { running, waiting } = parts.queue.load()
  const now: Gauges = {
    inlet_queue_jobs: [
      { labels: { state: 'running' }, value: running },
      { labels: { state: 'waiting' }, value: waiting },
    ],
    ...(kept && gaugesOf(kept, parts.plugins)),
    inlet_ready: Object.entries(health).map(([part, isUp]) => ({ labels: { part }, value: isUp ? 1 : 0 })),
  }
  const gauges = Object.entries(now).map(([name, samples]): Series => {
    const { help } = declarations[name as keyof typeof declarations]
    return { name, help, type: 'gauge', samples }
  })
  return [...parts.meter.series(), ...gauges]
}

type Gauges = Record<string, Sample[]>

interface Kept {
  tally: Tally
  bytes: number
}

async function stored(store: Pick<Store, 'tally' | 'status'>): Promise<Kept> {
  const [tally, { bytes }] = await Promise.all([store.tally(), store.status()])
  return { tally, bytes }
}

function gaugesOf({ tally, bytes }: Kept, plugins: readonly Plugin[]): Gauges {
  const sources = plugins.flatMap(plugin => plugin.sources.map(({ shortName }) => shortName))
  const counts = new Map(tally.connections.map(({ source, status, count }) => [`${source} ${status}`, count]))
  return {
    inlet_connections: sources.flatMap(source =>
      connectionStates.map(status => ({ labels: { source, status }, value: counts.get(`${source} ${status}`) ?? 0 })),
    ),
    inlet_entities: tally.entities.map(({ source, entityType, count }) => ({
      labels: { source, type: entityType },
      value: count,
    })),
    inlet_webhook_pending_deliveries: [{ labels: {}, value: tally.pendingDeliveries }],
    inlet_store_bytes: [{ labels: {}, value: bytes }],
  }
}

/** The same transport, its exchanges counted as a provider's. */
export function countingTransport<Part extends Partial<StreamTransport>>(
  transport: Part,
  { meter, clock, provider, purpose }: { meter: Counting; clock: Clock; provider: string; purpose: 'sync' | 'proxy' },
): Part {
  const { send, open } = transport
  return {
    ...transport,
    ...(send && { send: request => timed(() => send(request), request.signal) }),
    ...(open && { open: request => timed(() => open(request), request.signal) }),
  }

  async function timed<Answer extends { status: number }>(
    exchange: () => Promise<Answer>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const startedMs = clock.monotonic()
    const end = (status: string) => {
      meter.count('inlet_provider_requests_total', { provider, purpose, status })
      meter.observe('inlet_provider_request_duration_seconds', { provider }, (clock.monotonic() - startedMs) / 1000)
    }
    try {
      const answer = await exchange()
      end(answer.status === 429 ? '429' : `${Math.floor(answer.status / 100)}xx`)
      return answer
    } catch (error) {
      // Who gave it up says nothing of the provider.
      if (!signal?.aborted) end('none')
      throw error
    }
  }
}

/** How a refresh ended, in a word of the table of failures. */
export function resultOf(error: unknown): string {
  return isFailure(error) ? error.code : new Failure('internal', '').code
}
