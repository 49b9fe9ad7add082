/** The inlet that is looked at: the one that runs, over its API, or the folder of one that does not. */
import { isFailure } from '../../core/errors.ts'
import type { Inlet } from '../../core/inlet.ts'
import { createClient, type Place } from '../commands/client.ts'
import { listConnections } from '../commands/find.ts'
import type { ConnectionCheckBody } from '../schemas/connection.ts'
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

export function runningPatient(place: Place): Patient {
  const client = createClient(place)
  return {
    async lockedBecause() {
      try {
        await client.ask('GET', '/readyz')
        return undefined
      } catch (error) {
        if (isFailure(error) && error.problem === 'vault-locked') return error.message
        throw error
      }
    },
    async connections() {
      const connections = await listConnections(client)
      return connections.map(({ id, name, short_name, status }) => ({
        ...{ id, name, source: short_name, isPending: status === 'pending_auth' },
      }))
    },
    check: id => client.ask('POST', `/source-connections/${id}/check`),
    webhooks: () => client.ask('GET', `/webhooks?limit=${atOnce}`),
    close: async () => {},
  }
}
