/**
 * Clients that ask one address again and again, each over a connection of its own, in a process of their own. Run with
 * a JSON object: `url`, `path`, `key`, `clients`, `forMs`. Prints what came of it as JSON.
 */
import { connect } from 'node:net'
import { quantile } from './measure.ts'

export interface Load {
  url: string
  path: string
  key: string
  clients: number
  forMs: number
}

export interface LoadResult {
  requests: number
  perSecond: number
  medianMs: number
  p99Ms: number
  /** Of the last answer: both sides of a comparison send the same. */
  bodyBytes: number
}

const { url, path, key, clients, forMs } = JSON.parse(process.argv[2] ?? '{}') as Load
const { hostname, port, host } = new URL(url)
const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-API-Key: ${key}\r\nAccept: application/json\r\n\r\n`
const times: number[] = []
let bodyBytes = 0
let waiting = clients
let startedAt = Number.POSITIVE_INFINITY
/** Told when every client has had its first answer. */
const starters: (() => void)[] = []
await Promise.all(Array.from({ length: clients }, askAndAsk))
const tookMs = performance.now() - startedAt
const result: LoadResult = {
  ...{ requests: times.length, perSecond: (times.length / tookMs) * 1000, bodyBytes },
  ...{ medianMs: quantile(times, 0.5), p99Ms: quantile(times, 0.99) },
}
process.stdout.write(JSON.stringify(result))

function askAndAsk(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname === 'localhost' ? '127.0.0.1' : hostname,
      port: Number(port),
      noDelay: true,
    })
    let askedAt = 0
    let received = ''
    let end = 0
    const ask = () => {
      askedAt = performance.now()
      received = ''
      end = 0
      socket.write(request)
    }
    socket.setEncoding('latin1')
    socket.once('connect', ask)
    socket.once('error', reject)
    socket.on('data', (chunk: string) => {
      received += chunk
      if (end === 0) end = endOf(received)
      if (end === 0 || received.length < end) return
      if (startedAt === Number.POSITIVE_INFINITY) return start(ask)
      times.push(performance.now() - askedAt)
      if (performance.now() - startedAt < forMs) return ask()
      socket.end()
      resolve()
    })
  })
}

/** The first answers are not counted: libuv accepts one connection in a turn of the loop, so many at once wait for it. */
function start(ask: () => void): void {
  starters.push(ask)
  waiting -= 1
  if (waiting > 0) return
  startedAt = performance.now()
  for (const begin of starters) begin()
}

/** Where an answer is whole, once its head has come; 0 before. */
function endOf(received: string): number {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return 0
  const head = received.slice(0, headEnd)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200') || length === undefined) throw new Error(head)
  bodyBytes = Number(length)
  return headEnd + 4 + bodyBytes
}
