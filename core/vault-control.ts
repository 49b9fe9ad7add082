/** Locking and unlocking while everything else is at work. */
import type { Clock } from './clock.ts'
import { Failure } from './errors.ts'
import type { VaultControl } from './inlet.ts'
import type { JobQueue, JobRunner } from './jobs.ts'
import type { Scheduler } from './scheduler.ts'
import type { Store } from './store/store.ts'
import type { Tokens } from './tokens.ts'
import type { Vault } from './vault/vault.ts'
import { endsWithin } from './waiting.ts'
import type { Courier } from './webhooks/courier.ts'

/** How long locking waits for jobs to reach their next step; they can do nothing more with a credential. */
const jobsLimitMs = 8_000

export function createVaultControl(parts: {
  vault: Vault
  tokens: Tokens
  queue: JobQueue
  scheduler: Scheduler
  courier: Pick<Courier, 'poke'>
  clock: Clock
}): VaultControl {
  const { vault, tokens, queue, scheduler, courier, clock } = parts

  return {
    get lockedBecause() {
      return vault.lockedBecause
    },
    status: () => vault.status(),
    rotate: to => vault.rotate(to),
    async lock() {
      const message = 'the vault was locked while the job was running; the next run goes on where it stopped'
      try {
        await vault.lock(async () => {
          const ended = queue.interrupt(new Failure('vault_locked', message))
          await tokens.pause()
          await endsWithin(clock, jobsLimitMs, () => ended)
        })
      } catch (error) {
        // It stays open, and so everything goes on.
        if (!vault.locked) tokens.resume()
        scheduler.poke()
        throw error
      }
    },
    async unlock(given) {
      await vault.unlock(given)
      tokens.resume()
      scheduler.poke()
      courier.poke()
    },
  }
}

/** The same runner; a scheduled run that ended because the vault was locked is due again at once. */
export function makingUp<Runner extends JobRunner>(
  runner: Runner,
  store: Pick<Store, 'connection'>,
  clock: Pick<Clock, 'now'>,
): Runner {
  return {
    ...runner,
    async ended(job, failure) {
      const ending = await runner.ended(job, failure)
      const isCut = failure?.code === 'vault_locked' && job.trigger === 'schedule'
      const connection = isCut ? await store.connection(job.connectionId) : undefined
      if (!connection?.cronSchedule) return ending
      return { ...ending, connection: { ...ending.connection, nextRunAt: new Date(clock.now()).toISOString() } }
    },
  }
}
