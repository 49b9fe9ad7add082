import { type Container, itemOf } from '../html/blocks.ts'
import { hrefOf } from '../html/elements.ts'
import type { Marks } from '../html/inline.ts'
import { noMarks } from '../html/inline.ts'
import { settle, type Table, widestSpan } from '../html/tables.ts'
import { createWriter, type Writer } from '../html/writer.ts'

/** The writer of HTML's converter with the tables of a document that is known to mean them. */
export interface DocumentWriter extends Writer {
  openTable(container: Container | undefined): void
  openRow(): void
  /** @param columns how many it spans */
  openCell(columns: number): void
  /** Says how many columns the open cell spans, where that is known only inside. */
  widenCell(columns: number): void
  closeTable(): void
  /** Whether text is inside a table. */
  isInTable(): boolean
}

/** @param maxLength characters after which the writer is full */
export function createDocumentWriter(maxLength: number): DocumentWriter {
  const writer = createWriter(maxLength)
  const tables: Table[] = []
  return Object.assign(writer, {
    openTable,
    openRow,
    openCell,
    widenCell,
    closeTable,
    isInTable: () => tables.length > 0,
  })

  function openTable(container: Container | undefined): void {
    const start = writer.blocks.length
    tables.push({ container, marks: noMarks, layout: false, nested: false, start, rows: [], open: undefined })
  }

  function openRow(): void {
    const table = tables.at(-1)
    if (!table) return
    endCell(table)
    // Office's tables are data far more often than layout, and most of them name their columns.
    table.rows.push({ heads: table.rows.length === 0, cells: [] })
    writer.piece()
  }

  function openCell(columns: number): void {
    const table = tables.at(-1)
    if (!table) return
    if (table.rows.length === 0) openRow()
    endCell(table)
    const start = writer.blocks.length
    table.open = { heads: false, columns: Math.max(1, Math.min(columns, widestSpan)), rows: 1, start, end: start }
    table.rows.at(-1)?.cells.push(table.open)
    writer.piece()
  }

  function widenCell(columns: number): void {
    const cell = tables.at(-1)?.open
    if (cell) cell.columns = Math.max(1, Math.min(columns, widestSpan))
  }

  function endCell(table: Table): void {
    if (!table.open) return
    table.open.end = writer.blocks.length
    table.open = undefined
  }

  function closeTable(): void {
    const table = tables.pop()
    if (!table) return
    endCell(table)
    settle(table, writer.blocks)
    const around = tables.at(-1)
    if (around && writer.blocks.length > table.start) around.nested = true
  }
}

/** What stands before the text of a footnote, its further paragraphs indented by as much. */
export function noteItem(label: string): Container | undefined {
  const item = itemOf({ base: undefined, next: undefined, last: undefined })
  if (item) item.marker = `[^${label}]: `
  return item
}

/** Marks with a link, unless it leads nowhere outside of the document. */
export function linked(marks: Marks, href: string | undefined): Marks {
  const target = href === undefined ? undefined : hrefOf({ href })
  return target === undefined ? marks : { ...marks, link: { href: target } }
}
