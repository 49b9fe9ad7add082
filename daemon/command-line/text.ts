/** Text as a terminal may have it, and as it looks well there. */

/**
 * Text from outside, harmless to a terminal: control characters (C0, C1, so also every escape sequence) and those that
 * turn the direction of what follows are shown as what they are, and no line is begun.
 */
export function clean(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(hostile, character => `\\u{${codeOf(character)}}`)
}

/** The same for text of several lines. */
export function cleanLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').split('\n').map(clean).join('\n')
}

/** JSON that does nothing to a terminal either: what JSON leaves as it is, is written as an escape, which means the same. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(hostileInJson, character =>
    [...character].map(one => `\\u${codeOf(one).padStart(4, '0')}`).join(''),
  )
}

const direction = '\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069'
const hostile = new RegExp(`[\\p{Cc}${direction}]`, 'gu')
/** JSON.stringify itself escapes what is below U+0020; line breaks of its own indentation stay. */
const hostileInJson = new RegExp(`[\\u007f-\\u009f\\u2028\\u2029${direction}]`, 'gu')

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}

/** Columns that text takes on a terminal, near enough: wide characters are two, marks that combine none. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of stripStyle(text))
    width += isWide(character) ? 2 : /\p{M}|\u200d|\ufe0f/u.test(character) ? 0 : 1
  return width
}

function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  )
}

// biome's rule against control characters in patterns is for those that got there by accident.
const styled = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

function stripStyle(text: string): string {
  return text.replace(styled, '')
}

/** At most so many columns, with an ellipsis where something is cut off. Only for text without colours. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 1
  for (const character of text) {
    width += widthOf(character)
    if (width > columns) break
    kept += character
  }
  return `${kept}…`
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}

/** Rows under each other, two spaces between the columns, nothing after the last. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
    })
  }
  return rows.map(row =>
    `${indent}${row.map((cell, index) => (index === row.length - 1 ? cell : pad(cell, widths[index] ?? 0))).join('  ')}`.trimEnd(),
  )
}

/** Words in lines of at most so many columns; a line that begins with two spaces is left as it is. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap(line => (line.startsWith('  ') ? [line] : wrapLine(line, width)))
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
