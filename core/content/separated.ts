import { escapeText, oneLine, table } from './markdown.ts'

/**
 * Comma or tab separated values as a Markdown table whose first row is its header. Takes what spreadsheets really write:
 * semicolons, a `sep=` line, quotes in the middle of a value, rows of uneven length.
 * @param tabs the separator is a tab and not to be guessed
 * @param maxLength characters after which further rows are left out
 * Source: RFC 4180.
 */
export function separatedToMarkdown(text: string, tabs: boolean, maxLength: number): string {
  const declared = /^sep=(.)\r?\n/i.exec(text)
  const separator = tabs ? '\t' : (declared?.[1] ?? guess(text))
  const rows: string[][] = []
  let length = 0
  for (const row of read(text, declared?.[0].length ?? 0, separator)) {
    const cells = row.map(cell => escapeText(oneLine(cell)))
    while (cells.at(-1) === '') cells.pop()
    if (cells.length === 0) continue
    length += cells.reduce((sum, cell) => sum + cell.length + 3, 2)
    rows.push(cells)
    if (length > maxLength) break
  }
  return rows.length === 0 ? '' : table(rows)
}

/** Columns beyond this are left out: a sheet that wide is not for reading. */
const widest = 256

function* read(text: string, start: number, separator: string): Generator<string[], void, undefined> {
  let row: string[] = []
  let at = start
  while (at <= text.length) {
    const { value, next } = text[at] === '"' ? quoted(text, at, separator) : bare(text, at, separator)
    if (row.length < widest) row.push(value)
    at = next + 1
    if (text[next] === separator) continue
    if (text[next] === '\r' && text[at] === '\n') at += 1
    yield row
    row = []
  }
}

function bare(text: string, start: number, separator: string): { value: string; next: number } {
  let next = start
  for (; next < text.length; next++) {
    const character = text[next]
    if (character === separator || character === '\n' || character === '\r') break
  }
  return { value: text.slice(start, next), next }
}

/** A value that begins with a quote; one that is never closed ends with its line, so that it cannot swallow the rest. */
function quoted(text: string, start: number, separator: string): { value: string; next: number } {
  let value = ''
  let from = start + 1
  for (;;) {
    const quote = text.indexOf('"', from)
    if (quote < 0 || quote - start > longestValue) return bare(text, start, separator)
    value += text.slice(from, quote)
    if (text[quote + 1] !== '"') {
      const tail = bare(text, quote + 1, separator)
      return { value: value + tail.value, next: tail.next }
    }
    value += '"'
    from = quote + 2
  }
}

const longestValue = 1_000_000

/** The separator that splits the first lines into the most columns, the same number in each. */
function guess(text: string): string {
  const start = text.slice(0, 20_000)
  let best = { separator: ',', score: 0 }
  for (const separator of [',', ';', '\t', '|']) {
    const widths: number[] = []
    for (const row of read(start, 0, separator)) {
      if (row.length > 1 || row[0] !== '') widths.push(row.length)
      if (widths.length === 10) break
    }
    const [first = 1] = widths
    const even = widths.filter(width => width === first).length / Math.max(1, widths.length)
    const score = first > 1 ? even * 1000 + first : 0
    if (score > best.score) best = { separator, score }
  }
  return best.separator
}
