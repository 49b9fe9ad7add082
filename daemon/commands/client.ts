/** Talks to the inlet that runs on a data folder. */
import { readFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { Failure, isFailure } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import { type FolderLock, lockFolder } from '../../core/store/lock.ts'
import type { DaemonConfig } from '../config.ts'
import { isLoopback } from '../schemas/config.ts'

export type Place = Pick<DaemonConfig, 'server' | 'dataDir' | 'apiKey'>

export interface Client {
  /**
   * The answer's JSON.
   * @throws Failure with the problem's detail for any answer but a good one; `unavailable` where nobody answers
   */
  ask<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>
  /** Throws where what is sent might be read on its way. */
  requireLoopback(): void
}

/** Longer than anything takes that answers at all. */
const limitMs = 120_000

export function createClient({ server, dataDir, apiKey }: Place): Client {
  const host = reachable(server.host)
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`

  return {
    requireLoopback() {
      if (isLoopback(host)) return
      const message = `keys are sent over the loopback alone, and inlet listens on ${host}: set server.host to localhost, or stop inlet and run this again`
      throw new Failure('bad_config', message)
    },
    async ask<Answer>(method: 'GET' | 'POST', path: string, body?: object) {
      const key = apiKey ?? (await readFile(join(dataDir, 'api-key'), 'utf8').catch(() => '')).trim()
      const { status, text } = await send(new URL(path, base), method, key, body).catch(() => {
        const message = `the inlet that runs on ${dataDir} does not answer at ${base}: it may have been started with another INLET_PORT or configuration`
        throw new Failure('unavailable', message)
      })
      if (status === 200) return JSON.parse(text) as Answer
      throw new Failure('unavailable', detailOf(text) ?? `${method} ${base}${path} answered ${status}`)
    },
  }
}

/**
 * The folder's lock, for working on it, or `undefined` where an inlet runs on it.
 * @throws Failure `data_folder` when it cannot be locked for any other reason
 */
export async function lockUnlessRunning(dataDir: string): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(dataDir)
  } catch (error) {
    if (isFailure(error, 'data_folder') && error.message.startsWith('another inlet')) return undefined
    throw error
  }
}

/** An address to listen on everywhere is none to ask at. */
function reachable(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === '0.0.0.0') return '127.0.0.1'
  return /^[0:]+$/.test(bare) ? '::1' : bare
}

/** Not `fetch`: an agent of its own goes through no proxy, whatever the environment says. */
function send(url: URL, method: string, key: string, body?: object): Promise<{ status: number; text: string }> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'X-API-Key': key,
    ...(content !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content) }),
  }
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: new Agent(), signal: AbortSignal.timeout(limitMs) })
    asking.once('error', reject)
    asking.once('response', response => read(response).then(resolve, reject))
    asking.end(content)
  })
}

async function read(response: IncomingMessage): Promise<{ status: number; text: string }> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

function detailOf(text: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(text)
    return isJsonObject(problem) && typeof problem.detail === 'string' ? problem.detail : undefined
  } catch {
    return undefined
  }
}
