/** A message as the request that brings it. Only here do a webhook's secrets leave their `Secret`. */
import type { WebhookFormat } from '../store/store.ts'
import type { HttpRequest } from '../transport.ts'
import type { WebhookSecrets } from '../vault/vault.ts'
import { notificationOf } from './notification.ts'
import { ntfyMessage } from './ntfy.ts'
import { type Message, payloadOf } from './payload.ts'
import { sign } from './signature.ts'

/** @param now of this attempt, in milliseconds since 1970: each is signed anew, under the same id */
export function writeRequest(
  message: Message,
  { url, secret, previous, headers }: WebhookSecrets,
  format: WebhookFormat,
  now: number,
): HttpRequest {
  const place = format === 'ntfy' ? ntfyMessage(url, notificationOf(message)) : { url, body: payloadOf(message) }
  const timestamp = Math.floor(now / 1000)
  const secrets = [secret, ...previous.filter(({ until }) => Date.parse(until) > now).map(old => old.secret)]
  const signatures = secrets.map(one => sign(one.reveal(), { id: message.id, timestamp, body: place.body }))
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.reveal()] as const)
  return {
    method: 'POST',
    url: place.url,
    headers: {
      'user-agent': 'inlet',
      ...Object.fromEntries(own),
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.join(' '),
    },
    body: place.body,
    maxBytes: 0,
    isBodyDropped: true,
  }
}
