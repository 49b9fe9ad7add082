/** The inlet that is looked at: the one that runs, over its API, or the folder of one that does not. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../core/errors.ts'
import type { Inlet } from '../../core/inlet.ts'
import type { DaemonConfig } from '../config.ts'
import type { ConnectionBody, ConnectionCheckBody } from '../schemas/connection.ts'
import type { WebhookBody } from '../schemas/webhook.ts'
import { connectionCheckBody } from '../views/connection.ts'
import { webhookBody } from '../views/webhook.ts'
import type { Examined } from './connections.ts'

export interface Patient {
  /** Why the vault is locked; `undefined` where it is open. */
  lockedBecause(): Promise<string | undefined>
  connections(): Promise<Omit<Examined, 'check'>[]>
  check(id: string): Promise<ConnectionCheckBody>
  webhooks(): Promise<WebhookBody[]>
  close(): Promise<void>
}

const atOnce = 1000

export function stoppedPatient(inlet: Inlet): Patient {
  return {
    lockedBecause: async () =>
      (await inlet.health()).vault ? undefined : 'it is locked: its key is missing or another one',
    connections: async () =>
      (await inlet.connections.list({ skip: 0, limit: atOnce })).map(({ id, name, shortName, authState }) => ({
        ...{ id, name, source: shortName, isPending: authState === 'pending_auth' },
      })),
    check: async id => connectionCheckBody(await inlet.connections.check(id)),
    webhooks: async () => (await inlet.webhooks.list({ skip: 0, limit: atOnce })).map(webhookBody),
    close: () => inlet.close(),
  }
}

export function runningPatient({ server, dataDir, apiKey }: DaemonConfig): Patient {
  const base = `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`

  async function ask(method: string, path: string): Promise<Response> {
    const key = apiKey ?? (await readFile(join(dataDir, 'api-key'), 'utf8').catch(() => '')).trim()
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: { 'x-api-key': key },
        signal: AbortSignal.timeout(60_000),
      })
    } catch {
      const message = `the inlet that runs on ${dataDir} does not answer at ${base}: it may have been started with another INLET_PORT or configuration`
      throw new Failure('unavailable', message)
    }
  }

  async function read<Body>(method: string, path: string): Promise<Body> {
    const answer = await ask(method, path)
    if (answer.ok) return (await answer.json()) as Body
    throw new Failure(
      'unavailable',
      `${method} ${base}${path} answered ${answer.status}: is the API key this folder's?`,
    )
  }

  return {
    async lockedBecause() {
      const answer = await ask('GET', '/readyz')
      if (answer.ok) return undefined
      const { type, detail } = (await answer.json()) as { type?: string; detail?: string }
      if (type === '/problems/vault-locked') return detail
      throw new Failure('unavailable', `inlet is not ready: ${detail}`)
    },
    async connections() {
      const connections = await read<ConnectionBody[]>('GET', `/source-connections?limit=${atOnce}`)
      return connections.map(({ id, name, short_name, status }) => ({
        ...{ id, name, source: short_name, isPending: status === 'pending_auth' },
      }))
    },
    check: id => read('POST', `/source-connections/${id}/check`),
    webhooks: () => read('GET', `/webhooks?limit=${atOnce}`),
    close: async () => {},
  }
}
