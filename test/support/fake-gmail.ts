/**
 * A stateful Gmail with the sharp edges of the real one: small pages, page tokens bound to their query, history ids
 * beyond 2^53 that grow in steps and are forgotten, attachment ids that change at each read and die, batch answers in
 * another order than the questions. What it does not know it refuses.
 * https://developers.google.com/workspace/gmail/api/reference/rest
 */
import { answerBatch } from './fake-gmail-batch.ts'
import { matchesQuery } from './fake-gmail-query.ts'
import type { FakeGmail, FakeGmailKnobs, FakeMessage, FakeMessageInput, FakePart } from './fake-gmail-types.ts'
import type { FakeRequest, FakeResponse, FakeRoute } from './fake-server.ts'
import { boundTo, googleError, handle, refuse, seal, unseal, withCanonicalCode } from './google-protocol.ts'

interface Recorded {
  id: bigint
  member: 'messagesAdded' | 'messagesDeleted' | 'labelsAdded' | 'labelsRemoved'
  item: { message: { id: string; threadId: string; labelIds?: string[] }; labelIds?: string[] }
}

const mailbox = '/gmail/v1/users/me'
const systemLabels =
  'INBOX SENT DRAFT TRASH SPAM STARRED IMPORTANT UNREAD CHAT CATEGORY_PERSONAL CATEGORY_SOCIAL CATEGORY_PROMOTIONS CATEGORY_UPDATES CATEGORY_FORUMS'.split(
    ' ',
  )
export const fakeAddress = 'Me@Example.com'

