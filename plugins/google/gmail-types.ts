/** Gmail's own objects, as far as they are read. https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages */

export interface GmailPart {
  partId?: string
  mimeType?: string
  filename?: string
  headers?: { name?: string; value?: string }[]
  body?: {
    size?: number
    /** base64url. */
    data?: string
    /** Another one at each read, and dead soon after: never an identity. */
    attachmentId?: string
  }
  parts?: GmailPart[]
}

export interface GmailMessage {
  id: string
  threadId: string
  labelIds?: string[]
  /** The beginning of the text, HTML-escaped. */
  snippet?: string
  historyId?: string
  /** Milliseconds since 1970, as text. */
  internalDate?: string
  sizeEstimate?: number
  payload?: GmailPart
}

export interface MessageList {
  messages?: { id: string; threadId: string }[]
  nextPageToken?: string
  resultSizeEstimate?: number
}

export interface HistoryRecord {
  id?: string
  messages?: { id: string; threadId?: string }[]
  messagesAdded?: HistoryItem[]
  messagesDeleted?: HistoryItem[]
  labelsAdded?: HistoryItem[]
  labelsRemoved?: HistoryItem[]
}

export interface HistoryItem {
  message?: { id?: string; threadId?: string }
  labelIds?: string[]
}

export interface HistoryPage {
  history?: HistoryRecord[]
  nextPageToken?: string
  historyId: string
}
