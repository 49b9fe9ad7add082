/** The conversations of a workspace: which of them the configuration asks for, and their entities. */
import {
  type Breadcrumb,
  type Change,
  type Config,
  type Context,
  type Entity,
  type JsonObject,
  numberAt,
  objectAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { largestPage, objects } from './api.ts'
import { decodeEntities, mrkdwn, type Names } from './mrkdwn.ts'
import type { Progress, SlackCursor } from './progress.ts'
import { secondsToIso } from './timestamps.ts'

export const channelType = 'slack_channel'

export interface Channel {
  id: string
  /** Without `#`; of a direct message, the names of the others. */
  name: string
  isArchived: boolean
  /** When its settings were changed, archiving included; 0 where Slack does not say. */
  updated: number
  raw: JsonObject
}

/** Every conversation of the asked types that the token can see, by id. @throws Failure `scope_missing` and its kin */
export async function readChannels(
  context: Context,
  names: ReadonlyMap<string, string>,
): Promise<Map<string, Channel>> {
  const direct = context.config.include_direct_messages === true ? ['im', 'mpim'] : []
  const form = {
    types: ['public_channel', 'private_channel', ...direct].join(','),
    exclude_archived: false,
    limit: largestPage,
  }
  const channels = new Map<string, Channel>()
  for await (const raw of objects(context, 'conversations.list', form, 'channels')) {
    const id = textAt(raw, 'id')
    if (id)
      channels.set(id, {
        id,
        name: channelName(raw, names),
        isArchived: raw.is_archived === true,
        updated: numberAt(raw, 'updated') ?? 0,
        raw: trimmed(raw),
      })
  }
  return channels
}

/** Those that `channels` names, or all, without those that `exclude_channels` names: by id or visible name. */
export function selectChannels(channels: ReadonlyMap<string, Channel>, config: Config): Map<string, Channel> {
  const wanted = filterOf(config.channels)
  const unwanted = filterOf(config.exclude_channels)
  return new Map(
    [...channels].filter(
      ([, channel]) => (wanted.size === 0 || isNamed(channel, wanted)) && !isNamed(channel, unwanted),
    ),
  )
}

/** The selected channels' entities. A new name is noted first: texts and breadcrumbs show it, too. */
export async function* syncChannels(
  context: Context,
  progress: Progress,
  channels: ReadonlyMap<string, Channel>,
  names: Names,
  teamUrl: string | undefined,
): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  const known = new Map<string, string>()
  for await (const { id, name } of context.known({ entityType: channelType })) known.set(id, name)
  const renamed = [...channels.values()].filter(({ id, name }) => known.has(id) && known.get(id) !== name)
  for (const { id } of renamed) progress.renamed.add(id)
  if (renamed.length > 0) yield progress.checkpoint()
  for (const channel of channels.values()) yield { type: 'upsert', entity: channelEntity(channel, names, teamUrl) }
}

export function channelCrumb({ id, name }: Channel): Breadcrumb {
  return { entityId: id, name, entityType: channelType }
}

function channelEntity({ id, name, raw }: Channel, names: Names, teamUrl: string | undefined): Entity {
  const topic = mrkdwn(textAt(objectAt(raw, 'topic'), 'value') ?? '', names)
  const purpose = mrkdwn(textAt(objectAt(raw, 'purpose'), 'value') ?? '', names)
  const created = numberAt(raw, 'created')
  return {
    entityType: channelType,
    id,
    name,
    text: [topic, purpose === topic ? '' : purpose].filter(Boolean).join('\n\n'),
    url: teamUrl ? `${teamUrl}archives/${id}` : undefined,
    createdAt: created ? secondsToIso(created) : undefined,
    raw,
  }
}

/** Without what changes by reading and chatting alone: members, unread counts, the latest message. */
function trimmed(raw: JsonObject): JsonObject {
  return pick(raw, [
    'id',
    'name',
    'user',
    'is_channel',
    'is_group',
    'is_im',
    'is_mpim',
    'is_private',
    'is_archived',
    'is_general',
    'is_ext_shared',
    'created',
    'creator',
    'topic',
    'purpose',
    'previous_names',
    'context_team_id',
  ])
}

function channelName(raw: JsonObject, names: ReadonlyMap<string, string>): string {
  const id = textAt(raw, 'id') ?? ''
  const name = textAt(raw, 'name')
  if (raw.is_im === true) {
    const user = textAt(raw, 'user') ?? id
    return names.get(user) ?? user
  }
  // Slack names a group conversation after its members' handles: mpdm-ann--ben--cy-1.
  const handles = raw.is_mpim === true && name ? /^mpdm-(.+)-\d+$/.exec(name)?.[1] : undefined
  return handles ? handles.split('--').join(', ') : decodeEntities(name ?? id)
}

function filterOf(value: Config[string]): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.map(comparable).filter(Boolean) : [])
}

function isNamed({ id, name, raw }: Channel, filter: ReadonlySet<string>): boolean {
  return [id, name, textAt(raw, 'name')].some(word => word !== undefined && filter.has(comparable(word)))
}

function comparable(name: string): string {
  return name.trim().replace(/^[#@]/, '').toLowerCase()
}
