/**
 * Outlook mail in Microsoft Graph as its reference describes it, stricter where it may be: pages of a few with an empty
 * one in between and items twice, opaque links of another spelling that are bound to their folder, changes that have the
 * changed members alone, children before their parents, moves with ids that stay, of which a return is not told.
 */
import {
  createFakeMessages,
  type FakeMessage,
  type FakeMessages,
  type LogEntry,
  rootId,
} from './fake-outlook-messages.ts'
import type { FakeRequest, FakeResponse } from './fake-server.ts'
import {
  graphError,
  type OutlookServer,
  preferredPageSize,
  refuse,
  seal,
  select,
  startOutlook,
  unseal,
} from './outlook-protocol.ts'

export interface FakeOutlookMail extends FakeMessages, OutlookServer {
  /** Answers in place of a folder's messages, by its id. */
  folderFaults: Map<string, FakeResponse>
  /** Answers in place of what is below a message, by the path's end. */
  messageFaults: Map<string, FakeResponse>
  /** Whether single messages can be asked for. */
  hasMessages: boolean
  /** Folders whose links are worth nothing now. */
  expired: Set<string>
}

/** Where a delta has got to: in the listing of ids up to `after`, or in the log. */
interface Position {
  of: string
  select: string
  epoch: number
  listing: boolean
  after: string | number
  /** The log's end when the listing began. */
  since: number
  /** The next page is an empty one. */
  blank: boolean
}

const messageNames = (
  'subject body from sender toRecipients ccRecipients bccRecipients replyTo createdDateTime receivedDateTime ' +
  'sentDateTime lastModifiedDateTime conversationId internetMessageId importance isRead isDraft hasAttachments ' +
  'categories flag inferenceClassification webLink parentFolderId bodyPreview changeKey id'
).split(' ')
const attachmentNames = ['id', 'name', 'contentType', 'size', 'isInline', 'lastModifiedDateTime']

