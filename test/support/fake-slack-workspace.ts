/**
 * What is in a workspace, and what people do in it by Slack's rules: a deleted message with replies leaves a
 * tombstone, a deleted file one in every message that showed it.
 */
import type { JsonObject } from '../../core/plugin.ts'

export type SlackObject = JsonObject & { id: string }
export type SlackMessage = JsonObject & { ts: string }

export interface SlackWorkspace {
  team: { id: string; name: string; url: string }
  /** Whose token it is. */
  me: string
  users: SlackObject[]
  channels: SlackObject[]
  /** Every message and reply of a channel, oldest first. */
  messages: Map<string, SlackMessage[]>
  addUser(user: Partial<SlackObject> & { id: string; name: string }): SlackObject
  addChannel(channel: Partial<SlackObject> & { id: string }): SlackObject
  /** Posts at `ts`, or right after the newest message. */
  post(channel: string, message: JsonObject | string): string
  reply(channel: string, parent: string, message: JsonObject | string): string
  edit(channel: string, ts: string, changes: JsonObject | string): void
  remove(channel: string, ts: string): void
  setArchived(channel: string, isArchived: boolean): void
  /** Turns a file into a tombstone in every message that shows it. */
  removeFile(id: string): void
}

export function createSlackWorkspace(): SlackWorkspace {
  const users: SlackObject[] = []
  const channels: SlackObject[] = []
  const messages = new Map<string, SlackMessage[]>()
  const team = { id: 'T00000001', name: 'Test team', url: 'https://test-team.slack.com/' }
  const me = 'U00000001'
  let changes = 1768000000000
  let edits = 0

  return {
    ...{ team, me, users, channels, messages },
    addUser(user) {
      const kind = { deleted: false, is_bot: false, is_app_user: false }
      const added = { team_id: team.id, ...kind, updated: 1700000000, profile: {}, ...user }
      users.push(added)
      return added
    },
    addChannel(channel) {
      const state = { is_archived: false, is_shared: false, is_org_shared: false }
      const added = {
        ...{ created: 1700000000, updated: changes, ...state },
        ...(channel.is_im === true ? { priority: 0 } : ofNamed(channel)),
        ...channel,
      }
      channels.push(added)
      messages.set(channel.id, [])
      return added
    },
    post: (channel, message) => insert(channel, asMessage(message), {}),
    reply(channel, parent, message) {
      const parentUser = String(messageAt(messages, channel, parent).user)
      return insert(channel, asMessage(message), { thread_ts: parent, parent_user_id: parentUser })
    },
    edit(channel, ts, changes) {
      const message = messageAt(messages, channel, ts)
      const edited = { user: String(message.user), ts: `${Math.floor(Number(ts)) + 60 + ++edits}.000000` }
      Object.assign(message, asMessage(changes), { edited })
    },
    remove(channel, ts) {
      const list = listOf(messages, channel)
      const message = messageAt(messages, channel, ts)
      if (repliesTo(messages, channel, ts).length > 0) {
        for (const name of Object.keys(message)) if (name !== 'ts') delete message[name]
        const text = 'This message was deleted.'
        Object.assign(message, { type: 'message', subtype: 'tombstone', hidden: true, user: 'USLACKBOT', text })
        return
      }
      list.splice(list.indexOf(message), 1)
      const parent = list.find(({ ts: own }) => own === message.thread_ts)
      if (parent?.subtype === 'tombstone' && repliesTo(messages, channel, parent.ts).length === 0)
        list.splice(list.indexOf(parent), 1)
    },
    setArchived(id, isArchived) {
      const channel = channels.find(candidate => candidate.id === id)
      if (channel) Object.assign(channel, { is_archived: isArchived, updated: ++changes })
    },
    removeFile(id) {
      for (const message of [...messages.values()].flat()) {
        if (!Array.isArray(message.files)) continue
        message.files = message.files.map(file => (fileId(file) === id ? { id, mode: 'tombstone' } : file))
      }
    },
  }

  /** What a direct message does not have: a name, a topic, a kind among channels. */
  function ofNamed(channel: Partial<SlackObject>): JsonObject {
    const text = { value: '', creator: me, last_set: 0 }
    const name = typeof channel.name === 'string' ? channel.name : ''
    const kind = { is_channel: true, is_group: false, is_im: false, is_mpim: false, is_private: false }
    const described = { name, name_normalized: name, topic: text, purpose: text, creator: me }
    return { ...described, ...kind, is_general: false, is_member: true }
  }

  function insert(channel: string, message: JsonObject, extra: JsonObject): string {
    const list = listOf(messages, channel)
    const newest = list.at(-1)?.ts ?? '1768470000.000000'
    const ts = typeof message.ts === 'string' ? message.ts : `${Math.floor(Number(newest)) + 1}.000100`
    list.push({ type: 'message', user: me, text: '', ...message, ...extra, ts })
    list.sort((a, b) => (a.ts < b.ts ? -1 : 1))
    return ts
  }
}

type Messages = SlackWorkspace['messages']

export function listOf(messages: Messages, channel: string): SlackMessage[] {
  const list = messages.get(channel)
  if (!list) throw new Error(`no channel ${channel}`)
  return list
}

export function messageAt(messages: Messages, channel: string, ts: string): SlackMessage {
  const message = listOf(messages, channel).find(candidate => candidate.ts === ts)
  if (!message) throw new Error(`no message ${channel}/${ts}`)
  return message
}

export function repliesTo(messages: Messages, channel: string, ts: string): SlackMessage[] {
  return listOf(messages, channel).filter(message => message.thread_ts === ts && message.ts !== ts)
}

function asMessage(message: JsonObject | string): JsonObject {
  return typeof message === 'string' ? { text: message } : message
}

function fileId(file: unknown): unknown {
  return typeof file === 'object' && file !== null && 'id' in file ? file.id : undefined
}
