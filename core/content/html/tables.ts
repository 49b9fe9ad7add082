/**
 * Tables of HTML are two things under one name: data, which becomes a Markdown table, and layout, in which most mail is
 * written and which becomes its content in reading order.
 */
import { table as markdownTable, oneLine } from '../markdown.ts'
import type { Block, Container } from './blocks.ts'
import type { Marks } from './inline.ts'

export interface Table {
  container: Container | undefined
  /** Of the text around it. */
  marks: Marks
  /** Declared as layout (`role="presentation"`). */
  layout: boolean
  /** Whether a cell holds another table. */
  nested: boolean
  /** Where its blocks begin among the document's. */
  start: number
  rows: Row[]
  open: Cell | undefined
}

export interface Row {
  heads: boolean
  cells: Cell[]
}

export interface Cell {
  heads: boolean
  columns: number
  rows: number
  /** Its blocks among the document's: from `start`, and not `end` any more. */
  start: number
  end: number
}

/** Spans beyond this are made up; a row of `colspan="1000000"` must not become a million cells. */
export const widestSpan = 100

/** Puts the table's own form in place of the blocks that its cells left in `blocks`. */
export function settle(table: Table, blocks: Block[]): void {
  const grid = isData(table, blocks) ? gridOf(table, blocks) : undefined
  if (grid && isRegular(table, grid)) {
    const outside = blocksOutside(table, blocks)
    blocks.length = table.start
    for (const block of outside) blocks.push(block)
    blocks.push({ kind: 'table', text: markdownTable(grid), container: table.container })
  } else if (table.rows.some(row => row.cells.length > 1)) {
    joinRows(table, blocks)
  }
}

function isHeaded(table: Table): boolean {
  return table.rows.some(row => row.heads || row.cells.some(cell => cell.heads))
}

/** Whether cells hold what cells of data hold: a few words where nothing says that it is data, more where heads do. */
function isData(table: Table, blocks: readonly Block[]): boolean {
  if (table.layout || table.nested || table.rows.length < 2) return false
  const most = isHeaded(table) ? { blocks: 12, length: 1500 } : { blocks: 1, length: 200 }
  return table.rows.every(row =>
    row.cells.every(cell => {
      const own = blocks.slice(cell.start, Math.min(cell.end, cell.start + most.blocks + 1))
      if (own.length > most.blocks) return false
      if (own.some(block => block.kind !== 'paragraph' && !(block.kind === 'heading' && isHeaded(table)))) return false
      return own.reduce((length, block) => length + visibleLength(block.text), 0) <= most.length
    }),
  )
}

/**
 * The texts of the cells, spans laid out, without rows and columns that are empty throughout; `undefined` when the spans
 * make far more of it than there are cells.
 */
function gridOf(table: Table, blocks: readonly Block[]): string[][] | undefined {
  let room = table.rows.reduce((sum, row) => sum + row.cells.length, 0) * 8 + 1000
  const grid: string[][] = []
  const reserved: number[] = []
  for (const row of table.rows) {
    const texts: string[] = []
    for (const cell of row.cells) {
      while ((reserved[texts.length] ?? 0) > 0) leave(texts)
      const at = texts.length
      texts.push(
        oneLine(
          blocks
            .slice(cell.start, cell.end)
            .map(block => oneLine(block.text))
            .join('\n'),
        ),
      )
      for (let column = 0; column < cell.columns; column++) {
        if (column > 0) texts.push('')
        if (cell.rows > 1) reserved[at + column] = cell.rows - 1
      }
    }
    while (texts.length < reserved.length && (reserved[texts.length] ?? 0) > 0) leave(texts)
    room -= texts.length
    if (room < 0) return undefined
    grid.push(texts)
  }
  const used: boolean[] = []
  for (const row of grid) {
    for (const [column, text] of row.entries()) if (text !== '') used[column] = true
  }
  const columns = grid.map(row => row.filter((_text, column) => used[column]))
  return columns.filter(row => row.some(text => text !== ''))

  function leave(texts: string[]): void {
    reserved[texts.length] = (reserved[texts.length] ?? 1) - 1
    texts.push('')
  }
}

function isRegular(table: Table, grid: readonly (readonly string[])[]): boolean {
  const columns = grid.reduce((most, row) => Math.max(most, row.length), 0)
  if (grid.length < 2 || columns < 2) return false
  const full = grid.reduce((count, row) => count + row.filter(text => text !== '').length, 0)
  return full >= grid.length * columns * (isHeaded(table) ? 0.2 : 0.5)
}

/** Captions, and text that stands between rows where it does not belong. */
function blocksOutside(table: Table, blocks: readonly Block[]): Block[] {
  const cells = table.rows.flatMap(row => row.cells)
  const outside: Block[] = []
  let at = table.start
  for (const cell of cells) {
    for (; at < cell.start; at++) push(blocks[at])
    at = Math.max(at, cell.end)
  }
  for (; at < blocks.length; at++) push(blocks[at])
  return outside

  function push(block: Block | undefined): void {
    if (block) outside.push(block)
  }
}

/** In layout, a row of short cells is read as one line: `Total` and `12.00` of a receipt, the links of a menu. */
function joinRows(table: Table, blocks: Block[]): void {
  const lines = table.rows.flatMap(row => {
    const start = row.cells[0]?.start ?? 0
    const end = row.cells.at(-1)?.end ?? 0
    return row.cells.length > 1 && end - start > 1 && isLine(row, blocks, start, end) ? [{ start, end }] : []
  })
  const rest = lines[0] ? blocks.splice(lines[0].start) : []
  let at = blocks.length
  const offset = at
  for (const { start, end } of lines) {
    for (; at < start; at++) keep(rest[at - offset])
    const own = rest.slice(start - offset, end - offset)
    keep({ kind: 'paragraph', text: own.map(block => block.text).join(' '), container: own[0]?.container })
    at = end
  }
  for (; at - offset < rest.length; at++) keep(rest[at - offset])

  function keep(block: Block | undefined): void {
    if (block) blocks.push(block)
  }
}

function isLine(row: Row, blocks: readonly Block[], start: number, end: number): boolean {
  if (end - start > row.cells.length || row.cells.some(cell => cell.end - cell.start > 1)) return false
  const own = blocks.slice(start, end)
  return (
    own.every(({ kind, text, container }) => {
      return kind === 'paragraph' && !text.includes('\n') && container === own[0]?.container
    }) && own.reduce((length, block) => length + visibleLength(block.text), 0) <= 160
  )
}

function visibleLength(text: string): number {
  return text.includes('](') ? text.replace(/\]\([^()]*\)/g, '').length : text.length
}
