/** How Slack shows what is in a workspace: complete objects, with members that differ at each read. */
import type { JsonObject } from '../../core/plugin.ts'
import {
  messageAt,
  repliesTo,
  type SlackMessage,
  type SlackObject,
  type SlackWorkspace,
} from './fake-slack-workspace.ts'

export function showUser(user: SlackObject, withLocale: boolean): JsonObject {
  const { real_name: name = user.name ?? '', profile } = user
  const given = typeof profile === 'object' && profile !== null && !Array.isArray(profile) ? profile : {}
  const shown: JsonObject = {
    ...{ real_name: name, display_name: '', title: '', phone: '', skype: '', avatar_hash: 'x' },
    ...{ status_text: '', status_emoji: '', fields: null },
    ...given,
  }
  shown.real_name_normalized = shown.real_name ?? ''
  shown.display_name_normalized = shown.display_name ?? ''
  return { ...user, profile: shown, ...(withLocale ? { locale: 'en-US' } : {}) }
}

export function showChannel(channel: SlackObject, reads: number): JsonObject {
  // Only direct messages tell what is unread (https://docs.slack.dev/reference/methods/conversations.list).
  const volatile =
    channel.is_im === true
      ? { last_read: readMark(reads), unread_count: reads % 7, unread_count_display: reads % 7 }
      : { num_members: reads }
  return { ...channel, ...volatile }
}

/** @param isHistory a thread's replies are in no history, but one that was sent to the channel comes with its thread */
export function showMessage(
  workspace: SlackWorkspace,
  channel: string,
  message: SlackMessage,
  isHistory: boolean,
  reads: number,
): JsonObject {
  const { messages } = workspace
  const thread = repliesTo(messages, channel, message.ts)
  const volatile: JsonObject = { subscribed: reads % 2 === 0, last_read: readMark(reads) }
  if (thread.length > 0) {
    const people = [...new Set(thread.map(({ user }) => String(user)))]
    Object.assign(volatile, {
      thread_ts: message.ts,
      reply_count: thread.length,
      reply_users: reads % 2 === 0 ? people : people.toReversed(),
      reply_users_count: people.length,
      latest_reply: thread.at(-1)?.ts ?? '',
    })
  }
  if (Array.isArray(message.blocks)) {
    volatile.blocks = message.blocks.map((block, index) => ({
      ...(block as JsonObject),
      block_id: `b${reads}-${index}`,
    }))
  }
  if (isHistory && message.subtype === 'thread_broadcast')
    volatile.root = showMessage(
      workspace,
      channel,
      messageAt(messages, channel, String(message.thread_ts)),
      false,
      reads,
    )
  const shown = { ...structuredClone(message), ...volatile }
  // A message that has lost its files has no list of them.
  if (Array.isArray(shown.files) && shown.files.length === 0) delete shown.files
  return shown
}

function readMark(reads: number): string {
  return `${1700000000 + reads}.000000`
}
