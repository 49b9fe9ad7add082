/** One workspace, as far as the token sees it. */
import {
  type Account,
  type Change,
  type Context,
  type IdentifyContext,
  isFailure,
  maxFileMb,
  type Source,
  textAt,
} from '../../core/plugin.ts'
import { call } from './api.ts'
import { auditHistory } from './audit.ts'
import { type Channel, channelType, readChannels, selectChannels, syncChannels } from './channels.ts'
import { removeMessage, settleFiles } from './file.ts'
import { readChannel } from './history.ts'
import type { Names } from './mrkdwn.ts'
import { createProgress, type Progress, type SlackCursor } from './progress.ts'
import { applyRenames } from './renames.ts'
import { fileType, messagesBetween, messageType, type Run } from './run.ts'
import { readOwed } from './threads.ts'
import { beginning, end, toTs } from './timestamps.ts'
import { syncUsers, userType } from './users.ts'

const dayMs = 24 * 60 * 60 * 1000
const defaultWindowDays = 14

export const slackSource: Source<SlackCursor> = {
  shortName: 'slack',
  title: 'Slack',
  description: 'Channels, people, messages with their threads, and the files in them.',
  labels: ['messaging', 'collaboration'],
  scopes: [
    'channels:read',
    'channels:history',
    'groups:read',
    'groups:history',
    'im:read',
    'im:history',
    'mpim:read',
    'mpim:history',
    'users:read',
    'files:read',
  ],
  entityTypes: [channelType, userType, messageType, fileType],
  configFields: [
    {
      name: 'channels',
      title: 'Channels',
      description: 'Only these channels, by id or name; all that the token can read if empty.',
      type: 'strings',
    },
    {
      name: 'exclude_channels',
      title: 'Excluded channels',
      description: 'Never these channels, by id or name.',
      type: 'strings',
    },
    {
      name: 'history_days',
      title: 'Days of history',
      description:
        'Only messages, and threads begun, in the last so many days; all if empty. Older ones are deleted as days go by.',
      type: 'integer',
      minimum: 1,
    },
    {
      name: 'include_direct_messages',
      title: 'Direct messages',
      description: 'Direct and group messages too.',
      type: 'boolean',
      default: false,
    },
    {
      name: 'thread_window_days',
      title: 'Days in which threads are read again',
      description:
        'Each run reads the messages and threads of the last so many days again, to find edits, deletions and replies at once. Older ones are read again a few pages at a time: what changed there is found later.',
      type: 'integer',
      minimum: 0,
      default: defaultWindowDays,
    },
    maxFileMb,
  ],
  identify,
  sync,
}

/** @see https://docs.slack.dev/reference/methods/auth.test */
async function identify(context: IdentifyContext): Promise<Account> {
  const answer = await call(context, 'auth.test', ['team_id', 'user_id'])
  const team = textAt(answer, 'team_id') ?? ''
  const user = textAt(answer, 'user_id') ?? ''
  return { id: `${team}/${user}`, name: `${textAt(answer, 'user') ?? user} @ ${textAt(answer, 'team') ?? team}` }
}

/**
 * People and channels first, whose names the rest shows; then channel by channel the newest page, the window, and what
 * was never read; then new names in the rest, and a few pages of older history. A full listing is the same with nothing read yet.
 */
async function* sync(
  context: Context,
  cursor: SlackCursor | undefined,
): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  const progress = createProgress(cursor)
  const teamUrl = await teamUrlOf(context, progress)
  const people = new Map<string, string>()
  yield* syncUsers(context, progress, teamUrl, people)
  const all = await readChannels(context, people)
  const channels = selectChannels(all, context.config)
  const names: Names = { user: id => people.get(id), channel: id => all.get(id)?.name }
  const run: Run = {
    ...{ context, progress, names, teamUrl, channels, owed: new Set(progress.unread), covered: new Map() },
    files: { given: 0, signIns: 0 },
    ...timesOf(context),
  }

  yield* syncChannels(context, progress, channels, names, teamUrl)
  yield* leaveChannels(run)
  for (const channel of channels.values()) yield* readOrSkip(run, channel)
  yield* readOwed(run)
  yield* applyRenames(run)
  yield* auditHistory(run)
  yield* settleFiles(run)
  yield progress.checkpoint()
}

/**
 * The address that links begin with; a gateway that does not offer this method costs the links alone. Any other refusal
 * ends the run: it would take the links from all that is read, until it is read again.
 */
async function teamUrlOf(context: Context, progress: Progress): Promise<string | undefined> {
  const now = context.now().getTime()
  // A workspace gets another address once in its life, if at all.
  if (progress.teamAskedAt !== undefined && now - progress.teamAskedAt < dayMs) return progress.teamUrl
  try {
    const url = textAt(await call(context, 'auth.test', ['ok']), 'url')
    progress.teamUrl = url?.replace(/\/*$/, '/')
  } catch (error) {
    if (!isFailure(error) || (error.status !== 404 && error.providerError !== 'unknown_method')) throw error
  }
  progress.teamAskedAt = now
  return progress.teamUrl
}

function timesOf({ config, now }: Context): Pick<Run, 'windowStart' | 'bound'> {
  const ago = (days: unknown) => (typeof days === 'number' ? toTs(now().getTime() - days * dayMs) : undefined)
  return {
    windowStart: ago(config.thread_window_days ?? defaultWindowDays) ?? beginning,
    bound: ago(config.history_days) ?? beginning,
  }
}

/** A channel that refuses keeps what the store has of it, and its place in the cursor. */
async function* readOrSkip(run: Run, channel: Channel): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  try {
    yield* readChannel(run, channel)
  } catch (error) {
    run.context.skip({ parent: channel.id }, error)
  }
}

/** Channels that were renamed out of the filter, left or deleted go with everything in them, the channel itself last. */
async function* leaveChannels(run: Run): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  for await (const { id } of run.context.known({ entityType: channelType })) {
    if (run.channels.has(id)) continue
    run.progress.setChannel(id, undefined)
    for await (const message of run.context.known(messagesBetween(id, beginning, end)))
      yield* removeMessage(run, message)
    yield { type: 'remove', entityType: channelType, id }
  }
}
