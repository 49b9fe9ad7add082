/** One hostile request: how it is written, and what must come back. */
import type { Slug } from '../../daemon/problem-table.ts'

export interface Place {
  port: number
  key: string
}

/** The status and the problem that name an answer; a status alone for one without a body. */
export type Expected = readonly [status: number, problem: Slug] | readonly [status: number]

export interface HostileRequest {
  name: string
  bytes(place: Place): string | Buffer
  /** One for each answer on the connection. */
  answers: readonly Expected[]
}

export const crlf = '\r\n'

export interface Parts {
  method?: string
  target?: string
  version?: string
  /** `undefined` leaves the header out; several give it several times. */
  host?: string | readonly string[] | undefined
  key?: string | undefined
  /** As they are, a line each. */
  lines?: readonly string[]
  body?: string
  /** Without `Connection: close`. */
  keepAlive?: boolean
}

/** A request that is good but for what its parts say; `PORT` and `KEY` in them stand for the real ones. */
export function request(parts: Parts, { port, key }: Place): string {
  const { method = 'GET', target = '/sources', version = 'HTTP/1.1', lines = [], body = '', keepAlive = false } = parts
  const hosts = 'host' in parts ? parts.host : 'localhost:PORT'
  const ownKey = 'key' in parts ? parts.key : 'KEY'
  const all = [
    `${method} ${target} ${version}`,
    ...(hosts === undefined ? [] : [hosts].flat().map(host => `Host: ${host}`)),
    ...(ownKey === undefined ? [] : [`X-API-Key: ${ownKey}`]),
    ...(keepAlive ? [] : ['Connection: close']),
    ...lines,
    '',
    body,
  ]
  return all
    .join(crlf)
    .replaceAll('NEXTPORT', String(port + 1))
    .replaceAll('PORT', String(port))
    .replaceAll('KEY', key)
}

export function attack(name: string, expected: Expected, parts: Parts): HostileRequest {
  return { name, bytes: place => request(parts, place), answers: [expected] }
}
