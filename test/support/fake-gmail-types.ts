/** What the fake Gmail holds, and how a test changes it. */
import type { FakeResponse, FakeRoute } from './fake-server.ts'

export interface FakePart {
  mimeType: string
  filename?: string
  headers?: Record<string, string>
  /** Text as UTF-8, or bytes. */
  content?: string | Uint8Array
  /** Given by an attachment id instead of inline, as Gmail does with files and with large texts. */
  apart?: boolean
  parts?: FakePart[]
}

export interface FakeMessageInput {
  id?: string
  threadId?: string
  labelIds?: string[]
  /** Milliseconds since 1970. */
  date?: number
  from?: string
  to?: string
  subject?: string
  headers?: Record<string, string>
  /** A `text/plain` message. */
  text?: string
  /** Instead of `text`: the whole tree. */
  payload?: FakePart
}

export interface FakeMessage {
  id: string
  threadId: string
  labelIds: Set<string>
  date: number
  headers: { name: string; value: string }[]
  payload: FakePart
  snippet: string
  historyId: bigint
}

/** What the fake does besides the ordinary; a test sets and resets them as it goes. */
export interface FakeGmailKnobs {
  /** Most items on a page, however many are asked for. */
  pageSize: number
  hasProfile: boolean
  hasHistory: boolean
  hasLabels: boolean
  /** `missing` answers 404, `plain` with something that is no multipart. */
  batch: 'works' | 'missing' | 'refused' | 'unimplemented' | 'plain'
  /** Takes the place of a message's answer, alone or as a part of a batch. */
  messageFault: ((id: string, number: number) => FakeResponse | undefined) | undefined
  /** Changes a batch's answer on its way. */
  garble: ((body: string) => string) | undefined
  /** Milliseconds since 1970, for searches such as `newer_than:`. */
  now: number
}

export interface FakeGmail {
  routes: FakeRoute[]
  knobs: FakeGmailKnobs
  messages: Map<string, FakeMessage>
  /** Names by id of the labels the person made. */
  labels: Map<string, string>
  /** Messages asked for, one entry for each read, batched or not. */
  reads: string[]
  add(input?: FakeMessageInput): FakeMessage
  modify(id: string, change: { add?: string[]; remove?: string[] }): void
  /** All of them under one history id. */
  modifyTogether(ids: readonly string[], change: { add?: string[]; remove?: string[] }): void
  trash(id: string): void
  untrash(id: string): void
  /** Without a trace but the history's. */
  delete(id: string): void
  makeLabel(name: string): string
  renameLabel(id: string, name: string): void
  deleteLabel(id: string): void
  /** Forgets the history so far. */
  expireHistory(): void
  /** Page tokens given so far are not taken any more. */
  expirePageTokens(): void
  historyId(): string
}
