import { escapeText, oneLine } from '../markdown.ts'
import { type Comment, commentLine } from './comments.ts'
import { type Figure, textsOf } from './figures.ts'
import type { Styles } from './opendocument-styles.ts'
import { createSheet, longestCell, type Sheet } from './sheet.ts'
import type { XmlAttributes, XmlReader } from './xml.ts'

/** Reads sheets: what is inside of the element that holds all of them. */
export interface SheetsReader extends XmlReader {
  /** Each sheet as a table under its name. */
  finish(): string
}

/**
 * @param maxLength characters after which further rows are left out
 * @param figures charts by the name of their object
 */
export function createSheetsReader(
  styles: Styles,
  maxLength: number,
  figures?: ReadonlyMap<string, Figure>,
): SheetsReader {
  const out: string[] = []
  let length = 0
  let sheet: Sheet | undefined
  let name = ''
  let row: Row = { number: 0, cells: [], repeat: 1 }
  let column = 0
  let cell: Cell | undefined
  let comment: Comment | undefined
  /** Name of who wrote it, while it is read. */
  let author: string | undefined
  /** What stands above the cells; `undefined` outside of that. */
  let shape: string | undefined
  /** Listed below the table. */
  let remarks: string[] = []
  /** Open elements inside one that is left out: what was changed. */
  let skipped = 0
  let inText = false
  return { open, text, close, isFull: () => length + (sheet?.length ?? 0) > maxLength, finish }

  function open(element: string, attributes: XmlAttributes): void {
    if (skipped > 0 || skippedElements.has(element)) {
      skipped += 1
      return
    }
    switch (element) {
      case 'table':
        sheet = createSheet()
        name = attributes.get('name') ?? ''
        if (styles.isHidden('table', attributes.get('style-name'))) name += ' (hidden)'
        row = { number: 0, cells: [], repeat: 1 }
        break
      case 'table-row':
        row = { number: row.number, cells: [], repeat: Number(attributes.get('number-rows-repeated')) || 1 }
        column = 0
        break
      case 'table-cell':
      case 'covered-table-cell':
        cell = { repeat: Number(attributes.get('number-columns-repeated')) || 1, text: '', href: undefined, value: '' }
        cell.value = attributes.get('string-value') ?? attributes.get('date-value') ?? attributes.get('value') ?? ''
        break
      case 'annotation':
        comment = { place: placeOf(row.number, column), author: '', text: '' }
        break
      case 'creator':
        if (comment) author = ''
        break
      case 'shapes':
        shape = ''
        break
      case 'object':
        figure(attributes.get('href'))
        break
      case 'p':
        inText = true
        if (comment) comment.text += ' '
        else if (shape !== undefined) shape = ''
        else if (cell && cell.text !== '') cell.text += '\n'
        break
      case 's':
      case 'tab':
      case 'line-break':
        text(' ')
        break
      case 'a':
        if (cell) cell.href ??= attributes.get('href')
        break
    }
  }

  function text(data: string): void {
    if (skipped > 0) return
    if (author !== undefined) author += data
    else if (!inText) return
    else if (comment) comment.text = (comment.text + data).slice(0, longestCell)
    else if (shape !== undefined) shape = (shape + data).slice(0, longestCell)
    else if (cell && cell.text.length < longestCell) cell.text += data
  }

  function close(element: string): void {
    if (skipped > 0) {
      skipped -= 1
      return
    }
    if (element === 'creator' && comment) {
      comment.author = author ?? ''
      author = undefined
    } else if (element === 'annotation') endComment()
    else if (element === 'shapes') shape = undefined
    else if (element === 'p') endParagraph()
    else if (element === 'table-cell' || element === 'covered-table-cell') endCell()
    else if (element === 'table-row') endRow()
    else if (element === 'table') endSheet()
  }

  function endParagraph(): void {
    inText = false
    if (shape !== undefined && shape.trim() !== '' && !comment) remark(escapeText(oneLine(shape)))
  }

  function endComment(): void {
    if (comment && comment.text.trim() !== '') remark(commentLine(comment))
    comment = undefined
    inText = false
  }

  /** A chart's figures are cells already, but its titles are not. */
  function figure(href: string | undefined): void {
    const found = figures?.get(href?.replace(/^\.\//, '') ?? '')
    const texts = found ? textsOf({ ...found, rows: found.rows.slice(0, 1) }) : []
    if (texts.length > 0) remark(texts.join(', '))
  }

  function remark(line: string): void {
    if (remarks.length < mostRemarks) remarks.push(line)
  }

  function endCell(): void {
    if (!cell) return
    const shown = cell.text === '' ? cell.value : cell.text
    if (shown !== '') {
      const last = Math.min(column + cell.repeat, widest)
      for (let at = column; at < last; at++) row.cells.push({ column: at, text: shown, href: cell.href })
    }
    column += cell.repeat
    cell = undefined
  }

  function endRow(): void {
    const times = row.cells.length === 0 ? 0 : Math.min(row.repeat, mostRepeated)
    for (let time = 0; sheet && time < times; time++) {
      sheet.row(row.number + time)
      for (const { column, text, href } of row.cells) {
        if (length + sheet.length > maxLength) return
        sheet.cell(column, text)
        if (href) sheet.link(row.number + time, column, href)
      }
    }
    row = { number: row.number + row.repeat, cells: [], repeat: 1 }
  }

  function endSheet(): void {
    for (const line of remarks) sheet?.remark(line)
    remarks = []
    const table = sheet?.finish(name) ?? ''
    if (table !== '') out.push(table)
    length += table.length
    sheet = undefined
  }

  function finish(): string {
    endSheet()
    return out.join('\n\n')
  }
}

interface Row {
  number: number
  cells: { column: number; text: string; href: string | undefined }[]
  repeat: number
}

interface Cell {
  repeat: number
  text: string
  href: string | undefined
  /** For programs that do not write what is shown. */
  value: string
}

/** As many as a sheet shows; a cell that is repeated to the sheet's edge is a matter of looks. */
const widest = 256

/** Equal rows with text in them that are written as one. */
const mostRepeated = 1000

const skippedElements: ReadonlySet<string> = new Set(['tracked-changes', 'forms', 'named-expressions'])

const mostRemarks = 10_000

/** A cell's name, such as `B2`. */
function placeOf(row: number, column: number): string {
  let letters = ''
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters
  }
  return `${letters}${row + 1}`
}
