/**
 * Runs one source of a plugin against a fake provider with the real parts: HTTP client, engine, content, store. Waits
 * pass at once and are recorded.
 */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { createApi } from '../../core/api.ts'
import type { Clock } from '../../core/clock.ts'
import { drain, type Totals } from '../../core/engine.ts'
import { Failure } from '../../core/errors.ts'
import { createPacer } from '../../core/pacer.ts'
import type { Config, Endpoints, Plugin } from '../../core/plugin.ts'
import { Secret } from '../../core/secret.ts'
import type { EntityRow, Store } from '../../core/store/store.ts'
import type { TokenSource } from '../../core/tokens.ts'
import { perFile } from './per-file.ts'
import { insertJob, liveEntities, openWorkbench } from './source-suite/workbench.ts'
import { storeConnection } from './stored-connection.ts'

export interface HarnessOptions {
  plugin: Plugin
  shortName: string
  endpoints: Endpoints
  config?: Config
  /** The bearer token; default `good-token`. A function is asked anew for each request. */
  token?: string | (() => string)
  /** Wall clock at the start, in milliseconds since 1970. */
  now?: number
}

export interface RunOptions {
  signal?: AbortSignal
  /** A run with a one-off token. */
  override?: { proven: boolean }
}

export interface RunResult extends Totals {
  requests: number
}

export interface Harness {
  store: Store
  /** Waits so far, in milliseconds. */
  slept: number[]
  /** Moves the wall clock. */
  advance(ms: number): void
  /** One sync, from the stored cursor. @throws Failure that ended it; what it had brought in is kept */
  run(options?: RunOptions): Promise<RunResult>
  configure(config: Config): Promise<void>
  cursor(): Promise<unknown>
  /** Everything live, by `type:id`. */
  entities(): Promise<Map<string, EntityRow>>
  close(): Promise<void>
}

/** Opening a store starts three threads, so the harnesses of one test file share theirs; each has its own connection. */
const sharedWorkbench = perFile(openWorkbench)

export async function createHarness(options: HarnessOptions): Promise<Harness> {
  const { plugin, shortName, endpoints, token = 'good-token' } = options
  const source = plugin.sources.find(candidate => candidate.shortName === shortName)
  if (!source) throw new Error(`no source ${shortName}`)
  const { store, content, downloads, transport, leftovers } = await sharedWorkbench()
  const slept: number[] = []
  let now = options.now ?? Date.UTC(2026, 0, 15, 12)
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      slept.push(ms)
      now += ms
    },
  }
  const tokens: TokenSource = {
    token: async () => ({ secret: new Secret(typeof token === 'string' ? token : token()), generation: 1 }),
    renew: async () => {
      throw new Failure('token_expired', 'the token was refused')
    },
  }
  const createdAt = new Date(now).toISOString()
  const config = { ...options.config } as Record<string, never>
  const collection = `collection-${randomUUID()}`
  const { id: connectionId } = await storeConnection(store, { shortName, config, createdAt, collection })

  return {
    store,
    slept,
    advance(ms) {
      now += ms
    },
    async run({ signal = new AbortController().signal, override } = {}) {
      const connection = await current()
      const jobId = await insertJob(store, connectionId, new Date(now).toISOString())
      let requests = 0
      const onRequest = () => {
        requests++
      }
      const pacer = createPacer(clock, plugin.limits ?? {})
      const api = createApi({
        ...{ plugin, endpoints, tokens, pacer, transport, clock, signal, onRequest },
        random: () => 0.5,
      })
      const config = connection.config as Config
      const input = { connection, jobId, source, api, endpoints, config, signal, override, downloads }
      try {
        const totals = await drain(store, content, clock, { ...input, requests: () => requests })
        await store.updateJob(jobId, { status: 'completed' })
        return { ...totals, requests }
      } catch (error) {
        await store.updateJob(jobId, { status: 'failed' })
        throw error
      } finally {
        expect(await leftovers(), 'files that were downloaded and are still there').toEqual([])
      }
    },
    async configure(config) {
      await store.updateConnection(connectionId, { config: { ...config } as Record<string, never> })
    },
    cursor: async () => (await current()).cursor,
    async entities() {
      return liveEntities(store, collection, ':')
    },
    close: () => store.deleteConnection(connectionId, true),
  }

  async function current() {
    const connection = await store.connection(connectionId)
    if (!connection) throw new Error('the connection is gone')
    return connection
  }
}
