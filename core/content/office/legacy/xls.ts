/**
 * A workbook of Excel 97 to 2003 as Markdown. SheetJS reads it, but is no longer published to npm, where its last version
 * has two advisories. Source: MS-XLS.
 */
import { Failure } from '../../../errors.ts'
import { protectedByPassword } from '../../protected.ts'
import type { CompoundFile } from '../compound-file.ts'
import { createSheet, type Sheet } from '../sheet.ts'
import { createFormats, type Formats } from '../xlsx-formats.ts'
import { createStrings, type Strings } from './xls-strings.ts'

interface FileRecord {
  type: number
  data: DataView
  /** What goes on in further records. */
  more: DataView[]
}

/**
 * Every sheet in the workbook's order as a table under its name, with the values that formulas had when it was saved.
 * @param maxLength characters after which further rows are left out
 * @throws Failure `item_unreadable`; RangeError for sizes that are lies
 */
export function xlsToMarkdown(file: CompoundFile, maxLength: number): string {
  const bytes = file.stream('Workbook') ?? new Uint8Array(0)
  const book = readBook(bytes)
  const out: string[] = []
  let left = maxLength
  for (const { name, place } of book.sheets) {
    if (left <= 0) break
    const text = readSheet(bytes, place, book, left).finish(name)
    if (text !== '') out.push(text)
    left -= text.length
  }
  return out.join('\n\n')
}

interface Book {
  sheets: { name: string; place: number }[]
  strings: readonly string[]
  formats: Formats
}

function readBook(bytes: Uint8Array): Book {
  const sheets: Book['sheets'] = []
  const codes = new Map<number, string>()
  const styles: number[] = []
  let strings: string[] = []
  let since1904 = false
  for (const { type, data, more } of recordsFrom(bytes, 0)) {
    if (type === passwordType) throw protectedByPassword()
    if (type === beginType && data.getUint16(0, true) !== newestVersion) {
      throw new Failure('item_unreadable', 'the workbook is of an Excel before 1997: save it as XLSX')
    }
    if (type === endType) break
    if (type === sheetType && data.getUint8(5) === 0 && sheets.length < mostSheets) {
      const hidden = (data.getUint8(4) & 3) === 0 ? '' : ' (hidden)'
      const name = createStrings([rest(data, 6)]).read(data.getUint8(6), 1)
      sheets.push({ name: `${name}${hidden}`, place: data.getUint32(0, true) })
    } else if (type === stringsType)
      strings = readStrings(createStrings([rest(data, 8), ...more]), data.getUint32(4, true))
    else if (type === calendarType) since1904 = data.getUint16(0, true) === 1
    else if (type === formatType) {
      codes.set(data.getUint16(0, true), createStrings([rest(data, 2)]).read(data.getUint16(2, true), 2))
    } else if (type === styleType && styles.length < mostStyles) styles.push(data.getUint16(2, true))
  }
  return { sheets, strings, formats: createFormats(codes, styles, since1904) }
}

function readStrings(source: Strings, count: number): string[] {
  const strings: string[] = []
  let length = 0
  while (strings.length < count && !source.isEmpty && length < mostStringLength) {
    const text = source.next()
    strings.push(text)
    length += text.length + 16
  }
  return strings
}