export async function startFakeOutlookMail(): Promise<FakeOutlookMail> {
  const mailbox = createFakeMessages()
  const { folders, messages, log } = mailbox
  let reads = 0
  const deltaQuery = ['$select', '$skiptoken', '$deltatoken']
  const messagesDelta = { parameters: deltaQuery, handler: (request: FakeRequest) => followMessages(request) }
  const outlook = await startOutlook([
    { pattern: '/me', parameters: ['$select'], handler: () => graphError(403, 'Authorization_RequestDenied') },
    { pattern: '/me/mailFolders', handler: () => ({ body: page('mailFolders', { value: [] }) }) },
    { pattern: '/me/mailFolders/delta', parameters: deltaQuery, handler: request => followFolders(request) },
    { pattern: '/me/mailFolders/{id}', parameters: ['$select'], handler: request => oneFolder(request) },
    { pattern: '/me/mailFolders/{id}/messages/delta', ...messagesDelta },
    { pattern: "/me/mailFolders('{id}')/messages/delta", ...messagesDelta },
    { pattern: '/me/messages/{id}', parameters: ['$select'], handler: request => oneMessage(request) },
    {
      pattern: '/me/messages/{id}/attachments',
      parameters: ['$select', '$skip'],
      handler: request => listFiles(request),
    },
    { pattern: '/me/messages/{id}/attachments/{file}', handler: request => wholeFile(request) },
    { pattern: '/me/messages/{id}/attachments/{file}/$value', handler: request => content(request) },
  ])
  const fake: FakeOutlookMail = Object.assign(outlook, mailbox, {
    folderFaults: new Map(),
    messageFaults: new Map(),
    hasMessages: true,
    expired: new Set<string>(),
  })
  return fake

  function page(context: string, body: object) {
    return { '@odata.context': `${fake.graph}/$metadata#users('efee1b77-fb3b-4f65')/${context}`, ...body }
  }

  function followFolders(request: FakeRequest): FakeResponse {
    const at = positionOf(request.query, rootId)
    // From the innermost: children before their parents.
    const all = [...folders.keys()].sort().reverse()
    const changed = log.filter(
      entry => !at.listing && entry.position > Number(at.after) && entry.type.startsWith('folder'),
    )
    const told = [...new Set(changed.map(entry => entry.folder))].reverse()
    return answerPage(request, at, '/me/mailFolders/delta', at.listing ? all : told, id => folderAt(id, at, changed))
  }

  function folderAt(id: string, at: Position, changed: readonly LogEntry[]): Record<string, unknown> | undefined {
    const folder = folders.get(id)
    const own = changed.filter(entry => entry.folder === id)
    if (!folder)
      return own.some(({ type }) => type === 'folder-removed') ? { id, '@removed': { reason: 'deleted' } } : undefined
    const inside = [...messages.values()].filter(message => message.folder === id)
    const whole: Record<string, unknown> = {
      ...(folder.isSearch ? { '@odata.type': '#microsoft.graph.mailSearchFolder' } : {}),
      id,
      displayName: folder.name,
      parentFolderId: folder.parent,
      childFolderCount: [...folders.values()].filter(({ parent }) => parent === id).length,
      totalItemCount: inside.length,
      unreadItemCount: inside.filter(({ members }) => !members.isRead).length,
    }
    const named = own.flatMap(entry => (entry.type === 'folder' ? [entry.members] : []))
    if (at.listing || named.includes('all')) return whole
    return Object.fromEntries(Object.entries(whole).filter(([name]) => name === 'id' || named.flat().includes(name)))
  }

  function oneFolder({ params }: FakeRequest): FakeResponse {
    const folder = [...folders.values()].find(({ id, wellKnown }) => id === params.id || wellKnown === params.id)
    return folder ? { body: page('mailFolders/$entity', { id: folder.id }) } : graphError(404, 'ErrorItemNotFound')
  }

  function followMessages(request: FakeRequest): FakeResponse {
    const { params, query } = request
    const id = params.id ?? ''
    if (!folders.has(id)) return graphError(404, 'ErrorItemNotFound')
    const fault = fake.folderFaults.get(id)
    if (fault) return fault
    const at = positionOf(query, id)
    const all = [...messages.values()].filter(({ folder }) => folder === id)
    const changed = log.filter(
      entry => !at.listing && entry.position > Number(at.after) && entry.folder === id && 'message' in entry,
    )
    const told = [...new Set(changed.flatMap(entry => ('message' in entry ? [entry.message] : [])))]
    const ids = at.listing ? all.map(message => message.id).sort() : told
    return answerPage(request, at, `/me/mailFolders('${encodeURIComponent(id)}')/messages/delta`, ids, messageId =>
      messageAt(messageId, at, changed),
    )
  }

  function messageAt(id: string, at: Position, changed: readonly LogEntry[]): Record<string, unknown> | undefined {
    const message = messages.get(id)
    const own = changed.filter(entry => 'message' in entry && entry.message === id)
    // A message that left and came back is told as one that left.
    if (own.some(({ type }) => type === 'removed') || !message) return { id, '@removed': { reason: 'deleted' } }
    if (message.folder !== at.of) return undefined
    const whole = select(resource(message), new URLSearchParams(at.select ? { $select: at.select } : {}), messageNames)
    if (at.listing || own.some(({ type }) => type === 'whole')) return whole
    const named = own.flatMap(entry => (entry.type === 'part' ? entry.members : []))
    return Object.fromEntries(
      Object.entries(whole).filter(([name]) => name === 'id' || name.startsWith('@') || named.includes(name)),
    )
  }

  function resource({ id, folder, members }: FakeMessage): Record<string, unknown> {
    const changeKey = `CQAAA${++reads}`
    return { '@odata.etag': `W/"${changeKey}"`, id, changeKey, parentFolderId: folder, ...members }
  }

  function positionOf(query: URLSearchParams, of: string): Position {
    const skip = query.get('$skiptoken')
    const delta = query.get('$deltatoken')
    const start = { of, select: query.get('$select') ?? '', epoch: fake.epoch, listing: true, blank: false }
    if (skip === null && delta === null) {
      fake.expired.delete(of)
      return { ...start, after: '', since: log.length }
    }
    const at = unseal<Position>(skip ?? delta ?? '')
    if (at.of !== of || query.has('$select')) refuse(400, 'ErrorInvalidUrlQuery')
    if (at.epoch !== fake.epoch || fake.expired.has(of)) refuse(410, 'SyncStateNotFound')
    return at
  }

  /** The first page is short, the second one empty; the last item of a page comes again on the next one. */
  function answerPage(
    request: FakeRequest,
    at: Position,
    path: string,
    ids: readonly string[],
    show: (id: string) => Record<string, unknown> | undefined,
  ): FakeResponse {
    const context = path.startsWith("/me/mailFolders('") ? "mailFolders('f')/messages" : 'mailFolders'
    const pageSize = Math.min(fake.pageSize, preferredPageSize(request))
    if (at.blank) return { body: page(context, { value: [], ...link(path, '$skiptoken', { ...at, blank: false }) }) }
    if (!at.listing) {
      // All at once, for their order matters; with many a page comes in between.
      const value = ids.flatMap(id => show(id) ?? [])
      const isLong = value.length > pageSize && at.since !== -1
      if (isLong)
        return { body: page(context, { value: value.slice(0, 1), ...link(path, '$skiptoken', { ...at, since: -1 }) }) }
      return { body: page(context, { value, ...link(path, '$deltatoken', { ...at, after: log.length, since: 0 }) }) }
    }
    const isAfter = (id: string) => (path === '/me/mailFolders/delta' ? id < String(at.after) : id > String(at.after))
    const left = at.after === '' ? ids : ids.filter(isAfter)
    const shown = left.slice(0, pageSize)
    const again = at.after !== '' && !fake.isPlain && ids.includes(String(at.after)) ? [String(at.after)] : []
    const value = [...again, ...shown].flatMap(id => show(id) ?? [])
    const isLast = shown.length === left.length
    const next = isLast
      ? link(path, '$deltatoken', { ...at, listing: false, after: at.since, since: 0 })
      : link(path, '$skiptoken', { ...at, after: shown.at(-1) ?? '', blank: at.after === '' && !fake.isPlain })
    return { body: page(context, { value, ...next }) }
  }

  function link(path: string, name: '$skiptoken' | '$deltatoken', at: Position) {
    const kind = name === '$skiptoken' ? '@odata.nextLink' : '@odata.deltaLink'
    return { [kind]: `${fake.graph}${path}?${name}=${seal(at)}` }
  }

  function oneMessage({ params, query }: FakeRequest): FakeResponse {
    const message = messages.get(params.id ?? '')
    const fault = fake.messageFaults.get(params.id ?? '')
    if (fault) return fault
    if (!message || !fake.hasMessages) return graphError(404, 'ErrorItemNotFound')
    return { body: page('messages/$entity', select(resource(message), query, messageNames)) }
  }

  function listFiles({ params, query }: FakeRequest): FakeResponse {
    const message = messages.get(params.id ?? '')
    if (!message) return graphError(404, 'ErrorItemNotFound')
    const fault = fake.messageFaults.get(`${params.id}/attachments`)
    if (fault) return fault
    const skip = Number(query.get('$skip') ?? 0)
    const value = message.attachments.slice(skip, skip + 2).map(({ id, kind, name, contentType, content: bytes }) => {
      const members = {
        id,
        name,
        contentType,
        // More than its bytes are: what Exchange keeps beside them counts.
        size: bytes.length + 237,
        isInline: false,
        lastModifiedDateTime: '2026-01-01T00:00:00Z',
      }
      const bytesOfFile = kind === 'fileAttachment' ? { contentBytes: Buffer.from(bytes).toString('base64') } : {}
      const whole = { '@odata.type': `#microsoft.graph.${kind}`, ...members, ...bytesOfFile }
      return select(whole, query, attachmentNames)
    })
    const rest = new URLSearchParams(query)
    rest.set('$skip', String(skip + 2))
    const next = `${fake.graph}/me/messages/${encodeURIComponent(params.id ?? '')}/attachments?${rest}`
    const more = skip + 2 < message.attachments.length ? { '@odata.nextLink': next } : {}
    return { body: page("messages('m')/attachments", { value, ...more }) }
  }

  function wholeFile({ params }: FakeRequest): FakeResponse {
    const fault = fake.messageFaults.get(`${params.id}/${params.file}`)
    if (fault) return fault
    const file = messages.get(params.id ?? '')?.attachments.find(({ id }) => id === params.file)
    if (!file) return graphError(404, 'ErrorItemNotFound')
    const { id, kind, name, contentType, content } = file
    const bytes = kind === 'fileAttachment' ? { contentBytes: Buffer.from(content).toString('base64') } : {}
    return { body: { '@odata.type': `#microsoft.graph.${kind}`, id, name, contentType, ...bytes } }
  }

  function content({ params }: FakeRequest): FakeResponse {
    const fault = fake.messageFaults.get(`${params.id}/${params.file}/$value`)
    if (fault) return fault
    const file = messages.get(params.id ?? '')?.attachments.find(({ id }) => id === params.file)
    return file ? { body: file.content } : graphError(404, 'ErrorItemNotFound')
  }
}
