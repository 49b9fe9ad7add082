/** HTTP as bytes on a socket: for requests that no client would send, and answers read without a client's kindness. */
import { connect } from 'node:net'

export interface RawAnswer {
  status: number
  /** Names in lower case; of repeated ones the last. */
  headers: Record<string, string>
  body: string
}

export interface Exchange {
  answers: RawAnswer[]
  /** Everything that came back, a character for each byte. */
  text: string
  /** Whether the other side ended the connection. */
  closed: boolean
}

export interface ExchangeOptions {
  host?: string
  /** Stops listening after so many answers; without it, when the connection ends. */
  answers?: number
  /** Answers to HEAD announce a body that does not come. */
  bodiless?: boolean
}

/** More than any answer here may take: an exchange that lasts longer hangs. */
const patienceMs = 10_000

/**
 * Sends bytes and reads what comes back.
 * @param bytes a character for each byte, or UTF-8 where it has others
 * @throws Error when nothing has ended the exchange after ten seconds
 */
export function exchange(port: number, bytes: string | Uint8Array, options: ExchangeOptions = {}): Promise<Exchange> {
  const { host = '127.0.0.1', answers: wanted = Number.POSITIVE_INFINITY, bodiless = false } = options
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    let text = ''
    const finish = (closed: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ answers: readAnswers(text, bodiless), text, closed })
    }
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no end after ${patienceMs} ms; so far: ${JSON.stringify(text.slice(0, 200))}`))
    }, patienceMs)
    socket.on('connect', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, encodingOf(bytes)) : bytes))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (readAnswers(text, bodiless).length >= wanted) finish(false)
    })
    // What we still send to a side that has had enough: it is the answer that counts.
    socket.on('error', () => {})
    socket.on('close', () => finish(true))
  })
}

function encodingOf(text: string): BufferEncoding {
  return /[^\0-\xff]/.test(text) ? 'utf8' : 'latin1'
}

/** The answers that have come whole, interim ones (1xx) left out. */
function readAnswers(text: string, bodiless: boolean): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  for (;;) {
    const [, head, after] = /^(HTTP\/1\.[01] .*?)\r\n\r\n(.*)$/s.exec(rest) ?? []
    if (head === undefined || after === undefined) return answers
    const [statusLine = '', ...lines] = head.split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers = Object.fromEntries(
      lines.map(line => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const body = status < 200 || bodiless ? { text: '', length: 0 } : readBody(headers, after)
    if (body === undefined) return answers
    if (status >= 200) answers.push({ status, headers, body: body.text })
    rest = after.slice(body.length)
  }
}

/** @returns `undefined` while it has not come whole */
function readBody(headers: Record<string, string>, text: string): { text: string; length: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text)
  const length = Number(headers['content-length'] ?? 0)
  return text.length < length ? undefined : { text: text.slice(0, length), length }
}

function readChunks(text: string): { text: string; length: number } | undefined {
  let body = ''
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n', at)
    if (end === -1) return undefined
    const size = Number.parseInt(text.slice(at, end), 16)
    if (text.length < end + 2 + size + 2) return undefined
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
    if (size === 0) return { text: body, length: at }
  }
}
