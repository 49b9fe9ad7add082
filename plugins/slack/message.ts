/** A message as an entity. It is made from the trimmed object alone, so that the stored one gives the same again. */
import { type Breadcrumb, type Entity, type JsonObject, listAt, objectAt, pick, textAt } from '../../core/plugin.ts'
import { attachmentText, blocksText } from './blocks.ts'
import { type Channel, channelCrumb } from './channels.ts'
import { trimFile } from './file.ts'
import { link, mrkdwn, type Names } from './mrkdwn.ts'
import { messageId, messageType } from './run.ts'
import { isTs, tsToIso } from './timestamps.ts'

export interface Place {
  channel: Channel
  names: Names
  teamUrl: string | undefined
  /** The thread's first message, for a reply. */
  parent?: Breadcrumb | undefined
}

/** @param raw a message of Slack's as `trimMessage` leaves it */
export function messageEntity(raw: JsonObject & { ts: string }, { channel, names, teamUrl, parent }: Place): Entity {
  const text = messageText(raw, names)
  const edited = textAt(objectAt(raw, 'edited'), 'ts')
  const thread = parent ? `?thread_ts=${tsOfCrumb(parent)}&cid=${channel.id}` : ''
  return {
    entityType: messageType,
    id: messageId(channel.id, raw.ts),
    name: titleOf(text),
    text,
    url: teamUrl ? `${teamUrl}archives/${channel.id}/p${raw.ts.replace('.', '')}${thread}` : undefined,
    author: authorOf(raw, names),
    breadcrumbs: parent ? [channelCrumb(channel), parent] : [channelCrumb(channel)],
    createdAt: tsToIso(raw.ts),
    updatedAt: tsToIso(isTs(edited) ? edited : raw.ts),
    raw,
  }
}

export function messageCrumb({ id, name }: { id: string; name: string }): Breadcrumb {
  return { entityId: id, name, entityType: messageType }
}

/** Breadcrumb of a thread whose first message is deleted while its replies live on. */
export function deletedCrumb(channel: string, ts: string): Breadcrumb {
  return { entityId: messageId(channel, ts), name: 'Deleted message', entityType: messageType }
}

/**
 * A message without what differs at each read or is the reader's own (unread marks, subscriptions), and without what
 * is kept elsewhere (the parent that Slack repeats in a broadcast reply). `undefined` for what has no readable `ts`.
 */
export function trimMessage(message: JsonObject): (JsonObject & { ts: string }) | undefined {
  const { ts } = message
  if (!isTs(ts)) return undefined
  const trimmed: JsonObject & { ts: string } = { ts }
  for (const [name, value] of Object.entries(message)) {
    if (value !== null && !left.has(name)) trimmed[name] = value
  }
  const profile = objectAt(message, 'user_profile')
  if (profile) trimmed.user_profile = pick(profile, ['display_name', 'real_name', 'name'])
  const bot = objectAt(message, 'bot_profile')
  if (bot) trimmed.bot_profile = pick(bot, ['id', 'name'])
  const blocks = listAt(message, 'blocks')
  // Slack makes one up where the sender gave none.
  if (blocks.length > 0) trimmed.blocks = blocks.map(({ block_id: _left, ...block }) => block)
  const files = listAt(message, 'files').map(trimFile)
  if (files.length > 0) trimmed.files = files
  return trimmed
}

const left = new Set([
  'root',
  'subscribed',
  'last_read',
  'unread_count',
  'is_starred',
  'is_locked',
  'reply_users',
  'icons',
  'permalink',
  'user_profile',
  'bot_profile',
  'blocks',
  'files',
])

export function threadOf(message: JsonObject): string | undefined {
  const { thread_ts: threadTs, ts } = message
  return isTs(threadTs) && threadTs !== ts ? threadTs : undefined
}

export function replyCount(message: JsonObject | undefined): number {
  const count = message?.reply_count
  return typeof count === 'number' ? count : 0
}

/**
 * Whether a person would look for it. Slack leaves a tombstone where a message with replies was deleted; who came and
 * went is noise, unless somebody replied to it.
 */
export function isKept(message: JsonObject): boolean {
  const subtype = textAt(message, 'subtype')
  if (subtype === 'tombstone' || message.hidden === true) return false
  return subtype === undefined || !noise.has(subtype) || replyCount(message) > 0 || threadOf(message) !== undefined
}

const noise = new Set(['channel_join', 'channel_leave', 'group_join', 'group_leave', 'bot_add', 'bot_remove'])

function messageText(raw: JsonObject, names: Names): string {
  const composed = blocksText(listAt(raw, 'blocks'), names)
  return [
    composed || mrkdwn(textAt(raw, 'text') ?? '', names),
    ...listAt(raw, 'attachments').map(attachment => attachmentText(attachment, names)),
    ...listAt(raw, 'files').map(fileLine),
  ]
    .map(part => part.trim())
    .filter(Boolean)
    .join('\n\n')
}

function fileLine(file: JsonObject): string {
  const name = textAt(file, 'title') ?? textAt(file, 'name')
  if (!name) return ''
  return link(textAt(file, 'permalink') ?? name, name)
}

/** Apps write under names of their own choice; people of other workspaces come with their profile. */
function authorOf(raw: JsonObject, names: Names): string | undefined {
  const user = textAt(raw, 'user')
  const profile = objectAt(raw, 'user_profile')
  return (
    textAt(raw, 'username') ??
    textAt(objectAt(raw, 'bot_profile'), 'name') ??
    (user ? names.user(user) : undefined) ??
    textAt(profile, 'display_name') ??
    textAt(profile, 'real_name') ??
    user ??
    textAt(raw, 'bot_id')
  )
}

const longestTitle = 80

/** The first line with something in it, without marks. */
function titleOf(text: string): string {
  for (const line of text.split('\n')) {
    const plain = line
      .replace(/\[((?:\\.|[^\]\\])*)\]\([^)\s]*\)/g, '$1')
      .replace(/^[#>\s-]+|\*\*|~~|`/g, '')
      .trim()
    if (!plain) continue
    // A character has two units at most; taking a long text apart is work.
    const characters = [...plain.slice(0, 2 * longestTitle + 1)]
    return characters.length > longestTitle
      ? `${characters
          .slice(0, longestTitle - 1)
          .join('')
          .trimEnd()}…`
      : plain
  }
  return 'Message'
}

function tsOfCrumb({ entityId }: Breadcrumb): string {
  return entityId.slice(entityId.indexOf('/') + 1)
}
