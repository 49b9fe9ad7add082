import { fence } from './markdown.ts'
import { normalise } from './plain.ts'

/**
 * JSON as a code block with a member a line. Written from the text and not from parsed values, which would round long
 * numbers and drop repeated members; but letters and line ends that are escaped are shown, since nobody searches for
 * `M\u00fcller`. Text that is no JSON stays as it is.
 * @param maxLength characters after which the rest is left out
 */
export function jsonToMarkdown(text: string, maxLength: number): string {
  const source = normalise(text, maxLength)
  if (source === '') return ''
  if (source.length > longestParsed) return fence(shown(source), 'json')
  if (!isJson(source)) return fence(source, 'json')
  return fence(shown(source.includes('\n') ? source : indent(source, maxLength)), 'json')
}

function shown(json: string): string {
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/gi, (written, code: string | undefined) => {
    if (written === '\\n') return '\n'
    if (written === '\\t') return ' '
    const character = code === undefined ? '' : String.fromCharCode(Number.parseInt(code, 16))
    return /[\p{L}\p{M}\p{N}\p{Cs}\p{P}\p{S}]/u.test(character) && !/["\\]/.test(character) ? character : written
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Longer text is not worth the memory of its values. */
const longestParsed = 1024 * 1024

/** Deeper members are not indented further, so that hostile nesting does not grow without end. */
const deepest = 32

function indent(json: string, maxLength: number): string {
  const out: string[] = []
  let length = 0
  let depth = 0
  for (let at = 0; at < json.length && length <= maxLength; ) {
    const token = tokenAt(json, at)
    at += token.length
    if (token === '{' || token === '[') {
      const empty = /^\s*[\]}]/.exec(json.slice(at, at + 20))?.[0]
      at += empty?.length ?? 0
      depth += empty ? 0 : 1
      push(token, empty ? empty.trim() : line(depth))
    } else if (token === '}' || token === ']') {
      depth -= 1
      push(line(depth), token)
    } else if (token === ',') {
      push(token, line(depth))
    } else {
      push(token === ':' ? ': ' : token.trim())
    }
  }
  return out.join('')

  function push(...parts: string[]): void {
    for (const part of parts) length += part.length
    out.push(...parts)
  }
}

/** A bracket, comma or colon; a whole string; or all up to the next of these. */
function tokenAt(json: string, start: number): string {
  let end = start + 1
  if (json[start] === '"') {
    while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1
    return json.slice(start, end + 1)
  }
  if (!structural.has(json[start] ?? '')) while (end < json.length && !structural.has(json[end] ?? '')) end += 1
  return json.slice(start, end)
}

const structural: ReadonlySet<string> = new Set(['{', '}', '[', ']', ',', ':', '"'])

function line(depth: number): string {
  return `\n${'  '.repeat(Math.min(depth, deepest))}`
}
