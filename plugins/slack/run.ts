/** What one run knows while it reads, and the questions that every part asks the store. */
import type { Context, Failure, Known, KnownScope } from '../../core/plugin.ts'
import type { Channel } from './channels.ts'
import type { Names } from './mrkdwn.ts'
import type { Progress } from './progress.ts'

export interface Run {
  context: Context
  progress: Progress
  names: Names
  /** The workspace's address, with a slash at its end; without it nothing has a link. */
  teamUrl: string | undefined
  /** The channels that the configuration asks for, by id. */
  channels: ReadonlyMap<string, Channel>
  /** Threads with a message since then are read again. */
  windowStart: string
  /** Threads begun until then are too old for `history_days`; `beginning` when none are. */
  bound: string
  /** First messages of threads that an earlier run could not read and this one has not tried yet. */
  owed: Set<string>
  /** How far down each channel has been read in this run. */
  covered: Map<string, string>
  /** How reading files goes. */
  files: {
    given: number
    /** Those for which Slack asked to sign in. */
    signIns: number
    /** Why no file can be read: the others need not be tried. */
    refusal?: Failure
  }
}

export const messageType = 'slack_message'
export const fileType = 'slack_file'

/** The first that the store holds within a scope. */
export async function firstKnown(context: Context, scope: KnownScope): Promise<Known | undefined> {
  for await (const known of context.known(scope)) return known
  return undefined
}

/** A message's id: Slack's `ts` is unique within its channel only. */
export function messageId(channel: string, ts: string): string {
  return `${channel}/${ts}`
}

/** A channel's messages within a range of `ts`, both ends included; a range of ids is what a store finds fast. */
export function messagesBetween(channel: string, lower: string, upper: string): KnownScope {
  return { entityType: messageType, fromId: messageId(channel, lower), toId: messageId(channel, upper) }
}

export function tsOf(messageId: string): string {
  return messageId.slice(messageId.indexOf('/') + 1)
}

export function channelOf(messageId: string): string {
  return messageId.slice(0, messageId.indexOf('/'))
}
