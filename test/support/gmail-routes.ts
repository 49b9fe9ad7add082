/** Gmail's routes as Google's SDK has them. */
import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { sdkOptions } from './google-sdk.ts'
import { type Route, route, type ShapeOf } from './google-types.ts'

export function gmailClient(url: string, token?: string): gmail_v1.Gmail {
  return gmail({ version: 'v1', ...sdkOptions(url, token) })
}

const user = '/gmail/v1/users/{userId}'

export function gmailRoutes(url: string): Route[] {
  const { users } = gmailClient(url)
  return [
    route(
      `${user}/profile`,
      (ask: gmail_v1.Params$Resource$Users$Getprofile) => users.getProfile(ask),
      {},
      { emailAddress: 'text', historyId: 'text', messagesTotal: 'number', threadsTotal: 'number' },
    ),
    route(
      `${user}/labels`,
      (ask: gmail_v1.Params$Resource$Users$Labels$List) => users.labels.list(ask),
      {},
      { labels: [{ id: 'text', name: 'text', type: 'text' }] },
    ),
    route(
      `${user}/settings/sendAs`,
      (ask: gmail_v1.Params$Resource$Users$Settings$Sendas$List) => users.settings.sendAs.list(ask),
      {},
      { sendAs: [{ sendAsEmail: 'text', isPrimary: 'boolean' }] },
    ),
    route(
      `${user}/messages`,
      (ask: gmail_v1.Params$Resource$Users$Messages$List) => users.messages.list(ask),
      { q: 'text', labelIds: 'texts', includeSpamTrash: 'boolean', maxResults: 'number', pageToken: 'text' },
      { messages: [reference], nextPageToken: 'text', resultSizeEstimate: 'number' },
    ),
    route(
      `${user}/messages/{id}`,
      (ask: gmail_v1.Params$Resource$Users$Messages$Get) => users.messages.get(ask),
      { format: 'text' },
      message,
    ),
    route(
      `${user}/messages/{messageId}/attachments/{id}`,
      (ask: gmail_v1.Params$Resource$Users$Messages$Attachments$Get) => users.messages.attachments.get(ask),
      {},
      body,
    ),
    route(
      `${user}/history`,
      (ask: gmail_v1.Params$Resource$Users$History$List) => users.history.list(ask),
      { startHistoryId: 'text', maxResults: 'number', pageToken: 'text' },
      { history: [history], nextPageToken: 'text', historyId: 'text' },
    ),
  ]
}

const reference = { id: 'text', threadId: 'text' } as const satisfies ShapeOf<gmail_v1.Schema$Message>

const body = {
  size: 'number',
  data: 'text',
  attachmentId: 'text',
} as const satisfies ShapeOf<gmail_v1.Schema$MessagePartBody>

const part: ShapeOf<gmail_v1.Schema$MessagePart> = {
  partId: 'text',
  mimeType: 'text',
  filename: 'text',
  headers: [{ name: 'text', value: 'text' }],
  body,
  get parts() {
    return [part] as const
  },
}

const message = {
  ...reference,
  labelIds: ['text'],
  snippet: 'text',
  historyId: 'text',
  internalDate: 'text',
  sizeEstimate: 'number',
  payload: part,
} as const satisfies ShapeOf<gmail_v1.Schema$Message>

const changed = { ...reference, labelIds: ['text'] } as const satisfies ShapeOf<gmail_v1.Schema$Message>

const history = {
  id: 'text',
  messages: [reference],
  messagesAdded: [{ message: changed }],
  messagesDeleted: [{ message: changed }],
  labelsAdded: [{ message: changed, labelIds: ['text'] }],
  labelsRemoved: [{ message: changed, labelIds: ['text'] }],
} as const satisfies ShapeOf<gmail_v1.Schema$History>