function readSheet(bytes: Uint8Array, place: number, { strings, formats }: Book, left: number): Sheet {
  const sheet = createSheet()
  let row = -1
  let depth = 0
  /** A cell whose formula made a text, which the next record holds. */
  let waiting: { row: number; column: number } | undefined
  for (const { type, data, more } of recordsFrom(bytes, place)) {
    // A chart inside of the sheet begins and ends as the sheet does.
    if (type === beginType) depth += 1
    if (type === endType) depth -= 1
    if (depth <= 0 || sheet.length > left) break
    if (depth > 1) continue
    if (type === textValueType && waiting) {
      put(waiting.row, waiting.column, createStrings([rest(data, 0), ...more]).read(data.getUint16(0, true), 2))
      waiting = undefined
    } else if (cellTypes.has(type)) cell(type, data, more)
  }
  return sheet

  function cell(type: number, data: DataView, more: readonly DataView[]): void {
    const [at, column, style] = [data.getUint16(0, true), data.getUint16(2, true), data.getUint16(4, true)]
    if (type === sharedTextType) put(at, column, strings[data.getUint32(6, true)] ?? '')
    else if (type === textType || type === richTextType) {
      put(at, column, createStrings([rest(data, 6), ...more]).read(data.getUint16(6, true), 2))
    } else if (type === numberType) number(at, column, style, data.getFloat64(6, true))
    else if (type === smallNumberType) number(at, column, style, smallNumber(data.getInt32(6, true)))
    else if (type === truthType) put(at, column, truth(data.getUint8(6), data.getUint8(7) === 1))
    else if (type === formulaType) formula(at, column, style, data)
    else {
      for (let index = 0; 4 + index * 6 + 8 <= data.byteLength; index++) {
        const value = smallNumber(data.getInt32(6 + index * 6, true))
        number(at, column + index, data.getUint16(4 + index * 6, true), value)
      }
    }
  }

  /** What a formula made: a number, or a kind of value in the place of one. */
  function formula(at: number, column: number, style: number, data: DataView): void {
    if (data.getUint16(12, true) !== 0xffff) number(at, column, style, data.getFloat64(6, true))
    else if (data.getUint8(6) === 0) waiting = { row: at, column }
    else if (data.getUint8(6) < 3) put(at, column, truth(data.getUint8(8), data.getUint8(6) === 2))
  }

  function number(at: number, column: number, style: number, value: number): void {
    put(at, column, formats(style, value, String(value)))
  }

  function put(at: number, column: number, text: string): void {
    if (at !== row) sheet.row(at)
    row = at
    sheet.cell(column, text)
  }
}

/** An integer or the upper half of a number, perhaps a hundred times too large. */
function smallNumber(packed: number): number {
  const half = new DataView(new ArrayBuffer(8))
  half.setInt32(0, packed & ~3)
  const value = (packed & 2) === 0 ? half.getFloat64(0) : packed >> 2
  return (packed & 1) === 0 ? value : value / 100
}

function truth(value: number, isError: boolean): string {
  return isError ? (errors[value] ?? '#N/A') : value === 0 ? 'FALSE' : 'TRUE'
}

const errors: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
}

/** Records with those that continue them. */
function* recordsFrom(bytes: Uint8Array, start: number): Generator<FileRecord, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let open: FileRecord | undefined
  for (let at = start; at + 4 <= bytes.length; ) {
    const type = view.getUint16(at, true)
    const size = Math.min(view.getUint16(at + 2, true), bytes.length - at - 4)
    const data = new DataView(bytes.buffer, bytes.byteOffset + at + 4, size)
    at += 4 + size
    if (type === moreType) {
      if (open && open.more.length < mostContinued) open.more.push(data)
      continue
    }
    if (open) yield open
    open = { type, data, more: [] }
  }
  if (open) yield open
}

function rest(data: DataView, from: number): DataView {
  const start = Math.min(from, data.byteLength)
  return new DataView(data.buffer, data.byteOffset + start, data.byteLength - start)
}

const beginType = 0x0809
const endType = 0x000a
const moreType = 0x003c
const passwordType = 0x002f
const sheetType = 0x0085
const stringsType = 0x00fc
const calendarType = 0x0022
const formatType = 0x041e
const styleType = 0x00e0

const sharedTextType = 0x00fd
const textType = 0x0204
const richTextType = 0x00d6
const numberType = 0x0203
const smallNumberType = 0x027e
const smallNumbersType = 0x00bd
const truthType = 0x0205
const formulaType = 0x0006
const textValueType = 0x0207

const cellTypes: ReadonlySet<number> = new Set([
  ...[sharedTextType, textType, richTextType, numberType, smallNumberType, smallNumbersType, truthType, formulaType],
])

/** What Excel 97 to 2003 write. */
const newestVersion = 0x0600

const mostSheets = 1000
const mostStyles = 100_000
const mostContinued = 100_000
const mostStringLength = 32 * 1024 * 1024
