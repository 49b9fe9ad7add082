import { noMarks } from '../html/inline.ts'
import { escapeText, oneLine, table } from '../markdown.ts'
import { linked } from './document.ts'

/** Gathers the cells of one sheet into a table; memory follows the text that is kept, however far apart cells stand. */
export interface Sheet {
  /** Characters of its table so far. */
  readonly length: number
  /** Begins a row; those without text are left out. */
  row(number: number): void
  /** @param column from 0; cells beyond the widest sheet that anyone reads are left out */
  cell(column: number, text: string): void
  /** Lists a line of Markdown below the table: a comment on a cell, or what stands above the cells. */
  remark(line: string): void
  /** Makes a link of a cell's text. */
  link(row: number, column: number, href: string): void
  /** The sheet under its name, its first row as the header; empty for one without text. */
  finish(name: string): string
}

export function createSheet(): Sheet {
  const rows = new Map<number, string[]>()
  const used: boolean[] = []
  let current: string[] = []
  const remarks: string[] = []
  let number = 0
  const sheet = { length: 0, row, cell, remark, link, finish }
  return sheet

  function row(next: number): void {
    number = next
    current = rows.get(number) ?? []
  }

  function cell(column: number, text: string): void {
    if (column >= widest || column < 0) return
    const shown = escapeText(oneLine(text.slice(0, longestCell)))
    if (shown === '') return
    if (current.length === 0) rows.set(number, current)
    sheet.length += shown.length + 3 + Math.max(0, column - current.length)
    while (current.length < column) current.push('')
    current[column] = shown
    used[column] = true
  }

  function remark(line: string): void {
    remarks.push(`- ${line}`)
    sheet.length += line.length + 3
  }

  function link(at: number, column: number, address: string): void {
    const cells = rows.get(at)
    const text = cells?.[column]
    const href = linked(noMarks, address).link?.href
    if (!cells || !text || !href || text.startsWith('[')) return
    cells[column] = text === href ? `<${text}>` : `[${text.replace(/(?<!\\)[[\]]/g, '\\$&')}](${href})`
  }

  function finish(name: string): string {
    const filled = [...rows.values()].map(cells => cells.filter((_text, column) => used[column]))
    if (filled.length + remarks.length === 0) return ''
    return [`## ${escapeText(oneLine(name))}`, filled.length > 0 ? table(filled) : '', remarks.join('\n')]
      .filter(part => part !== '')
      .join('\n\n')
  }
}

/** Characters of a cell that are kept, which is three times what Excel holds. */
export const longestCell = 100_000

/** Columns beyond this are left out: a sheet that wide is not for reading. */
const widest = 256
