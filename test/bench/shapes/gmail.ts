/** A Gmail account with very many messages, two in a thread. https://developers.google.com/workspace/gmail/api/reference/rest */
import { chanceOf, proseOf, wordsOf } from '../corpus.ts'
import type { Shape } from './shape.ts'

const perThread = 2
const perPage = 500
const newestMs = 1_760_000_000_000
const boundary = 'batch_bench'

export function gmailShape(count: number): Shape {
  let total = count
  let historyId = 1000
  const arrived: { historyId: number; number: number }[] = []
  const prepared = new Map<number, string>()
  if (count <= mostPrepared) for (let number = 0; number < count; number++) prepared.set(number, messageJson(number))

  return {
    answer(path, body) {
      const [route = '', query = ''] = path.split('?')
      const parameters = new URLSearchParams(query)
      if (route.endsWith('/batch/gmail/v1')) return batch(body)
      switch (route.replace(/^.*\/users\/me\//, '')) {
        case 'profile':
          return json({ emailAddress: 'ada@example.com', historyId: String(historyId), messagesTotal: total })
        case 'labels':
          return json({ labels: [{ id: 'INBOX', name: 'INBOX', type: 'system' }] })
        case 'messages':
          return list(Number(parameters.get('pageToken') ?? 0), Number(parameters.get('maxResults') ?? 100))
        case 'history':
          return history(Number(parameters.get('startHistoryId')))
        default:
          return messageOf(idNumber(route.slice(route.lastIndexOf('/') + 1)))
      }
    },
    change(number) {
      for (let index = 0; index < number; index++) arrived.push({ historyId: ++historyId, number: total++ })
    },
    requests() {
      const requests: { path: string; body?: string; contentType?: string }[] = []
      for (let from = 0; from < count; from += perPage) {
        requests.push({ path: `/gmail/v1/users/me/messages?maxResults=${perPage}&pageToken=${from}` })
      }
      for (let from = 0; from < count; from += perBatch) {
        const ids = Array.from({ length: Math.min(perBatch, count - from) }, (_item, index) => idOf(from + index))
        const parts = ids.map(
          (id, index) =>
            `--b\r\nContent-Type: application/http\r\nContent-ID: <item-${index}@inlet>\r\n\r\nGET /gmail/v1/users/me/messages/${id}?format=full\r\n\r\n`,
        )
        requests.push({
          path: '/batch/gmail/v1',
          body: `${parts.join('')}--b--\r\n`,
          contentType: 'multipart/mixed; boundary=b',
        })
      }
      return requests
    },
  }

  function list(from: number, limit: number): string {
    const to = Math.min(total, from + limit)
    return json({
      messages: Array.from({ length: Math.max(0, to - from) }, (_item, index) => ({
        id: idOf(from + index),
        threadId: threadOf(from + index),
      })),
      ...(to < total ? { nextPageToken: String(to) } : {}),
      resultSizeEstimate: total,
    })
  }

  function history(start: number): string {
    const added = arrived.filter(change => change.historyId > start)
    return json({
      historyId: String(historyId),
      history: added.map(({ historyId: id, number }) => ({
        id: String(id),
        messagesAdded: [{ message: { id: idOf(number), threadId: threadOf(number), labelIds: ['INBOX'] } }],
      })),
    })
  }

  function messageOf(number: number): string {
    return prepared.get(number) ?? messageJson(number)
  }

  function batch(body: string): string {
    let answer = ''
    for (const [, contentId, id] of body.matchAll(/Content-ID: <([^>]+)>\r\n\r\nGET \S*\/messages\/(\w+)/gi)) {
      answer +=
        `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-${contentId}>\r\n\r\n` +
        `HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${messageOf(idNumber(id ?? ''))}\r\n`
    }
    return `${answer}--${boundary}--\r\n`
  }
}

export const gmailBatchType = `multipart/mixed; boundary=${boundary}`

/** What the Gmail source asks for at once. */
const perBatch = 50
/** Beyond so many, answers are made when they are asked for. */
const mostPrepared = 100_000

/** Two in three are of plain text and markup, as most programs send them; the others of plain text alone. */
function messageJson(number: number): string {
  const chance = chanceOf(500_000_000 + number)
  const subject = wordsOf(chance, 6)
  const text = proseOf(chance, 40 + Math.floor(chance() * 120))
  const from = `${wordsOf(chance, 2)} <${wordsOf(chance, 1)}@example.com>`
  const plain = partOf('0', 'text/plain', text)
  const markup = partOf('1', 'text/html', `<html><body><p>${text.replaceAll('\n\n', '</p><p>')}</p></body></html>`)
  const parts = number % 3 === 0 ? [plain] : [plain, markup]
  return json({
    ...{ id: idOf(number), threadId: threadOf(number), labelIds: ['INBOX'], historyId: '900' },
    ...{
      snippet: text.slice(0, 150),
      internalDate: String(newestMs - number * 600_000),
      sizeEstimate: text.length * 2,
    },
    payload: {
      ...{ partId: '', mimeType: 'multipart/alternative', filename: '' },
      headers: [
        { name: 'From', value: from },
        { name: 'To', value: 'Ada <ada@example.com>' },
        { name: 'Subject', value: subject },
        { name: 'Date', value: new Date(newestMs - number * 600_000).toUTCString() },
        { name: 'Message-ID', value: `<${idOf(number)}@example.com>` },
      ],
      body: { size: 0 },
      parts,
    },
  })
}

function partOf(partId: string, mimeType: string, content: string): object {
  return {
    ...{ partId, mimeType, filename: '', headers: [{ name: 'Content-Type', value: `${mimeType}; charset="UTF-8"` }] },
    body: { size: content.length, data: Buffer.from(content).toString('base64url') },
  }
}

function idOf(number: number): string {
  return (0x1_0000_0000 - number).toString(16).padStart(16, '0')
}

function idNumber(id: string): number {
  return 0x1_0000_0000 - Number.parseInt(id, 16)
}

function threadOf(number: number): string {
  return idOf(number - (number % perThread))
}

function json(value: object): string {
  return JSON.stringify(value)
}
