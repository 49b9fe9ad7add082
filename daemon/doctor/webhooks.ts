/** Each webhook: does what is sent arrive. */
import type { WebhookBody } from '../schemas/webhook.ts'
import { bad, type Finding, good, warning } from './finding.ts'

export function judgeWebhook(webhook: WebhookBody): Finding {
  const { id, url, description, status, disabled_because, failing_since, last_error, deliveries } = webhook
  const about = `webhook ${description === null ? id : JSON.stringify(description)} (${new URL(url).origin})`
  const { pending } = deliveries
  const waiting = pending === 0 ? '' : `; ${pending} ${pending === 1 ? 'message waits' : 'messages wait'} for it`
  if (status === 'disabled' && disabled_because === 'asked') return good(about, 'it is disabled, as it was asked for')
  if (status === 'disabled') {
    const says = `it was disabled, because ${disabled_because === 'gone' ? 'it answered 410' : 'it failed for days'}`
    return bad(about, says + waiting, `PATCH /webhooks/${id} with "enabled": true once it works again, or delete it`)
  }
  if (status === 'failing') {
    const says = `it has failed since ${failing_since}: ${last_error}${waiting}`
    return warning(about, says, `look at what listens there; POST /webhooks/${id}/test tries it now`)
  }
  return good(about, `what is sent there arrives${waiting}`)
}
