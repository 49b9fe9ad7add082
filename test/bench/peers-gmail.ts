/**
 * A mailbox of very many mails as Gmail's API gives it, in a process of its own so that its work is not taken for
 * inlet's: every answer is there before it is asked for. Run with the count; prints its URL when it listens.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { endWithInput } from './endings.ts'
import { type Answer, isKnown, json, refusal, send } from './peers-answers.ts'
import { historyId, mailOf, toGmail } from './peers-mail-corpus.ts'

const count = Number(process.argv[2] ?? 50_000)
const mailbox = '/gmail/v1/users/me'
const boundary = 'batch_of_the_bench'
const question = /Content-ID: <([^>]+)>\r\n\r\nGET \/gmail\/v1\/users\/me\/messages\/(\w+)\?format=full\r\n/g
const lineEnd = Buffer.from('\r\n')

interface Listed {
  id: string
  threadId: string
}

const listed: Listed[] = []
const parts = new Map<string, Buffer>()
for (let number = 0; number < count; number++) {
  const mail = mailOf(number, count)
  listed.unshift({ id: mail.id, threadId: mail.threadId })
  parts.set(mail.id, Buffer.from(JSON.stringify(toGmail(mail))))
}

const server = createServer((request, response) => {
  void text(request).then(body => send(response, answerTo(request, body)))
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
endWithInput()

function answerTo(request: IncomingMessage, body: string): Answer {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://bench')
  if (!isKnown(request)) return refusal(401)
  if (request.method === 'POST') return pathname === '/batch/gmail/v1' ? batch(body) : refusal(404)
  switch (pathname) {
    case `${mailbox}/profile`:
      return json({ emailAddress: 'ada@example.com', messagesTotal: count, historyId })
    case `${mailbox}/labels`:
      return json({ labels: ['INBOX', 'UNREAD', 'IMPORTANT'].map(id => ({ id, name: id, type: 'system' })) })
    case `${mailbox}/history`:
      return json({ historyId })
    case `${mailbox}/messages`:
      return json(page(searchParams))
    default:
      return refusal(404)
  }
}

function page(query: URLSearchParams): object {
  const from = Number(query.get('pageToken') ?? 0)
  const to = Math.min(count, from + Number(query.get('maxResults') ?? 100))
  const next = to < count ? { nextPageToken: String(to) } : {}
  return { messages: listed.slice(from, to), ...next, resultSizeEstimate: count }
}

/** https://developers.google.com/workspace/gmail/api/guides/batch */
function batch(body: string): Answer {
  const chunks: Buffer[] = []
  for (const [, contentId = '', id = ''] of body.matchAll(question)) {
    const mail = parts.get(id)
    const head = [
      ...[`--${boundary}`, 'Content-Type: application/http', `Content-ID: <response-${contentId}>`, ''],
      ...[`HTTP/1.1 ${mail ? '200 OK' : '404 Not Found'}`, 'Content-Type: application/json; charset=UTF-8', '', ''],
    ]
    chunks.push(Buffer.from(head.join('\r\n')), mail ?? refusal(404).body, lineEnd)
  }
  const whole = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)])
  return { status: 200, type: `multipart/mixed; boundary=${boundary}`, body: whole }
}
