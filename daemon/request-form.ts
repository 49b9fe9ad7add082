/** How a request must be written, before anyone asks what it wants: in one way only, so that no two readers differ. */
import type { IncomingMessage } from 'node:http'
import type { Failure } from '../core/errors.ts'
import { refusal } from './problems.ts'

/** Headers that decide who asks and what is read: given twice, each reader could believe another one. */
const single = [
  ...['host', 'origin', 'sec-fetch-site', 'x-api-key', 'authorization'],
  ...['content-type', 'content-length', 'content-encoding', 'transfer-encoding'],
]

/** `name`, `name:port` or an IPv6 address in brackets; whether it is ours is decided elsewhere. */
const hostForm = /^(?:[\w.*-]+|\[[\da-f:.]+\])(?::\d*)?$/i

/**
 * What is wrong with the form of a request, as far as Node lets it pass (RFC 9112, sections 2.3, 3.2 and 6.1).
 * A target may be absolute, as for a proxy, if it names the host that `Host` does.
 */
export function formProblem(incoming: IncomingMessage): Failure | undefined {
  const { httpVersion, headersDistinct: headers, url: target = '' } = incoming
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return bad('the version of HTTP is not 1.1')
  const repeated = single.find(name => (headers[name]?.length ?? 0) > 1)
  if (repeated !== undefined) return bad(`the header ${repeated} is given more than once`)
  const host = headers.host?.[0] ?? ''
  if (!hostForm.test(host)) return bad('the Host header is missing or is no name with a port')
  if (!isTargetAt(target, host)) return bad('the address is not a path that begins with a slash')
  const coding = headers['transfer-encoding']?.[0]
  if (coding === undefined) return undefined
  const isClear = coding.toLowerCase() === 'chunked' && httpVersion === '1.1' && headers['content-length'] === undefined
  return isClear ? undefined : bad('the length of the body is unclear: send Content-Length, or chunked alone')
}

function isTargetAt(target: string, host: string): boolean {
  const [, authority] = /^http:\/\/([^/?#]*)/i.exec(target) ?? []
  if (authority !== undefined) return authority.toLowerCase() === host.toLowerCase()
  return target.startsWith('/')
}

function bad(message: string): Failure {
  return refusal('bad-request', message)
}
