/** A small workspace with everything in it, and what inlet should hold of it. */
import { expect } from 'vitest'
import type { Config, JsonObject } from '../../../core/plugin.ts'
import { slack } from '../../../plugins/slack/index.ts'
import type { FakeRequest } from '../../support/fake-server.ts'
import { type FakeSlack, type SlackMessage, startFakeSlack } from '../../support/fake-slack.ts'
import { createHarness, type Harness, type RunResult } from '../../support/sync-harness.ts'

/** The harness's clock at the start: 2026-01-15T12:00:00Z. */
export const nowMs = Date.UTC(2026, 0, 15, 12)
export const dayMs = 24 * 60 * 60 * 1000

export function daysAgo(days: number, second = 0): string {
  return `${Math.floor((nowMs - days * dayMs) / 1000) + second}.000200`
}

/** What a dead token gets: ends the run at once. */
export const bearerFault = { body: { ok: false, error: 'invalid_auth' } }

export function formOf(request: FakeRequest): URLSearchParams {
  return new URLSearchParams(request.body)
}

export interface Workspace {
  fake: FakeSlack
  harness: Harness
  close(): Promise<void>
}

export async function openWorkspace(
  options: { config?: Config; pageSize?: number; seed?(fake: FakeSlack): void } = {},
): Promise<Workspace> {
  // The harness has no clock to ask: its time moves by its sleeps alone.
  const slept: { list: readonly number[] } = { list: [] }
  const fake = await startFakeSlack({
    pageSize: options.pageSize ?? 3,
    now: () => nowMs + slept.list.reduce((sum, ms) => sum + ms, 0),
  })
  ;(options.seed ?? seed)(fake)
  const harness = await createHarness({
    plugin: slack,
    shortName: 'slack',
    endpoints: fake.endpoints,
    config: options.config ?? {},
    now: nowMs,
  })
  slept.list = harness.slept
  return {
    fake,
    harness,
    async close() {
      await harness.close()
      await fake.close()
      expect(fake.server.unknown).toEqual([])
      expect(fake.problems).toEqual([])
    },
  }
}

export function seed(fake: FakeSlack): void {
  fake.addUser({ id: 'U00000001', name: 'me', profile: { display_name: 'Mia' } })
  fake.addUser({ id: 'U00000002', name: 'ann', profile: { display_name: 'Ann' } })
  fake.addUser({ id: 'U00000003', name: 'ben', real_name: 'Ben', profile: { display_name: '', real_name: 'Ben' } })
  fake.addUser({ id: 'U00000004', name: 'zoe', deleted: true, profile: { display_name: 'Zoe' } })
  fake.addChannel({ id: 'C00000001', name: 'general', is_general: true })
  fake.addChannel({ id: 'C00000002', name: 'random' })
  fake.addChannel({ id: 'C00000003', name: 'secret', is_private: true, is_channel: false, is_group: true })
  fake.addChannel({ id: 'C00000004', name: 'attic', is_archived: true })
  fake.addChannel({ id: 'D00000001', is_im: true, is_channel: false, user: 'U00000002' })
  for (const channel of ['C00000001', 'C00000002', 'C00000003', 'C00000004', 'D00000001']) {
    for (let index = 1; index <= 7; index++) {
      fake.post(channel, {
        text: `${channel} message ${index}`,
        user: `U0000000${(index % 3) + 1}`,
        ts: daysAgo(10 - index),
      })
    }
  }
  for (let index = 1; index <= 4; index++) {
    const user = index % 2 ? 'U00000002' : 'U00000004'
    fake.reply('C00000001', daysAgo(8), { text: `reply ${index}`, user, ts: daysAgo(8, index * 60) })
  }
  fake.reply('C00000001', daysAgo(5), { text: 'broadcast reply', subtype: 'thread_broadcast', ts: daysAgo(4, 60) })
  fake.post('C00000001', { subtype: 'channel_join', text: 'Ben has joined', ts: daysAgo(3, 30) })
  fake.post('C00000002', { text: 'with a file', files: [file('F00000001')], ts: daysAgo(2) })
  fake.post('C00000003', { text: 'the same file', files: [file('F00000001'), file('F00000002')], ts: daysAgo(1) })
}

