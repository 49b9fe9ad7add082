/** Reads whole messages by id, many in one request where the server can. */
import { type Api, type ApiResponse, Failure, isFailure, isSkippable, mapInOrder } from '../../core/plugin.ts'
import { chunksOf } from './api.ts'
import { type BatchPart, batchBody, readBatch } from './gmail-batch.ts'
import type { GmailMessage } from './gmail-types.ts'

/** What came of reading a message: the message, or why there is none (`item_missing` when it is gone). */
export type Reading = { id: string; message: GmailMessage } | { id: string; failure: Failure }

export interface MessageReader {
  /**
   * Readings in the order of the ids. A message is missing if Gmail says so twice: it is not asked for again.
   * @throws Failure what concerns more than one message
   */
  read(ids: readonly string[]): Promise<Reading[]>
}

/** Google takes 100 and advises 50: larger ones run into the rate limit. */
const batchSize = 50
const singlesAtOnce = 8

/** `mailbox` is the URL of the account, `batch` that of the batch route. Whether that route exists is asked once. */
export function createMessageReader(api: Api, mailbox: string, batch: string): MessageReader {
  let hasBatch = true
  let proof: Promise<undefined> | undefined
  return {
    async read(ids) {
      const readings = new Map((await readAll(ids)).map(reading => [reading.id, reading]))
      const missing = ids.filter(id => isMissing(readings.get(id)))
      for (const reading of await readAll(missing)) readings.set(reading.id, reading)
      return ids.map(id => readings.get(id) ?? noAnswer(id))
    },
  }

  async function readAll(ids: readonly string[]): Promise<Reading[]> {
    const readings: Reading[] = []
    for (const chunk of chunksOf(ids, batchSize)) {
      readings.push(...(hasBatch && chunk.length > 1 ? await readTogether(chunk) : await readSingly(chunk)))
    }
    return readings
  }

  /** What waiting helps is asked for again, and nothing else is. */
  async function readTogether(ids: readonly string[]): Promise<Reading[]> {
    const readings = new Map<string, Reading>()
    let left = ids
    for (let attempt = 1; left.length > 0; attempt++) {
      const parts = await postInTurn(left)
      if (!parts) {
        for (const reading of await readSingly(left)) readings.set(reading.id, reading)
        break
      }
      const limited: string[] = []
      const unanswered: string[] = []
      let longest: Failure | undefined
      for (const [index, id] of left.entries()) {
        const part = parts.get(index)
        const failure = part && failureOf(part)
        if (failure?.remedy === 'wait') {
          limited.push(id)
          if ((failure.retryAfterMs ?? 0) >= (longest?.retryAfterMs ?? 0)) longest = failure
        } else if (failure && !isSkippable(failure)) throw failure
        else if (failure) readings.set(id, { id, failure })
        else if (isMessage(part?.body, id)) readings.set(id, { id, message: part.body })
        else unanswered.push(id)
      }
      for (const reading of await readSingly(unanswered)) readings.set(reading.id, reading)
      left = limited
      if (longest && !(await isWorthWaiting(longest, attempt))) {
        if (left.length === ids.length) throw longest
        for (const id of left) readings.set(id, broken(id, longest))
        break
      }
    }
    return ids.map(id => readings.get(id) ?? noAnswer(id))
  }

  async function isWorthWaiting(failure: Failure, attempt: number): Promise<boolean> {
    try {
      await api.backOff(failure, attempt)
      return true
    } catch (error) {
      if (error === failure) return false
      throw error
    }
  }

  /** The first one finds out whether there is the route; those that are read at the same time wait for it. */
  async function postInTurn(ids: readonly string[]): Promise<Map<number, BatchPart> | undefined> {
    if (proof) {
      await proof
      return hasBatch ? post(ids) : undefined
    }
    const first = post(ids)
    proof = first.then(
      () => undefined,
      () => undefined,
    )
    return first
  }

  /** `undefined` when there is no batch route. */
  async function post(ids: readonly string[]): Promise<Map<number, BatchPart> | undefined> {
    let parts: Map<number, BatchPart> | undefined
    const verify = (response: ApiResponse) => {
      parts = readBatch(response.body, response.headers['content-type'] ?? '', ids)
      const failures = [...(parts?.values() ?? [])].map(failureOf)
      return failures.find(failure => failure?.code === 'unauthorized')
    }
    try {
      const body = batchBody(ids.map(id => `${innerPath}${encodeURIComponent(id)}?format=full`))
      await api.request(batch, { body, headers: { accept: 'multipart/mixed' }, verify, cost: ids.length })
      if (!parts) hasBatch = false
      return parts
    } catch (error) {
      if (!isFailure(error)) throw error
      // Too large an answer is read piece by piece.
      if (error.code === 'item_unreadable') return new Map()
      if (error.status !== 404 && error.status !== 405 && error.status !== 501) throw error
      hasBatch = false
      return undefined
    }
  }

  async function readSingly(ids: readonly string[]): Promise<Reading[]> {
    const readings: Reading[] = []
    for await (const reading of mapInOrder(ids, singlesAtOnce, readOne)) readings.push(reading)
    const failed = readings.flatMap(reading =>
      'failure' in reading && !isSkippable(reading.failure) ? [reading.failure] : [],
    )
    if (failed[0] && failed.length === ids.length && ids.length > 1) throw failed[0]
    return readings.map(reading => ('failure' in reading ? broken(reading.id, reading.failure) : reading))
  }

  async function readOne(id: string): Promise<Reading> {
    try {
      const query = { format: 'full' }
      const url = `${mailbox}/messages/${encodeURIComponent(id)}`
      return { id, message: await api.get<GmailMessage>(url, { query, expect: ['id', 'threadId'], item: true }) }
    } catch (error) {
      const isAnswered = isFailure(error, 'unavailable') && error.status !== undefined
      if (isSkippable(error) || isAnswered) return { id, failure: error }
      throw error
    }
  }

  function failureOf(part: BatchPart): Failure | undefined {
    return api.failureOf(part.status, part.headers, part.body, `GET ${new URL(mailbox).origin}${innerPath}`)
  }
}

/** The batch route knows Gmail's own paths, whatever gateway stands before it. */
const innerPath = '/gmail/v1/users/me/messages/'

function isMessage(body: unknown, id: string): body is GmailMessage {
  return typeof body === 'object' && body !== null && 'id' in body && body.id === id && 'threadId' in body
}

function isMissing(reading: Reading | undefined): boolean {
  return reading !== undefined && 'failure' in reading && reading.failure.code === 'item_missing'
}

function noAnswer(id: string): Reading {
  return { id, failure: new Failure('item_unreadable', 'Gmail gave no answer for a message') }
}

/** A server error for one message, while others come, is that message's own: it must not hold up the rest for ever. */
function broken(id: string, failure: Failure): Reading {
  if (failure.remedy === 'skip') return { id, failure }
  return { id, failure: new Failure('item_unreadable', failure.message, { status: failure.status, cause: failure }) }
}
