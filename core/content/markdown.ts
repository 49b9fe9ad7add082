/** The pieces of Markdown (CommonMark with GitHub's tables) that every converter writes. */

/**
 * Running text with what Markdown would read as markup escaped, and no more: text that is searched and read should look
 * like itself. `&lt;` rather than `\<` keeps a tag from coming alive in a viewer that lets HTML through.
 */
export function escapeText(text: string): string {
  if (!/[\\`*_~<&\]]/.test(text)) return text
  return text
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '\\\\')
    .replace(/`/g, '\\`')
    .replace(/(?<!\s)\*|\*(?!\s)/g, '\\*')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/~(?=~)|(?<=~)~/g, '\\~')
    .replace(/\](?=[([:])/g, '\\]')
    .replace(/&(?=#?\w{1,31};)/g, '&amp;')
    .replace(liveTag, '&lt;')
}

/** A line of a paragraph, escaped where its beginning would make it a heading, list, quote or rule. */
export function escapeLineStart(line: string): string {
  return line
    .replace(/^(#{1,6}(?=\s|$)|[-+*](?=\s|$)|>|-+\s*$|=+\s*$)/, '\\$1')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}

/** A code block that nothing inside can close. */
export function fence(code: string, language = ''): string {
  const mark = '`'.repeat(Math.max(3, longestRun(code) + 1))
  return `${mark}${language}\n${code}\n${mark}`
}

/** Code within a line. */
export function codeSpan(code: string): string {
  const mark = '`'.repeat(code.includes('`') ? longestRun(code) + 1 : 1)
  const padding = code.startsWith('`') || code.endsWith('`') ? ' ' : ''
  return `${mark}${padding}${code}${padding}${mark}`
}

/** A table whose first row is its header; cells are Markdown of one line. Short rows are left short, as GFM allows. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 1)
  const [header = [], ...body] = rows
  const padded = [...header, ...Array<string>(columns - header.length).fill('')]
  return [tableRow(padded), `|${' --- |'.repeat(columns)}`, ...body.map(tableRow)].join('\n')
}

/** One row of a table. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(cell => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

/** Text without line breaks. */
export function oneLine(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return text.trim()
  return text
    .split(/[\r\n]/)
    .map(line => line.trim())
    .filter(Boolean)
    .join(' ')
}

/**
 * Text of at most `maxBytes` in UTF-8. Longer text is cut at the end of a paragraph, line or word where one is near, and
 * ends in an ellipsis of its own line.
 */
export function cut(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  const room = new Uint8Array(Math.max(0, maxBytes - Buffer.byteLength(ending)))
  const { read } = new TextEncoder().encodeInto(text, room)
  return shortened(text.slice(0, read))
}

/** The beginning of a text that goes on: without its last piece, which may be half a word, and with an ellipsis. */
export function shortened(start: string): string {
  const near = Math.max(0, start.length - 2000)
  const boundary = ['\n\n', '\n', ' '].map(mark => start.lastIndexOf(mark)).find(index => index > near)
  return `${start.slice(0, boundary ?? start.length).trimEnd()}${ending}`
}

const ending = '\n\n…'

/**
 * `<` that begins a tag, comment or declaration; an address in angle brackets is Markdown's own autolink and stays.
 * Bounded, so that a text of nothing but `<` stays linear.
 */
const liveTag =
  /<(?=[a-z/!?])(?!(?:https?:\/\/|mailto:)[^\s<>]{1,2000}>|[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9.-]{1,255}>)/gi

function longestRun(code: string): number {
  let longest = 0
  for (const run of code.matchAll(/`+/g)) longest = Math.max(longest, run[0].length)
  return longest
}