export function file(id: string): JsonObject {
  return {
    id,
    name: `${id}.pdf`,
    title: `${id}.pdf`,
    mimetype: 'application/pdf',
    mode: 'hosted',
    created: 1768000000,
    user: 'U00000002',
  }
}

/** What must be in the store: the texts of all entities by `type:id`. */
export function truthOf(
  fake: FakeSlack,
  wanted: { channel?(id: string): boolean; after?: string } = {},
): Map<string, string> {
  const truth = new Map<string, string>()
  for (const user of fake.users) if (!user.deleted) truth.set(`slack_user:${user.id}`, '')
  for (const channel of fake.channels) {
    if (!(wanted.channel ?? (id => !id.startsWith('D')))(channel.id)) continue
    truth.set(`slack_channel:${channel.id}`, '')
    const list = fake.messages.get(channel.id) ?? []
    for (const message of list) {
      const thread = String(message.thread_ts ?? message.ts)
      if (!isShown(message, list) || (wanted.after !== undefined && thread <= wanted.after)) continue
      const files = liveFiles(message).map(({ id }) => String(id))
      const parent = thread === message.ts ? '' : parentText(list.find(({ ts }) => ts === thread))
      truth.set(
        `slack_message:${channel.id}/${message.ts}`,
        [message.text, ...files.map(id => `${id}.pdf`)].join('\n\n') + parent,
      )
      for (const id of files) {
        const key = `slack_file:${id}`
        const home = `${channel.id}/${message.ts}`
        const other = truth.get(key)
        if (other === undefined || home.slice(10) < other.slice(10)) truth.set(key, home)
      }
    }
  }
  return truth
}

/** The store's entities in the terms of `truthOf`. */
export async function heldBy(harness: Harness): Promise<Map<string, string>> {
  const held = new Map<string, string>()
  for (const [key, entity] of await harness.entities()) {
    const parent = entity.breadcrumbs[1]
    if (entity.entityType === 'slack_message') held.set(key, entity.text + (parent ? ` < ${parent.name}` : ''))
    else held.set(key, entity.entityType === 'slack_file' ? (entity.breadcrumbs.at(-1)?.entityId ?? '') : '')
  }
  return held
}

export async function expectTruth({ fake, harness }: Workspace, wanted?: Parameters<typeof truthOf>[1]): Promise<void> {
  const truth = truthOf(fake, wanted)
  expect(truth.size).toBeGreaterThan(0)
  expect(sorted(await heldBy(harness))).toEqual(sorted(truth))
}

export async function expectQuiet(workspace: Workspace): Promise<RunResult> {
  const result = await workspace.harness.run()
  expect({ ...result, kept: 0, encountered: {}, requests: 0 }).toEqual({
    inserted: 0,
    updated: 0,
    deleted: 0,
    kept: 0,
    skipped: 0,
    failed: 0,
    encountered: {},
    requests: 0,
  })
  return result
}

export function isShown(message: SlackMessage, list: readonly SlackMessage[]): boolean {
  if (message.subtype === 'tombstone') return false
  return message.subtype !== 'channel_join' || list.some(({ thread_ts }) => thread_ts === message.ts)
}

function parentText(parent: SlackMessage | undefined): string {
  return ` < ${!parent || parent.subtype === 'tombstone' ? 'Deleted message' : String(parent.text)}`
}

export function liveFiles(message: SlackMessage): JsonObject[] {
  const files = Array.isArray(message.files) ? (message.files as JsonObject[]) : []
  return files.filter(({ mode }) => mode !== 'tombstone')
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
