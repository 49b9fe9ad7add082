/** One connection of the source under test, and its runs. */
import { silentLog } from '../../../core/log.ts'
import { createPacer } from '../../../core/pacer.ts'
import type { Change, Config, Plugin, Source } from '../../../core/plugin.ts'
import { Secret } from '../../../core/secret.ts'
import type { EntityRow, Store } from '../../../core/store/store.ts'
import type { Fixture } from './fixture.ts'
import { unmarked } from './paging.ts'
import { createTokenEndpoint, type TokenEndpoint } from './token-endpoint.ts'
import { createWire, type Fault, type WireRequest } from './wire.ts'
import { insertConnection, insertJob, liveEntities, type Parts, type Workbench } from './workbench.ts'

export interface Run {
  inserted: number
  updated: number
  deleted: number
  kept: number
  skipped: number
  failed: number
  requests: readonly WireRequest[]
  /** What the source yielded, in order. */
  changes: readonly Change[]
  /** What ended it, if it did not end by itself. */
  error?: unknown
}

export interface RunOptions {
  fault?(request: WireRequest): Fault | undefined
  /** The store as this run sees it. */
  store?(store: Store): Store
  signal?: AbortSignal
}

export interface SuiteConnection {
  tokenEndpoint: TokenEndpoint
  /** One sync. What ended it is in the answer, not thrown. */
  attempt(options?: RunOptions): Promise<Run>
  /** One sync that must end well. */
  run(options?: RunOptions): Promise<Run>
  configure(config: Config): Promise<void>
  /** As if it had never synced: what it holds stays. */
  forgetCursor(): Promise<void>
  /** Everything it holds, by `type id`. */
  held(): Promise<Map<string, EntityRow>>
}

export interface Setting {
  plugin: Plugin
  source: Source
  fixture: Fixture
  parts: Parts
  workbench: Workbench
}

export async function connect(
  setting: Setting,
  config: Config = setting.fixture.config ?? {},
): Promise<SuiteConnection> {
  const { plugin, source, fixture, parts, workbench } = setting
  const { clock, store, vault } = workbench
  const { endpoints } = fixture
  const id = await insertConnection(store, source.shortName, new Date(clock.now()).toISOString())
  const origins = new Set(plugin.origins(endpoints).map(url => new URL(url).origin))
  const tokenEndpoint = createTokenEndpoint(plugin.auth.repeatable, fixture.answers?.tokens)
  await configure(config)
  await vault.put(id, {
    ...{ generation: 1, fields: {}, obtainedAt: new Date(clock.now()).toISOString(), clientId: 'client' },
    ...{ accessToken: new Secret(tokenEndpoint.accessToken), refreshToken: new Secret(tokenEndpoint.refreshToken) },
    clientSecret: new Secret('client-secret'),
  })
  const connection: SuiteConnection = { tokenEndpoint, attempt, run, configure, forgetCursor, held }
  return connection

  async function run(options: RunOptions = {}): Promise<Run> {
    const result = await attempt(options)
    if ('error' in result) throw result.error
    return result
  }

  async function attempt({ fault = () => undefined, store: disguise = same => same, signal }: RunOptions = {}) {
    clock.advance(fixture.pauseMs ?? 60_000)
    const row = await store.connection(id)
    if (!row) throw new Error('the connection is gone')
    const stop = signal ?? new AbortController().signal
    const wire = createWire({
      ...{ transport: workbench.transport, now: clock.now, origins, token: fixture.token, outgoing: unmarked },
      fault(request) {
        clock.tick()
        const { retired, accessToken } = tokenEndpoint
        const isRefused = request.bearer !== undefined && (retired || request.bearer !== accessToken)
        return isRefused ? (fixture.answers?.unauthorized ?? { status: 401, body: {} }) : fault(request)
      },
    })
    const tokens = parts.createTokens({
      ...{ vault, log: silentLog, client: () => ({}) },
      // Waits pass at once, so a limit of time on a real file or a refresh would be over before it begins.
      clock: { ...clock, sleep: untilAborted },
      send: async request => tokenEndpoint.answer(request),
    })
    const jobId = await insertJob(store, id, new Date(clock.now()).toISOString())
    const changes: Change[] = []
    const watched = watch(source, changes)
    const api = parts.createApi({
      ...{ plugin, endpoints, clock, signal: stop, transport: wire, random: () => 0.5 },
      tokens: tokens.for({ id, plugin, source, endpoints, credentialGeneration: row.credentialGeneration }),
      pacer: createPacer(clock, plugin.limits ?? {}),
    })
    const counted = { inserted: 0, updated: 0, deleted: 0, kept: 0, skipped: 0, failed: 0 }
    const result: Run = { ...counted, requests: wire.requests, changes }
    try {
      const input = { connection: row, jobId, source: watched, api, endpoints, config: row.config as Config }
      const totals = await parts.drain(disguise(store), workbench.content, clock, {
        ...{ ...input, signal: stop, downloads: workbench.downloads, requests: () => wire.requests.length },
        onProgress: totals => Object.assign(result, totals),
      })
      Object.assign(result, totals)
    } catch (error) {
      result.error = error
    } finally {
      await store.updateJob(jobId, { status: 'error' in result ? 'failed' : 'completed' })
    }
    const left = await workbench.leftovers()
    if (left.length > 0) throw new Error(`${left.length} files that were downloaded are still there`)
    if (wire.leaks.length > 0) throw new Error(`the access token went to ${wire.leaks.join(', ')}`)
    const complaints = fixture.complaints?.() ?? []
    if (complaints.length > 0) throw new Error(`the fake provider complains: ${complaints.join('; ')}`)
    return result
  }

  async function configure(changed: Config): Promise<void> {
    await store.updateConnection(id, { config: { ...changed } as Record<string, never> })
  }

  async function forgetCursor(): Promise<void> {
    await store.updateConnection(id, { cursor: null, cursorKey: null, listing: null })
  }

  async function held(): Promise<Map<string, EntityRow>> {
    return liveEntities(store, `collection-${id}`, ' ')
  }
}

/** The same source, with all that it yields written down. */
function watch(source: Source, changes: Change[]): Source {
  return {
    ...source,
    identify: context => source.identify(context),
    async *sync(context, cursor) {
      for await (const change of source.sync(context, cursor)) {
        changes.push(change)
        yield change
      }
    },
  }
}

function untilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason)
    else signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
