/** An event as a receiver is sent it: the structure that Standard Webhooks recommends. */
import type { Event } from '../events.ts'

/** What a test sends: no event, for nothing has happened. */
export interface TestEvent {
  type: 'webhook.test'
  id: string
  at: string
  webhookId: string
  message: string
}

export type Message = Event | TestEvent

export function payloadOf({ type, at, id: _id, ...members }: Message): string {
  const data = Object.fromEntries(Object.entries(members).map(([name, value]) => [snakeCase(name), value]))
  return JSON.stringify({ type, timestamp: at, data })
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
