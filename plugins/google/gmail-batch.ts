/**
 * Gmail's batch format: many GETs in one `multipart/mixed` POST, each part an HTTP message of its own.
 * https://developers.google.com/workspace/gmail/api/guides/batch
 */
import { isJsonObject } from '../../core/plugin.ts'

const boundary = 'inlet-batch'

/** One answer inside a batch's answer. */
export interface BatchPart {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  /** The parsed JSON, or `undefined` if it is none. */
  body: unknown
}

/** The request body that asks for these paths (with query, without origin). */
export function batchBody(paths: readonly string[]): { content: string; contentType: string } {
  const parts = paths.map(
    (path, index) =>
      `--${boundary}\r\nContent-Type: application/http\r\nContent-ID: <item-${index}@inlet>\r\n\r\nGET ${path}\r\n\r\n`,
  )
  return { content: `${parts.join('')}--${boundary}--\r\n`, contentType: `multipart/mixed; boundary=${boundary}` }
}

/**
 * The answers by the number of the path they belong to: their order is not promised, so each is known by its
 * `Content-ID`, or, where that is missing, by the id in it. What cannot be read is absent.
 * @returns `undefined` when the answer is no batch answer at all
 */
export function readBatch(
  content: Uint8Array,
  contentType: string,
  ids: readonly string[],
): Map<number, BatchPart> | undefined {
  const mark = /^multipart\/mixed\s*;.*?boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(contentType)
  const separator = mark?.[1] ?? mark?.[2]
  if (separator === undefined) return undefined
  const parts = new Map<number, BatchPart>()
  const sections = `\r\n${new TextDecoder().decode(content).replace(/\r?\n/g, '\r\n')}`.split(`\r\n--${separator}`)
  for (const section of sections.slice(1)) {
    const { head: outer, rest: http } = splitHead(section)
    const { head, rest } = splitHead(http)
    const status = /^HTTP\/\d(?:\.\d)?\s+(\d{3})/.exec(head)?.[1]
    if (status === undefined) continue
    const part = { status: Number(status), headers: headersOf(head), body: parse(rest) }
    const index =
      numberOf(headersOf(outer)['content-id']) ?? (isJsonObject(part.body) ? ids.indexOf(String(part.body.id)) : -1)
    if (index >= 0 && index < ids.length) parts.set(index, part)
  }
  return parts
}

/** Gmail answers `<item-3@inlet>` with `<response-item-3@inlet>`. */
function numberOf(contentId: string | undefined): number | undefined {
  const digits = /item-(\d+)@inlet/.exec(contentId ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function splitHead(text: string): { head: string; rest: string } {
  const trimmed = text.replace(/^(?:[ \t]*\r\n)+/, '')
  const end = trimmed.indexOf('\r\n\r\n')
  return end < 0 ? { head: trimmed, rest: '' } : { head: trimmed.slice(0, end), rest: trimmed.slice(end + 4) }
}

function headersOf(head: string): Record<string, string> {
  const lines = head.split('\r\n').map(line => /^([^\s:]+):\s*(.*)$/.exec(line))
  return Object.fromEntries(lines.flatMap(line => (line ? [[String(line[1]).toLowerCase(), String(line[2])]] : [])))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
