/**
 * Google's batch endpoint: takes a `multipart/mixed` of HTTP requests and answers in another order.
 * https://developers.google.com/workspace/gmail/api/guides/batch
 */
import type { FakeRequest, FakeResponse } from './fake-server.ts'
import { googleError } from './google-protocol.ts'

const mostParts = 100
const boundary = 'batch_7Q=x'

/** `answer` gives what each path (with query) would have got alone. */
export function answerBatch(request: FakeRequest, answer: (path: string) => FakeResponse): FakeResponse {
  const mark = /^multipart\/mixed; boundary="?([^";]+)"?$/.exec(request.headers['content-type'] ?? '')?.[1]
  if (mark === undefined) return googleError(400, 'badRequest', 'Missing end boundary in multipart body.')
  const sections = request.body.split(`--${mark}`)
  if (sections.at(-1)?.trim() !== '--') return googleError(400, 'badRequest', 'Missing end boundary in multipart body.')
  const parts = sections.slice(1, -1).map(section => partOf(section, answer))
  if (parts.length > mostParts) return googleError(400, 'badRequest', 'The batch request has too many calls.')
  if (parts.includes(undefined)) return googleError(400, 'badRequest', 'Failed to parse batch request')
  const shuffled = [
    ...parts.filter((_, index) => index % 2 === 1),
    ...parts.filter((_, index) => index % 2 === 0),
  ].reverse()
  const body = `${shuffled.map(part => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`
  return { headers: { 'content-type': `multipart/mixed; boundary="${boundary}"` }, body }
}

function partOf(section: string, answer: (path: string) => FakeResponse): string | undefined {
  const contentId = /^\r\nContent-Type: application\/http\r\nContent-ID: <([^>]+)>\r\n\r\n/i.exec(section)?.[1]
  const path = /\r\n\r\nGET (\/\S+)\r\n\r\n$/.exec(section)?.[1]
  if (contentId === undefined || path === undefined) return undefined
  const { status = 200, headers = {}, body } = answer(path)
  const json = typeof body === 'string' ? body : JSON.stringify(body, null, 1)
  const lines = [
    ...['Content-Type: application/http', `Content-ID: <response-${contentId}>`, ''],
    ...[`HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Not OK'}`, 'Content-Type: application/json; charset=UTF-8'],
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...['', json],
  ]
  return lines.join('\r\n')
}
