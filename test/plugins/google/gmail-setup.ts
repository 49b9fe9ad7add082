/** Gmail's fake, served, with the real parts in front of it, and the truth to compare the store with. */
import { afterEach, expect } from 'vitest'
import { type Config, type Endpoints, isJsonObject, type JsonObject } from '../../../core/plugin.ts'
import type { EntityRow } from '../../../core/store/store.ts'
import { google } from '../../../plugins/google/index.ts'
import { createFakeGmail } from '../../support/fake-gmail.ts'
import type { FakeGmail, FakeMessage, FakePart } from '../../support/fake-gmail-types.ts'
import { type FakeServer, startFakeServer } from '../../support/fake-server.ts'
import { createHarness, type Harness, type RunResult } from '../../support/sync-harness.ts'

export interface Setup {
  /** Where the fake is. */
  endpoints: Endpoints
  gmail: FakeGmail
  server: FakeServer
  harness: Harness
  close(): Promise<void>
}

export async function createSetup(config: Config = {}, prepare?: (gmail: FakeGmail) => void): Promise<Setup> {
  const gmail = createFakeGmail()
  prepare?.(gmail)
  const server = await startFakeServer(gmail.routes)
  server.tokens = new Set(['good-token'])
  const endpoints = { ...google.endpoints, api: server.url, gmail: server.url }
  const harness = await createHarness({ plugin: google, shortName: 'gmail', endpoints, config })
  return {
    ...{ endpoints, gmail, server, harness },
    async close() {
      await Promise.all([server.close(), harness.close()])
    },
  }
}

/** Setups that are closed after each test, which fails if the plugin asked for a route that Gmail does not have. */
export function useSetups(): (config?: Config, prepare?: (gmail: FakeGmail) => void) => Promise<Setup> {
  const open: Setup[] = []
  afterEach(async () => {
    for (const setup of open.splice(0)) {
      expect(setup.server.unknown).toEqual([])
      await setup.close()
    }
  })
  return async (config, prepare = fillMailbox) => {
    const setup = await createSetup(config, prepare)
    open.push(setup)
    return setup
  }
}

export function only<Item>(items: readonly Item[]): Item {
  expect(items).toHaveLength(1)
  return items[0] as Item
}

export function bySubject(gmail: FakeGmail, subject: string): FakeMessage {
  return only([...gmail.messages.values()].filter(({ headers }) => headers.some(({ value }) => value === subject)))
}

export async function entity({ harness }: Setup, key: string): Promise<EntityRow> {
  const found = (await harness.entities()).get(key)
  if (!found) throw new Error(`${key} is not in the store`)
  return found
}

/** Three threads, one of them with three messages, one message with two attachments; some trash and spam. */
export function fillMailbox(gmail: FakeGmail): void {
  const first = gmail.add({ subject: 'Plans', text: 'Let us make plans.' })
  gmail.add({ threadId: first.threadId, subject: 'Re: Plans', from: 'Bob <bob@example.com>' })
  gmail.add({ threadId: first.threadId, subject: 'RE: Plans' })
  gmail.add({ subject: 'Files', payload: withFiles() })
  gmail.add({ subject: 'Alone', labelIds: ['SENT'] })
  gmail.add({ subject: 'Thrown away', labelIds: ['TRASH'] })
  gmail.add({ subject: 'Unwanted', labelIds: ['SPAM'] })
}

export function withFiles(): FakePart {
  return {
    mimeType: 'multipart/mixed',
    parts: [
      { mimeType: 'text/plain', content: 'See the files.' },
      { mimeType: 'text/csv', filename: 'numbers.csv', content: 'name,count\napples,7\n', apart: true },
      { mimeType: 'image/png', filename: 'photo.png', content: new Uint8Array([137, 80, 78, 71]), apart: true },
    ],
  }
}

export function isVisible({ labelIds }: FakeMessage): boolean {
  return !labelIds.has('TRASH') && !labelIds.has('SPAM')
}

/** The store holds exactly what the mailbox holds: messages with their labels, attachments, threads with their counts. */
export async function expectTruth(
  { gmail, harness }: Setup,
  asked: (message: FakeMessage) => boolean = isVisible,
): Promise<void> {
  const kept = [...gmail.messages.values()].filter(asked)
  const expected = new Map<string, unknown>()
  for (const { id, threadId, labelIds, payload } of kept) {
    expected.set(`gmail_message:${id}`, { threadId, labelIds: [...labelIds].sort() })
    for (const partId of fileIds(payload, '')) expected.set(`gmail_attachment:${id}/${partId}`, { threadId })
  }
  for (const [threadId, messages] of Map.groupBy(kept, message => message.threadId)) {
    const labelIds = [...new Set(messages.flatMap(message => [...message.labelIds]))].sort()
    expected.set(`gmail_thread:${threadId}`, { ids: messages.map(({ id }) => id).sort(), labelIds })
  }
  const actual = new Map<string, unknown>()
  for (const [key, { entityType, raw, breadcrumbs }] of await harness.entities()) {
    const threadId = breadcrumbs[0]?.entityId
    if (entityType === 'gmail_message') actual.set(key, { threadId, labelIds: raw?.labelIds })
    else if (entityType === 'gmail_attachment') actual.set(key, { threadId })
    else actual.set(key, { ids: membersOf(raw).sort(), labelIds: raw?.labelIds })
  }
  expect(sorted(actual)).toEqual(sorted(expected))
}

/** A run that found nothing to do, with two requests: the labels and the history. */
export function expectQuiet(result: RunResult): void {
  expect(result).toMatchObject({ inserted: 0, updated: 0, deleted: 0, skipped: 0, failed: 0, requests: 2 })
}

function sorted(map: Map<string, unknown>): [string, unknown][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

function membersOf(raw: JsonObject | null): string[] {
  const messages = Array.isArray(raw?.messages) ? raw.messages : []
  return messages.map(message => (isJsonObject(message) ? String(message.id) : ''))
}

function fileIds(part: FakePart, partId: string): string[] {
  if (part.filename) return [partId || '0']
  return (part.parts ?? []).flatMap((child, index) => fileIds(child, partId === '' ? `${index}` : `${partId}.${index}`))
}
