/** Knows when something may have changed in the inlet that runs: it listens to its events. */
import type { Clock } from '../../core/clock.ts'
import { isFailure } from '../../core/errors.ts'
import type { CommandContext } from '../command-line/context.ts'
import type { EventBody } from '../schemas/event.ts'
import type { Client } from './client.ts'
import { listConnections } from './find.ts'
import { interruption, pause } from './patience.ts'

export interface Bell {
  ring(): void
  /** How often it has rung. */
  rung(): number
  /**
   * Resolves when it has rung more often than `since`, or after `ms`.
   * @throws Failure `cancelled` when it is interrupted
   */
  wait(since: number, ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(clock: Clock): Bell {
  let times = 0
  let next = Promise.withResolvers<void>()
  return {
    ring() {
      times += 1
      next.resolve()
      next = Promise.withResolvers()
    },
    rung: () => times,
    async wait(since, ms, signal) {
      if (times > since) return
      const heard = new AbortController()
      const slept = clock.sleep(ms, AbortSignal.any([signal, heard.signal])).catch(() => undefined)
      await Promise.race([next.promise, slept])
      heard.abort()
      if (signal.aborted) throw interruption()
    },
  }
}

const retryMs = 2000

/**
 * Rings when a job begins or ends, and when the connection to inlet is there again. What a key may not hear of is found
 * by looking now and then.
 */
export function watchActivity(client: Client, bell: Bell, { clock, signal }: CommandContext) {
  const stopped = new AbortController()
  const ended = AbortSignal.any([signal, stopped.signal])
  const running = new Set<string>()
  /** Ended since we listen, whatever an answer that was under way says. */
  const over = new Set<string>()

  /** What runs by now began before anybody listened. */
  async function lookAround(): Promise<void> {
    over.clear()
    for (const { latest_sync_job_id: id, latest_sync_job_status: status } of await listConnections(client)) {
      if (id !== null && !over.has(id) && (status === 'pending' || status === 'in_progress')) running.add(id)
    }
    bell.ring()
  }

  async function listen(): Promise<void> {
    const onOpen = () => void lookAround().catch(() => undefined)
    for await (const { data } of client.events('/events', { signal: ended, onOpen })) {
      const event = data as EventBody
      if (!('job_id' in event)) continue
      if (event.type === 'job.started') running.add(event.job_id)
      else {
        running.delete(event.job_id)
        over.add(event.job_id)
      }
      bell.ring()
    }
  }

  async function run(): Promise<void> {
    while (!ended.aborted) {
      try {
        await listen()
      } catch (error) {
        if (!isFailure(error)) throw error
      }
      running.clear()
      await pause(clock, retryMs, ended)
    }
  }

  run().catch(() => undefined)
  return {
    isBusy: () => running.size > 0,
    stop: () => stopped.abort(),
  }
}
