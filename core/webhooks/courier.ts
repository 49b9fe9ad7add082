/** Brings what is to be delivered to all webhooks, each in its own time, a few requests at once. */
import { notNeeded } from '../clock.ts'
import { type Gate, openGate, type RoundOptions, sendRound } from './round.ts'
import { dayMs } from './schedule.ts'

export interface Courier {
  start(): void
  /** Looks again at once: there is something new, or what was in the way may be gone. */
  poke(): void
  /** Sends nothing new, and gives what is being sent a moment to come to its end. */
  stop(): Promise<void>
}

/** The wall clock is looked at this often, in milliseconds: a sleep or a correction is found out within it. */
const tickMs = 30_000
/** A clock that went back further than this makes every next attempt too late, in milliseconds. */
const clockStepMs = 60_000
/** Requests under way to all receivers together. */
const mostAtOnce = 8
/** What a stop gives requests that are under way, in milliseconds. */
const stopMs = 3000

export function createCourier(parts: Omit<RoundOptions, 'signal' | 'stopping' | 'enter'>): Courier {
  const { store, clock, log } = parts
  const stopping = new AbortController()
  const ending = new AbortController()
  const options: RoundOptions = {
    ...parts,
    signal: ending.signal,
    stopping: stopping.signal,
    enter: limiter(mostAtOnce),
  }
  /** The work for each webhook that has anything pending. */
  const working = new Map<string, Promise<void>>()
  const gates = new Map<string, Gate>()
  let nap = new AbortController()
  let loop: Promise<void> | undefined
  // How far the wall clock is ahead of the monotonic one; a drop means it was set back.
  let lead = clock.now() - clock.monotonic()

  return {
    start() {
      store.onEvents(poke)
      loop = watch()
    },
    poke,
    async stop() {
      stopping.abort()
      poke()
      const timer = new AbortController()
      clock.sleep(stopMs, timer.signal).then(
        () => ending.abort(),
        () => {},
      )
      await loop
      await Promise.all(working.values())
      timer.abort()
    },
  }

  function poke(): void {
    const before = nap
    nap = new AbortController()
    before.abort(notNeeded)
  }

  async function watch(): Promise<void> {
    await noticeFuture().catch(error =>
      log.error({ err: error }, 'what is to be delivered could not be looked through'),
    )
    while (!stopping.signal.aborted) {
      const { signal } = nap
      try {
        await noticeStep()
        for (const id of await store.busyWebhooks()) if (!working.has(id)) begin(id)
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error }, 'what is to be delivered could not be read')
      }
      await clock.sleep(tickMs, signal).catch(() => {})
    }
  }

  function begin(id: string): void {
    const done = work(id).then(
      () => {
        working.delete(id)
        gates.delete(id)
        // Something may have come in when it was just about to end.
        poke()
      },
      error => {
        working.delete(id)
        if (!stopping.signal.aborted) log.error({ webhookId: id, err: error }, 'deliveries stopped; they go on soon')
      },
    )
    working.set(id, done)
  }

  async function work(id: string): Promise<void> {
    const gate = gates.get(id) ?? openGate()
    gates.set(id, gate)
    while (!stopping.signal.aborted) {
      const { signal } = nap
      const waitMs = await sendRound(id, gate, options)
      if (waitMs === undefined) return
      await clock.sleep(Math.min(tickMs, waitMs), signal).catch(() => {})
    }
  }

  /** Times that no wait leads to were noted by a clock that was wrong. */
  async function noticeFuture(): Promise<void> {
    const now = clock.now()
    const beyond = new Date(now + dayMs).toISOString()
    await store.hastenDeliveries({ beyond, now: new Date(now).toISOString() })
  }

  async function noticeStep(): Promise<void> {
    const now = clock.now()
    const stepMs = now - clock.monotonic() - lead
    lead += stepMs
    if (stepMs > -clockStepMs) return
    log.warn({ stepMs }, 'the wall clock was set back; what waits for a later attempt is tried now')
    await store.hastenDeliveries({ now: new Date(now).toISOString() })
  }
}

/** At most so many are inside at once; the others wait in the order in which they came. */
function limiter(most: number): () => Promise<() => void> {
  let inside = 0
  const waiting: (() => void)[] = []
  return async () => {
    if (inside < most) inside++
    else await new Promise<void>(resolve => waiting.push(resolve))
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const next = waiting.shift()
      if (next) next()
      else inside--
    }
  }
}
