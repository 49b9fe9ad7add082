/** The fake against Google's own SDK, and the plugin's requests, batched ones too, against the SDK's types. */
import type { gmail_v1 } from '@googleapis/gmail'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../../core/plugin.ts'
import { createFakeGmail, fakeAddress } from '../../support/fake-gmail.ts'
import type { FakeGmail } from '../../support/fake-gmail-types.ts'
import { gmailClient, gmailRoutes } from '../../support/gmail-routes.ts'
import { drain, faithful, identify, judge, refusal, serveGoogle } from '../../support/google-sdk.ts'
import { type Exchange, observed } from '../../support/google-types.ts'
import { bySubject, fillMailbox, isVisible, useSetups } from './gmail-setup.ts'

const userId = 'me'
/** `batchPath` of Gmail's discovery document; the SDK has no batches. */
const batchPath = '/batch/gmail/v1'

async function serve() {
  const gmail = createFakeGmail()
  fillMailbox(gmail)
  const server = await serveGoogle(gmail.routes)
  const { users } = gmailClient(server.url)
  const list = async (ask: gmail_v1.Params$Resource$Users$Messages$List = {}) => {
    const pages = await drain(paged => users.messages.list({ userId, maxResults: 500, ...ask, ...paged }))
    return { pages: pages.length, ids: pages.flatMap(({ messages = [] }) => messages.map(({ id }) => id ?? '')) }
  }
  const follow = async (startHistoryId: string) => {
    const pages = await drain(paged => users.history.list({ userId, startHistoryId, maxResults: 500, ...paged }))
    return { pages: pages.length, records: pages.flatMap(({ history = [] }) => history), last: pages.at(-1)?.historyId }
  }
  return { gmail, server, users, list, follow }
}

function headerOf({ payload }: gmail_v1.Schema$Message, wanted: string): string | null | undefined {
  return payload?.headers?.find(({ name }) => name === wanted)?.value
}

