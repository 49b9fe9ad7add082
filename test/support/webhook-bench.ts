/** Webhooks over a real store and vault, with a clock that is told and a receiver that does what the test says. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Happening } from '../../core/events.ts'
import type { CreateWebhook, Webhooks, WebhookView } from '../../core/inlet.ts'
import { silentLog } from '../../core/log.ts'
import { openStore } from '../../core/store/index.ts'
import type { Store } from '../../core/store/store.ts'
import type { HttpAnswer, HttpRequest } from '../../core/transport.ts'
import { openVault, type Vault } from '../../core/vault/index.ts'
import { createCourier } from '../../core/webhooks/courier.ts'
import { createWebhooks } from '../../core/webhooks/webhooks.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'

/** A status, with headers if need be, or what is thrown. */
export type Reaction = number | { status: number; headers: Record<string, string> } | Error

export interface Received {
  at: number
  id: string
  type: string
  request: HttpRequest
  reaction: Reaction
}

export interface WebhookBench {
  store: Store
  vault: Vault
  clock: FakeClock
  webhooks: Webhooks
  /** Every request, in order. */
  received: Received[]
  /** Ids of what was answered well, in order. */
  taken(): string[]
  /** What the receiver does; 204 to begin with. */
  react: (type: string, request: HttpRequest) => Reaction | Promise<Reaction>
  create(input?: Partial<CreateWebhook>): Promise<WebhookView & { secret: string }>
  /** Something happens; the ids of its events. */
  tell(...happenings: Happening[]): Promise<string[]>
  /** Lets time pass, and everything be done that there is to do meanwhile. */
  pass(ms: number, stepMs?: number): Promise<void>
  /** Ends the courier, and begins another one on the same folder. */
  restart(): Promise<void>
  /** While it is full, no attempt can be recorded. */
  disk: { isFull: boolean }
  /** How many deliveries were read at once, each time. */
  pages: number[]
}

export const url = 'https://receiver.example/hook/path-secret'

export async function webhookBench(start?: number): Promise<WebhookBench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlet-webhooks-'))
  const clock = fakeClock(start)
  const store = await openStore({ file: join(dataDir, 'inlet.db'), readers: 1, clock })
  const vault = await openVault({ dataDir, environment: {}, log: silentLog, clock })
  const disk = { isFull: false }
  const pages: number[] = []
  const pending = new Set<Promise<unknown>>()
  const counted = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name, target) as unknown
        if (typeof member !== 'function') return member
        return (...input: unknown[]) => {
          if (name === 'recordAttempt' && disk.isFull) return Promise.reject(new Error('the disk is full'))
          const result = member.apply(target, input) as unknown
          if (!(result instanceof Promise)) return result
          pending.add(result)
          if (name === 'pendingDeliveries') result.then(page => pages.push((page as unknown[]).length)).catch(() => {})
          return result.finally(() => pending.delete(result))
        }
      },
    })
  const received: Received[] = []
  const transport = {
    async send(request: HttpRequest): Promise<HttpAnswer> {
      const type = typeOf(request)
      const entry = { at: clock.now(), id: request.headers['webhook-id'] ?? '', type, request, reaction: 0 as Reaction }
      received.push(entry)
      const reacting = Promise.resolve(bench.react(type, request))
      const aborted = new Promise<never>((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason), { once: true })
      })
      const reaction = await Promise.race([reacting, aborted])
      entry.reaction = reaction
      if (reaction instanceof Error) throw reaction
      const answer = typeof reaction === 'number' ? { status: reaction, headers: {} } : reaction
      return { ...answer, body: new Uint8Array() }
    },
  }
  const parts = { store: counted(store), vault: counted(vault), transport, clock, random: () => 0.5, log: silentLog }
  let courier = createCourier(parts)
  const closing = new AbortController()
  const poke = { poke: () => courier.poke() }
  const bench: WebhookBench = {
    ...{ store, vault, clock, received, disk, pages },
    webhooks: createWebhooks({ ...parts, courier: { ...courier, ...poke }, closing: closing.signal }),
    taken: () => received.filter(({ reaction }) => reaction === 204).map(({ id }) => id),
    react: () => 204,
    async create(input = {}) {
      const { webhook, secret } = await bench.webhooks.create({ url, ...input })
      return { ...webhook, secret: secret.reveal() }
    },
    async tell(...happenings) {
      const { sequence: last } = await store.lastEvent()
      await store.addEvents(happenings)
      return (await store.events({ after: last, limit: 10_000 })).events.map(({ id }) => id)
    },
    async pass(ms, stepMs = 5000) {
      for (let left = ms; left > 0; left -= stepMs) {
        await quiet()
        await clock.advance(Math.min(left, stepMs))
      }
      await quiet()
    },
    async restart() {
      await courier.stop()
      courier = createCourier(parts)
      courier.start()
    },
  }
  courier.start()
  onTestFinished(async () => {
    await clock.run(courier.stop())
    await vault.close()
    await store.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  return bench

  async function quiet(): Promise<void> {
    for (let still = 0; still < 8; ) {
      // To look again and again would take the processor from the thread that is waited for.
      if (pending.size > 0) await Promise.allSettled(pending)
      await new Promise(resolve => setImmediate(resolve))
      still = pending.size === 0 ? still + 1 : 0
    }
  }
}

function typeOf({ body }: HttpRequest): string {
  const parsed = JSON.parse(String(body)) as { type?: string; title?: string }
  return parsed.type ?? parsed.title ?? ''
}

export function clientRefused(message: string): Happening {
  return { type: 'client.refused', provider: 'google', message }
}

export function jobCompleted(collection: string, connectionId = 'one'): Happening {
  const about = { connectionId, connectionName: 'My mail', source: 'gmail', collection, jobId: 'job' }
  return { type: 'job.completed', ...about, inserted: 1, updated: 2, deleted: 3 }
}
