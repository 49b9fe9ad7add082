/**
 * The inlet of a command, whether it runs or not: the one that runs is asked over its API, and where none runs, its
 * data folder is opened here and answers to the same requests.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isFailure } from '../../core/errors.ts'
import type { Inlet } from '../../core/inlet.ts'
import { isFolderLocked } from '../../core/store/lock.ts'
import type { CommandContext } from '../command-line/context.ts'
import { loadPlace } from '../config.ts'
import { type Client, createClient, failureOf, type Method } from './client.ts'

export interface Desk {
  ask: Client['ask']
  /** The answer as it comes. @throws Failure as `ask` */
  stream(method: Method, path: string, body?: object): Promise<AsyncIterable<Uint8Array>>
  /** Whether an inlet runs, which may be on another machine. */
  isRunning: boolean
  dataDir: string
  requireLoopback(): void
}

/**
 * Lets `work` talk to inlet, and closes what was opened for it.
 * @throws Failure `unavailable` where none runs and there is no data folder either
 */
export async function atDesk<Result>(context: CommandContext, work: (desk: Desk) => Promise<Result>): Promise<Result> {
  const place = loadPlace(context)
  const { dataDir } = place
  const running = (): Desk => {
    const client = createClient(place)
    return {
      ...{ isRunning: true, dataDir },
      ask: client.ask,
      stream: (method, path, body) => client.open(path, { method, body }),
      requireLoopback: client.requireLoopback,
    }
  }
  if (isFolderLocked(dataDir) || !existsSync(join(dataDir, 'inlet.db'))) return work(running())
  // With a key in the environment, the inlet that is meant may be on another machine.
  if (place.apiKey !== undefined && (await answers(running()))) return work(running())
  const { openFolder } = await import('./stopped-inlet.ts')
  const inlet = await openFolder(dataDir, context)
  try {
    return await work({ ...(await deskOf(inlet, context)), isRunning: false, dataDir })
  } finally {
    await inlet.close()
  }
}

async function answers(desk: Desk): Promise<boolean> {
  try {
    await desk.ask('GET', '/healthz')
    return true
  } catch (error) {
    if (isFailure(error, 'unavailable')) return false
    throw error
  }
}

/** The API itself, without a socket. */
async function deskOf(
  inlet: Inlet,
  { version, clock }: CommandContext,
): Promise<Pick<Desk, 'ask' | 'stream' | 'requireLoopback'>> {
  const [{ createServer }, { apiKey }, { silentLog }] = await Promise.all([
    import('../server.ts'),
    import('../api-key.ts'),
    import('../../core/log.ts'),
  ])
  const key = randomBytes(32).toString('base64url')
  const port = () => 80
  const server = createServer({ inlet, apiKey: apiKey(key), port, version, clock, log: silentLog })

  async function send(method: Method, path: string, body?: object): Promise<Response> {
    const headers = { Host: 'localhost', 'X-API-Key': key, ...(body && { 'Content-Type': 'application/json' }) }
    const request = new Request(`http://localhost${path}`, {
      ...{ method, headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const response = await server.fetch(request, { remoteAddress: '127.0.0.1' })
    if (response.ok) return response
    throw failureOf(response.status, await response.text(), `${method} ${path.split('?')[0]}`)
  }

  return {
    async ask<Answer>(method: Method, path: string, body?: object) {
      return (await (await send(method, path, body)).json()) as Answer
    },
    stream: async (method, path, body) => (await send(method, path, body)).body ?? new ReadableStream(),
    requireLoopback: () => undefined,
  }
}