export function createFakeGmail(): FakeGmail {
  const messages = new Map<string, FakeMessage>()
  const labels = new Map<string, string>()
  const attachments = new Map<string, { messageId: string; bytes: Buffer }>()
  const reads: string[] = []
  let history: Recorded[] = []
  let historyId = 9_007_199_254_740_990n
  let forgotten = 0n
  let epoch = 0
  let serial = 0
  const knobs: FakeGmailKnobs = {
    pageSize: 3,
    hasProfile: true,
    hasHistory: true,
    hasLabels: true,
    batch: 'works',
    messageFault: undefined,
    garble: undefined,
    now: Date.UTC(2026, 0, 15, 12),
  }

  const fake: FakeGmail = {
    routes: [
      route('profile', [], () => (knobs.hasProfile ? { body: profile() } : noRoute)),
      route('labels', [], () => (knobs.hasLabels ? { body: { labels: labelList() } } : noRoute)),
      route('settings/sendAs', [], () => ({ body: { sendAs: [{ sendAsEmail: fakeAddress, isPrimary: true }] } })),
      route('messages', ['q', 'labelIds', 'includeSpamTrash', 'maxResults', 'pageToken'], listMessages, ['labelIds']),
      route('messages/{id}', ['format'], request => getMessage(request.params.id ?? '', request.query.get('format'))),
      route('messages/{id}/attachments/{attachmentId}', [], getAttachment),
      route('history', ['startHistoryId', 'maxResults', 'pageToken'], request =>
        knobs.hasHistory ? listHistory(request) : noRoute,
      ),
      { method: 'POST', pattern: '/batch/gmail/v1', handler: batch },
    ],
    knobs,
    messages,
    labels,
    reads,
    add,
    modify,
    modifyTogether(ids, change) {
      const begun = history.length
      for (const id of ids) modify(id, change)
      for (const recorded of history.slice(begun)) recorded.id = historyId
    },
    trash: id => modify(id, { add: ['TRASH'], remove: ['INBOX'] }),
    untrash: id => modify(id, { remove: ['TRASH'] }),
    delete(id) {
      const { threadId } = must(id)
      messages.delete(id)
      record('messagesDeleted', { message: { id, threadId } })
    },
    makeLabel(name) {
      const id = `Label_${++serial}`
      labels.set(id, name)
      return id
    },
    renameLabel(id, name) {
      labels.set(id, name)
    },
    deleteLabel(id) {
      for (const message of messages.values()) if (message.labelIds.has(id)) modify(message.id, { remove: [id] })
      labels.delete(id)
    },
    expireHistory() {
      history = []
      historyId += 1000n
      forgotten = historyId
    },
    expirePageTokens() {
      epoch++
    },
    historyId: () => String(historyId),
  }
  return fake

  function add(input: FakeMessageInput = {}): FakeMessage {
    const number = ++serial
    const id = input.id ?? (0x18c0000000000000n + BigInt(number) * 4096n).toString(16)
    const { from = 'Ada <ada@example.com>', to = 'Me <me@example.com>', subject = `Subject ${number}` } = input
    const text = input.text ?? `Text of message ${number}.`
    const message: FakeMessage = {
      id,
      threadId: input.threadId ?? id,
      labelIds: new Set(input.labelIds ?? ['INBOX', 'UNREAD']),
      date: input.date ?? Date.UTC(2026, 0, 10) + number * 60_000,
      headers: toHeaders({ Received: 'by 10.0.0.1', From: from, To: to, Subject: subject, ...input.headers }),
      payload: input.payload ?? { mimeType: 'text/plain', content: text },
      snippet: text.slice(0, 60).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/'/g, '&#39;'),
      historyId: 0n,
    }
    messages.set(id, message)
    const { threadId } = message
    message.historyId = record('messagesAdded', { message: { id, threadId, labelIds: [...message.labelIds] } })
    return message
  }

  function modify(id: string, change: { add?: string[]; remove?: string[] }): void {
    const message = must(id)
    const added = (change.add ?? []).filter(label => !message.labelIds.has(label))
    const removed = (change.remove ?? []).filter(label => message.labelIds.has(label))
    for (const label of added) message.labelIds.add(label)
    for (const label of removed) message.labelIds.delete(label)
    const reference = { id, threadId: message.threadId, labelIds: [...message.labelIds] }
    if (added.length > 0) message.historyId = record('labelsAdded', { message: reference, labelIds: added })
    if (removed.length > 0) message.historyId = record('labelsRemoved', { message: reference, labelIds: removed })
  }

  function record(member: Recorded['member'], item: Recorded['item']): bigint {
    historyId += BigInt(7 + (serial % 5))
    history.push({ id: historyId, member, item })
    return historyId
  }

  function must(id: string): FakeMessage {
    const message = messages.get(id)
    if (!message) throw new Error(`the test names a message that is not there: ${id}`)
    return message
  }

  function profile() {
    const threads = new Set([...messages.values()].map(({ threadId }) => threadId))
    return {
      emailAddress: fakeAddress,
      messagesTotal: messages.size,
      threadsTotal: threads.size,
      historyId: String(historyId),
    }
  }

  function labelList() {
    const own = [...labels].map(([id, name]) => ({ id, name, type: 'user' }))
    return [...systemLabels.map(id => ({ id, name: id, type: 'system' })), ...own]
  }

  function listMessages({ query }: FakeRequest): FakeResponse {
    const asked = query.getAll('labelIds')
    if (asked.some(label => !systemLabels.includes(label) && !labels.has(label)))
      refuse(400, 'invalidArgument', 'Invalid label')
    const text = query.get('q') ?? ''
    const shown = query.get('includeSpamTrash') === 'true' || /\bin:(?:trash|spam|anywhere)\b/.test(text)
    const found = [...messages.values()]
      .filter(({ labelIds }) => shown || !(labelIds.has('TRASH') || labelIds.has('SPAM')))
      .filter(({ labelIds }) => asked.every(label => labelIds.has(label)))
      .filter(message => matchesQuery(message, text, { labels, now: knobs.now }))
      .sort((a, b) => b.date - a.date || (a.id < b.id ? 1 : -1))
    const { page, nextPageToken } = pageOf(query, 'messages', found, 500)
    const items = page.map(({ id, threadId }) => ({ id, threadId }))
    return {
      body: { ...(items.length > 0 ? { messages: items } : {}), ...nextPageToken, resultSizeEstimate: found.length },
    }
  }

  function listHistory({ query }: FakeRequest): FakeResponse {
    const start = query.get('startHistoryId') ?? ''
    if (!/^\d+$/.test(start)) refuse(400, 'invalidArgument', 'Missing or invalid startHistoryId')
    if (BigInt(start) < forgotten || BigInt(start) > historyId)
      refuse(404, 'notFound', 'Requested entity was not found.')
    const records = history.filter(({ id }) => id > BigInt(start))
    const { page, nextPageToken } = pageOf(query, 'history', records, 500)
    const items = page.map(({ id, member, item }) => {
      const { id: messageId, threadId } = item.message
      return { id: String(id), messages: [{ id: messageId, threadId }], [member]: [item] }
    })
    return { body: { ...(items.length > 0 ? { history: items } : {}), ...nextPageToken, historyId: String(historyId) } }
  }

  function pageOf<Item>(query: URLSearchParams, kind: string, items: readonly Item[], most: number) {
    const size = Number(query.get('maxResults') ?? 100)
    if (!(size >= 1 && size <= most)) refuse(400, 'invalidArgument', 'Invalid maxResults')
    const bound = `${kind}?${boundTo(query)}#${epoch}`
    const token = query.get('pageToken')
    const from = token === null ? 0 : startOf(token, bound)
    const end = from + Math.min(size, knobs.pageSize)
    const nextPageToken = end < items.length ? { nextPageToken: seal([bound, end]) } : {}
    return { page: items.slice(from, end), nextPageToken }
  }

  function getMessage(id: string, format: string | null): FakeResponse {
    reads.push(id)
    const fault = knobs.messageFault?.(id, reads.length)
    if (fault) return fault
    if (format !== null && format !== 'full') refuse(400, 'invalidArgument', 'the fake gives format=full only')
    const message = messages.get(id)
    if (!message) refuse(404, 'notFound', 'Requested entity was not found.')
    const { threadId, labelIds, snippet, date, headers, payload } = message
    const listed = reads.length % 2 === 0 ? [...labelIds] : [...labelIds].reverse()
    // A new read is the death of the attachment ids that the last one gave.
    for (const [attachmentId, { messageId }] of attachments) if (messageId === id) attachments.delete(attachmentId)
    const part = partOf(message, payload, '')
    const body = {
      id,
      threadId,
      labelIds: listed,
      snippet,
      historyId: String(message.historyId),
      internalDate: String(date),
    }
    return { body: { ...body, sizeEstimate: 1000, payload: { ...part, headers: [...headers, ...part.headers] } } }
  }

  function partOf(
    message: FakeMessage,
    part: FakePart,
    partId: string,
  ): { headers: { name: string; value: string }[] } & Record<string, unknown> {
    const bytes = Buffer.from(part.content ?? '')
    const headers = toHeaders({ 'Content-Type': part.mimeType, ...part.headers })
    const shape = { partId, mimeType: part.mimeType, filename: part.filename ?? '', headers }
    if (part.parts) {
      const parts = part.parts.map((child, index) =>
        partOf(message, child, partId === '' ? `${index}` : `${partId}.${index}`),
      )
      return { ...shape, body: { size: 0 }, parts }
    }
    if (!part.apart) return { ...shape, body: bodyOf(bytes) }
    const attachmentId = `ANGjdJ_${message.id}_${part.filename ? 'file' : 'body'}_${++serial}`
    attachments.set(attachmentId, { messageId: message.id, bytes })
    return { ...shape, body: { size: bytes.length, attachmentId } }
  }

  function getAttachment({ params }: FakeRequest): FakeResponse {
    const found = attachments.get(params.attachmentId ?? '')
    if (!found || found.messageId !== params.id) refuse(404, 'notFound', 'Invalid attachment token')
    return { body: bodyOf(found.bytes) }
  }

  function batch(request: FakeRequest): FakeResponse {
    if (knobs.batch === 'missing') return noRoute
    if (knobs.batch === 'refused') return { status: 405, body: {} }
    if (knobs.batch === 'unimplemented') return { status: 501, body: {} }
    if (knobs.batch === 'plain') return { body: { hello: 'there' } }
    const answer = answerBatch(request, path => {
      const url = new URL(path, 'http://fake')
      const id = /^\/gmail\/v1\/users\/me\/messages\/([^/]+)$/.exec(url.pathname)?.[1]
      if (id === undefined) return googleError(404, 'notFound')
      const inner = {
        ...request,
        method: 'GET',
        path: url.pathname,
        query: url.searchParams,
        params: { id: decodeURIComponent(id) },
      }
      const read = handle(['format'], ({ params, query }) => getMessage(params.id ?? '', query.get('format')))
      return withCanonicalCode(read(inner))
    })
    return typeof answer.body === 'string' && knobs.garble ? { ...answer, body: knobs.garble(answer.body) } : answer
  }
}

const noRoute: FakeResponse = { status: 404, body: 'Not Found' }

function route(
  path: string,
  parameters: readonly string[],
  handler: (request: FakeRequest) => FakeResponse,
  repeated: readonly string[] = [],
): FakeRoute {
  const answer = handle(parameters, handler, repeated)
  return { method: 'GET', pattern: `${mailbox}/${path}`, handler: request => withCanonicalCode(answer(request)) }
}

function startOf(token: string, bound: string): number {
  const value = unseal(token)
  if (!Array.isArray(value) || value[0] !== bound) refuse(400, 'invalidArgument', 'Invalid pageToken')
  return Number(value[1])
}

function toHeaders(headers: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }))
}

/** What is empty is left out of Google's JSON. */
function bodyOf(bytes: Buffer): { size: number; data?: string } {
  return { size: bytes.length, ...(bytes.length > 0 && { data: bytes.toString('base64url') }) }
}
