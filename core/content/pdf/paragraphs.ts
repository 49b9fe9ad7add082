import { escapeLineStart, escapeText, table } from '../markdown.ts'
import type { Line } from './lines.ts'

/** Makes paragraphs, headings and lists of the lines of one page after another. */
export function createParagraphs(): (lines: readonly Line[]) => string {
  /** Characters of each size so far: most of a document is its body. */
  const sizes = new Map<number, number>()
  /** Whether the document has a sign of its own for hyphens that are due to the line's end. */
  let marksHyphens = false
  return lines => {
    for (const { size, text } of lines) sizes.set(size, (sizes.get(size) ?? 0) + text.length)
    const [body = 0] = [...sizes].sort((one, other) => other[1] - one[1])[0] ?? []
    marksHyphens ||= lines.some(({ text }) => /[\u00ad\u2010]$/.test(text))
    return blocksOf(lines, body)
  }

  function blocksOf(lines: readonly Line[], body: number): string {
    const out: Block[] = []
    const leading = leadingOf(lines)
    /** Left edges of the open items, from the outermost. */
    let indents: number[] = []
    let block: Line[] = []
    for (const [index, line] of lines.entries()) {
      const before = lines[index - 1]
      if (before && !continues(before, line, rightAround(lines, index), leading)) end()
      block.push(line)
    }
    end()
    return written(out)

    function end(): void {
      const [first] = block
      if (!first) return
      if (first.cells.length > 1) {
        out.push({ kind: 'row', text: escapeText(first.text), cells: first.cells.map(escapeText) })
      } else {
        out.push(blockOf(first, joined(block.map(line => line.text))))
      }
      if (out.at(-1)?.kind !== 'item') indents = []
      block = []
    }

    function blockOf({ size, left }: Line, text: string): Block {
      const level = text.length > longestHeading ? 0 : headingLevel(size, body)
      if (level > 0) return { kind: 'text', text: `${'#'.repeat(level)} ${escapeText(text)}` }
      const item = itemOf(text)
      if (item === undefined) return { kind: 'text', text: escapeLineStart(escapeText(text)) }
      indents = indents.filter(indent => indent < left - 2).concat(left)
      return { kind: 'item', text: '   '.repeat(indents.length - 1) + item }
    }
  }

  /** Lines as one: words that the end of a line parted are whole again. */
  function joined(texts: readonly string[]): string {
    let whole = ''
    for (const text of texts) {
      const parted = /[\p{L}\p{N}]([-\u00ad\u2010])$/u.exec(whole)?.[1]
      if (whole === '') whole = text
      else if (parted === undefined) whole += breaksWithoutSpace(whole, text) ? text : ` ${text}`
      else if (/^\p{Ll}/u.test(text) && !(parted === '-' && marksHyphens)) whole = whole.slice(0, -1) + text
      else whole += text
    }
    return whole.replaceAll('\u00ad', '')
  }
}

interface Block {
  kind: 'text' | 'item' | 'row'
  text: string
  /** Of a row. */
  cells?: readonly string[]
}

function written(blocks: readonly Block[]): string {
  const out: string[] = []
  for (let index = 0; index < blocks.length; index++) {
    const block = blocks[index] as Block
    const inList = block.kind === 'item' && blocks[index - 1]?.kind === 'item'
    if (index > 0) out.push(inList ? '\n' : '\n\n')
    let end = index + 1
    while (block.cells && blocks[end]?.cells?.length === block.cells.length) end += 1
    const rows = blocks.slice(index, end).flatMap(({ cells }) => (cells ? [cells] : []))
    out.push(rows.length > 1 ? table(rows) : block.text)
    index = end - 1
  }
  return out.join('')
}

/** Chinese and Japanese have no space between words, so none was lost at the end of a line. */
function breaksWithoutSpace(before: string, after: string): boolean {
  return wide.test(before.slice(-1)) && wide.test(after.slice(0, 1))
}

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u

/**
 * Whether a line goes on with the paragraph of the line before: as large, no farther away than lines are, and begun only
 * because its first word had no room there.
 */
function continues(before: Line, line: Line, right: number, leading: number): boolean {
  if (before.cells.length > 1 || line.cells.length > 1) return false
  if (begins.test(line.text) || line.size !== before.size) return false
  const down = before.bottom - line.bottom
  // The head of the next column.
  if (down < -before.size)
    return isParted(before.text, line.text) || /[^.!?:]\n\p{Ll}/u.test(`${before.text}\n${line.text}`)
  if (down <= 0 || down > Math.max(line.size * 1.15, leading * 1.25)) return false
  if (isParted(before.text, line.text)) return true
  const [word = ''] = wide.test(line.text.slice(0, 1)) ? line.text : line.text.split(' ', 1)
  const wordWidth = ((line.right - line.left) * (word.length + 1)) / line.text.length
  return before.right + wordWidth > right - 1
}

/** What the lines of a page are apart, most of them. */
function leadingOf(lines: readonly Line[]): number {
  const gaps: number[] = []
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1]
    const down =
      before &&
      before.size === line.size &&
      before.cells.length + line.cells.length === 2 &&
      before.bottom - line.bottom
    if (down && down > 0 && down < line.size * 3) gaps.push(down)
  }
  return gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)] ?? 0
}

/** A line that ends in a hyphen goes on at the head of the next column, too. */
function isParted(before: string, after: string): boolean {
  return /\p{L}[-\u00ad\u2010]$/u.test(before) && /^\p{Ll}/u.test(after)
}

/** The right edge of the lines near one that begin where it begins. */
function rightAround(lines: readonly Line[], index: number): number {
  const line = lines[index]
  let right = 0
  for (const near of lines.slice(Math.max(0, index - 8), index + 8)) {
    if (line && near.size === line.size && Math.abs(near.left - line.left) < line.size * 4)
      right = Math.max(right, near.right)
  }
  return right
}

function headingLevel(size: number, body: number): number {
  if (size >= body * 1.6) return 1
  return size >= body * 1.15 ? 2 : 0
}

const longestHeading = 200

function itemOf(text: string): string | undefined {
  const bullet = /^[•◦▪▫‣⁃●○■□–—\uf0b7\uf0a7]\s+(?=\S)/u.exec(text)?.[0]
  if (bullet) return `- ${escapeLineStart(escapeText(text.slice(bullet.length)))}`
  const number = /^(\d{1,3})[.)]\s+(?=\S)/.exec(text)
  return number ? `${number[1]}. ${escapeLineStart(escapeText(text.slice(number[0].length)))}` : undefined
}

/** What stands at the beginning of an item only. */
const begins = /^([•◦▪▫‣⁃●○■□–—\uf0b7\uf0a7]|\d{1,3}[.)]|[a-z][.)]|[ivx]{1,5}[.)])\s+\S/iu