describe("Google's SDK", () => {
  test("reads the fake's account and labels", async () => {
    const { gmail, users } = await serve()
    const work = gmail.makeLabel('Work')
    const { data: profile } = await users.getProfile({ userId })
    expect(profile).toEqual({
      ...{ emailAddress: fakeAddress, messagesTotal: 7, threadsTotal: 5, historyId: gmail.historyId() },
    })
    const { data } = await users.labels.list({ userId })
    expect(data.labels).toContainEqual({ id: work, name: 'Work', type: 'user' })
    expect(data.labels).toContainEqual({ id: 'INBOX', name: 'INBOX', type: 'system' })
    const { data: aliases } = await users.settings.sendAs.list({ userId })
    expect(aliases.sendAs).toEqual([{ sendAsEmail: fakeAddress, isPrimary: true }])
  })

  test("lists the fake's messages, page by page, and reads each with its files", async () => {
    const { gmail, users, list } = await serve()
    const all = [...gmail.messages.values()]
    const idsOf = (fits: (message: (typeof all)[number]) => boolean) => all.filter(fits).map(({ id }) => id)
    const { ids, pages } = await list()
    expect(ids).toEqual(idsOf(isVisible).reverse())
    expect(pages).toBe(2)
    expect((await list({ includeSpamTrash: true })).ids.sort()).toEqual(idsOf(() => true).sort())
    gmail.modify(ids[0] ?? '', { add: ['STARRED', 'INBOX'] })
    expect((await list({ labelIds: ['STARRED', 'INBOX'] })).ids).toEqual([ids[0]])
    expect((await list({ labelIds: ['SPAM', 'INBOX'], includeSpamTrash: true })).ids).toEqual([])
    expect((await list({ q: 'from:bob' })).ids).toEqual([bySubject(gmail, 'Re: Plans').id])

    for (const { id, threadId, labelIds, headers, date } of all) {
      const { data } = await users.messages.get({ userId, id, format: 'full' })
      expect(data).toMatchObject({ id, threadId, internalDate: String(date) })
      expect(data.labelIds?.toSorted()).toEqual([...labelIds].sort())
      expect(headerOf(data, 'Subject')).toBe(headers.find(({ name }) => name === 'Subject')?.value)
    }
    expect(all).toHaveLength(7)

    const { id } = bySubject(gmail, 'Files')
    const { data: message } = await users.messages.get({ userId, id })
    const [text, numbers] = message.payload?.parts ?? []
    expect(Buffer.from(text?.body?.data ?? '', 'base64url').toString()).toBe('See the files.')
    expect(numbers).toMatchObject({ filename: 'numbers.csv', mimeType: 'text/csv', partId: '1' })
    const attachment = { userId, messageId: id, id: numbers?.body?.attachmentId ?? '' }
    const { data: content } = await users.messages.attachments.get(attachment)
    expect(Buffer.from(content.data ?? '', 'base64url').toString()).toBe('name,count\napples,7\n')
    expect(content.size).toBe(numbers?.body?.size)
    await users.messages.get({ userId, id })
    expect(await refusal(users.messages.attachments.get(attachment))).toMatchObject({ status: 404 })
  })

  test("follows the fake's history", async () => {
    const { gmail, users, follow } = await serve()
    const { data: profile } = await users.getProfile({ userId })
    const [plans, alone] = [bySubject(gmail, 'Plans').id, bySubject(gmail, 'Alone').id]
    gmail.modify(plans, { add: ['STARRED'], remove: ['UNREAD'] })
    gmail.trash(alone)
    gmail.delete(bySubject(gmail, 'Files').id)
    const { id: added } = gmail.add({ subject: 'New' })
    const { records, pages, last } = await follow(profile.historyId ?? '')
    expect(pages).toBe(2)
    const told = records.flatMap(({ messagesAdded, messagesDeleted, labelsAdded, labelsRemoved }) => [
      ...(messagesAdded ?? []).map(({ message }) => `${message?.id} added`),
      ...(messagesDeleted ?? []).map(({ message }) => `${message?.id} deleted`),
      ...(labelsAdded ?? []).map(({ message, labelIds }) => `${message?.id} +${labelIds}`),
      ...(labelsRemoved ?? []).map(({ message, labelIds }) => `${message?.id} -${labelIds}`),
    ])
    expect(told).toContain(`${plans} +STARRED`)
    expect(told).toContain(`${plans} -UNREAD`)
    expect(told).toContain(`${alone} +TRASH`)
    expect(told).toContain(`${added} added`)
    expect(told.filter(change => change.endsWith(' deleted'))).toHaveLength(1)
    expect(told).toHaveLength(records.length)
    expect(last).toBe(gmail.historyId())
    expect((await follow(last ?? '')).records).toEqual([])
  })

  test("understands the fake's refusals", async () => {
    const { gmail, server, users } = await serve()
    const { data: profile } = await users.getProfile({ userId })
    const { data } = await users.messages.list({ userId })
    const pageToken = data.nextPageToken ?? ''
    expect(pageToken).not.toBe('')
    const refused = (ask: gmail_v1.Params$Resource$Users$Messages$List) => refusal(users.messages.list(ask))
    const invalid = { status: 400, reason: 'invalidArgument', canonical: 'INVALID_ARGUMENT' }
    expect(await refused({ userId, pageToken, q: 'from:bob' })).toMatchObject(invalid)
    expect(await refused({ userId, pageToken, maxResults: 5 })).toMatchObject(invalid)
    expect(await refused({ userId, pageToken: 'made-up' })).toMatchObject({ status: 400 })
    expect(await refused({ userId, labelIds: ['INBOX', 'none'] })).toMatchObject(invalid)
    expect(await refused({ userId, maxResults: 501 })).toMatchObject(invalid)
    const startHistoryId = profile.historyId ?? ''
    expect(await refusal(users.history.list({ userId, startHistoryId, pageToken }))).toMatchObject(invalid)
    expect(await refusal(users.history.list({ userId }))).toMatchObject(invalid)
    const missing = { status: 404, code: 404, reason: 'notFound', canonical: 'NOT_FOUND' }
    const message = 'Requested entity was not found.'
    expect(await refusal(users.messages.get({ userId, id: 'none' }))).toEqual({ ...missing, message })
    gmail.expireHistory()
    expect(await refusal(users.history.list({ userId, startHistoryId }))).toEqual({ ...missing, message })
    const stranger = gmailClient(server.url, 'another').users
    expect(await refusal(stranger.getProfile({ userId }))).toMatchObject({
      ...{ status: 401, code: 401, reason: 'authError', canonical: 'UNAUTHENTICATED' },
    })
  })
})

