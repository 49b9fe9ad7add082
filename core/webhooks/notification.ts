/** An event in a person's words, for a phone or a desktop. */
import type { EventType } from '../events.ts'
import { needSentences } from '../need.ts'
import type { Message } from './payload.ts'

export interface Notification {
  title: string
  message: string
  urgency: 'low' | 'normal' | 'high'
  /** ntfy's name of an emoji: https://docs.ntfy.sh/emojis/ */
  emoji: string
}

/** What a person wants to be called for: each trouble once, and its end. */
export const alertTypes = [
  'connection.failing',
  'connection.recovered',
  'connection.needs_reauth',
  'connection.expiring',
  'client.refused',
  'webhook.disabled',
] as const satisfies readonly EventType[]

export function notificationOf(event: Message): Notification {
  switch (event.type) {
    case 'job.started':
      return told('low', 'arrow_forward', `${event.connectionName} is syncing`, `The run was begun (${event.trigger}).`)
    case 'job.completed': {
      const { inserted, updated, deleted } = event
      const counts = `${inserted} new, ${updated} changed, ${deleted} deleted.`
      return told('low', 'white_check_mark', `${event.connectionName} is up to date`, counts)
    }
    case 'job.failed':
      return told('normal', 'x', `${event.connectionName}: a run failed`, event.message)
    case 'job.cancelled':
      return told('low', 'stop_button', `${event.connectionName}: a run was cancelled`, 'The next one goes on.')
    case 'connection.failing':
      return told('normal', 'warning', `${event.connectionName} began to fail`, event.message)
    case 'connection.recovered':
      return told('low', 'white_check_mark', `${event.connectionName} works again`, 'The last run was good.')
    case 'connection.needs_reauth':
      return told('high', 'key', `${event.connectionName} needs you to sign in again`, event.message)
    case 'connection.expiring': {
      const sentence = needSentences[event.reason]
      return told('high', 'hourglass', `${event.connectionName} will need you`, `By ${event.endsAt}: ${sentence}.`)
    }
    case 'client.refused':
      return told('high', 'no_entry', `The OAuth client for ${event.provider} is refused`, event.message)
    case 'webhook.disabled':
      return told('high', 'mute', 'A webhook was disabled', event.message)
    case 'webhook.test':
      return told('normal', 'bell', 'inlet', event.message)
  }
}

function told(urgency: Notification['urgency'], emoji: string, title: string, message: string): Notification {
  return { urgency, emoji, title, message }
}
