/** One start of the daemon, from its first moment until it is killed, and what is done with it meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, createApiClient } from '../support/api-client.ts'
import { type DaemonProcess, startDaemonProcess } from '../support/daemon-process.ts'

export interface Life {
  api: ApiClient
  daemon: DaemonProcess
  /** True from the moment of the kill on: what fails then, fails because of it. */
  readonly isOver: boolean
  /** Kills it now; resolves when it is dead. */
  kill(): Promise<void>
  /** Does work until it is done or the daemon is killed. @throws what the work throws while the daemon lives */
  during(work: () => Promise<unknown>): Promise<void>
}

/** A life that takes longer hangs. */
const longestLifeMs = 180_000

/**
 * @param killAfterMs kills it so long after its first moment if it does not listen by then
 * @returns nothing where it was killed before it listened
 * @throws Error when it ends by itself, with what it printed
 */
export async function begin(options: {
  folder: string
  config: object
  killAfterMs?: number | undefined
  /** Told at the moment of the kill, once it is known that the daemon is dead. */
  killed(): void
  /** Told at the end what it has printed. */
  printed(output: string): void
}): Promise<Life | undefined> {
  const { folder, config, killAfterMs, killed, printed } = options
  const ready = new AbortController()
  let isOver = false
  let daemon: DaemonProcess
  try {
    daemon = await startDaemonProcess({
      folder,
      config,
      onSpawn(pid) {
        if (killAfterMs === undefined) return
        sleep(killAfterMs, undefined, { signal: ready.signal }).then(
          () => {
            isOver = true
            process.kill(pid, 'SIGKILL')
          },
          () => {},
        )
      },
    })
    ready.abort()
  } catch (error) {
    ready.abort()
    if (!isOver) throw error
    killed()
    printed(String(error))
    return undefined
  }
  const life: Life = {
    daemon,
    api: await createApiClient(daemon.url, daemon.apiKeyFile),
    get isOver() {
      return isOver
    },
    async kill() {
      isOver = true
      process.kill(daemon.pid, 'SIGKILL')
      await daemon.stop()
      killed()
      printed(daemon.output())
    },
    async during(work) {
      const done = new AbortController()
      const late = sleep(longestLifeMs, undefined, { signal: done.signal }).then(() => {
        throw new Error(`nothing went on for ${longestLifeMs / 1000} seconds:\n${daemon.output().slice(-5000)}`)
      })
      try {
        await Promise.race([work(), late])
      } catch (error) {
        if (!isOver)
          throw new Error(`while the daemon ran: ${error}\n${daemon.output().slice(-5000)}`, { cause: error })
      } finally {
        done.abort()
        late.catch(() => {})
      }
    },
  }
  if (!isOver) return life
  // It listened in the very moment of its end.
  await life.kill().catch(() => {})
  return undefined
}