describe('every request of the plugin', () => {
  const start = useSetups()
  const configs: Config[] = [
    {},
    { gmail_query: 'newer_than:30d' },
    { included_labels: ['Trash'] },
    { after_date: '2026-01-01', included_labels: ['Inbox', 'Work'], excluded_labels: ['Promotions'], gmail_query: 'e' },
  ]

  test("is one of the SDK's, and every answer is of its types", async () => {
    const single: Exchange[] = []
    const inner: Exchange[] = []
    for (const config of configs) {
      const exchanges = await exchangesOf(config)
      single.push(...exchanges.filter(({ path }) => path !== batchPath))
      const batched = exchanges.flatMap(innerOf)
      expect(batched.length).toBeGreaterThan(1)
      inner.push(...batched)
    }
    expect(single.length).toBeGreaterThan(80)
    expect(inner.length).toBeGreaterThan(20)
    expect(single.some(({ path, query }) => path.endsWith('/history') && query.has('pageToken'))).toBe(true)
    expect(single.some(({ path, answer }) => path.endsWith('/history') && answer.status === 404)).toBe(true)
    expect(await judge(gmailRoutes, [...single, ...inner])).toEqual(faithful)
  })

  /** All that is asked and answered in a full listing, deltas with every kind of change, and a healing. */
  async function exchangesOf(config: Config): Promise<Exchange[]> {
    let exchanges: Exchange[] = []
    const { gmail, server, harness } = await start(config, gmail => {
      fillMailbox(gmail)
      gmail.makeLabel('Work')
      const recording = observed(gmail.routes)
      gmail.routes = recording.routes
      exchanges = recording.exchanges
    })
    await identify('gmail', server.url)
    await harness.run()
    changeAll(gmail)
    await harness.run()
    // One change alone is not batched.
    gmail.add({ labelIds: ['INBOX', 'TRASH'], subject: 'one' })
    await harness.run()
    gmail.delete(bySubject(gmail, 'Plans').id)
    gmail.expireHistory()
    await harness.run()
    gmail.knobs.hasProfile = false
    await identify('gmail', server.url)
    return exchanges
  }

  function changeAll(gmail: FakeGmail): void {
    const work = [...gmail.labels.keys()][0] ?? ''
    gmail.modify(bySubject(gmail, 'Plans').id, { add: ['STARRED', work], remove: ['UNREAD'] })
    gmail.trash(bySubject(gmail, 'Alone').id)
    gmail.untrash(bySubject(gmail, 'Thrown away').id)
    gmail.delete(bySubject(gmail, 'Re: Plans').id)
    gmail.add({ subject: 'New', labelIds: ['INBOX', work] })
    gmail.renameLabel(work, 'Work')
  }
})

/** The requests in a batch, each with its answer. https://developers.google.com/workspace/gmail/api/guides/batch */
function innerOf({ method, path, query, body, answer }: Exchange): Exchange[] {
  if (path !== batchPath) return []
  expect(`${method} ${query}`).toBe('POST ')
  const asked = [...body.matchAll(/^Content-ID: <(\S+)>\r\n\r\n(GET) (\S+)\r\n/gm)]
  expect(asked).toHaveLength(body.split('Content-Type: application/http\r\n').length - 1)
  expect(asked.length).toBeGreaterThan(1)
  return asked.map(([, id, verb = '', url = '']) => {
    const { pathname, searchParams } = new URL(url, 'http://fake')
    const part = String(answer.body).split(`Content-ID: <response-${id}>\r\n`)[1] ?? ''
    const [, status, json = ''] = /^\r\nHTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n(\{[\s\S]*?\n\})\r\n--/.exec(part) ?? []
    const inner = { status: Number(status), body: JSON.parse(json) as unknown }
    return { method: verb, path: pathname, query: searchParams, body: '', answer: inner }
  })
}
