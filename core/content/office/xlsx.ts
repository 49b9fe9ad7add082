/**
 * An Excel workbook as Markdown. `exceljs` and SheetJS were weighed: both hold the workbook as objects before a cell can
 * be read (and SheetJS is no longer published to npm); this stops when there is text enough. What numbers look like is
 * `numfmt`'s, which follows Excel's format codes. Source: ECMA-376, part 1, section 18.
 */
import { escapeText, oneLine } from '../markdown.ts'
import { type Authors, commentLine, readAuthors, readComments } from './comments.ts'
import { readFigures, textsOf } from './figures.ts'
import { type Relation, relationsOf } from './package.ts'
import { createSheet, longestCell, type Sheet } from './sheet.ts'
import { type Formats, readFormats } from './xlsx-formats.ts'
import { readXml, type XmlAttributes } from './xml.ts'
import type { Zip } from './zip.ts'

/**
 * Every sheet in the workbook's order as a table under its name, with the values that formulas had when it was saved;
 * below it the comments on its cells, and what text boxes, charts and diagrams say.
 * @param part name of the main part
 * @param maxLength characters after which further rows are left out
 * @throws Failure `item_unreadable`
 */
export async function xlsxToMarkdown(zip: Zip, part: string, maxLength: number): Promise<string> {
  const relations = await relationsOf(zip, part)
  const partOf = (type: string) => relations.find(relation => relation.type === type && !relation.external)?.target
  const { sheets, since1904 } = await readWorkbook(zip, part)
  const strings = await readStrings(zip, partOf('sharedStrings'))
  const authors = await readAuthors(zip, relations)
  const formats = await readFormats(zip, partOf('styles'), since1904)
  const out: string[] = []
  let left = maxLength
  for (const { name, id } of sheets) {
    const relation = relations.find(relation => relation.id === id)
    if (relation?.type !== 'worksheet' || !zip.has(relation.target)) continue
    const sheet = await readSheet(zip, relation.target, { strings, formats, left, authors })
    const text = sheet.finish(name)
    if (text !== '') out.push(text)
    left -= text.length
    if (left <= 0) break
  }
  return out.join('\n\n')
}

async function readWorkbook(zip: Zip, part: string) {
  const sheets: { name: string; id: string }[] = []
  let since1904 = false
  await readXml(zip.read(part), {
    open(element, attributes) {
      if (element === 'workbookPr') since1904 = /^(1|true)$/.test(attributes.get('date1904') ?? '')
      if (element !== 'sheet' || sheets.length >= mostSheets) return
      const hidden = /hidden/i.test(attributes.get('state') ?? '') ? ' (hidden)' : ''
      sheets.push({ name: `${attributes.get('name') ?? ''}${hidden}`, id: attributes.get('r:id') ?? '' })
    },
    text() {},
    close() {},
  })
  return { sheets, since1904 }
}

const mostSheets = 1000

/** Texts that cells refer to by number. Those beyond the limit are left out, as their rows most likely are. */
async function readStrings(zip: Zip, part: string | undefined): Promise<string[]> {
  const strings: string[] = []
  let length = 0
  let current = ''
  let inText = false
  /** Inside of what tells how Japanese is pronounced. */
  let inReading = false
  if (!part || !zip.has(part)) return strings
  await readXml(zip.read(part), {
    open(name) {
      if (name === 'si') current = ''
      else if (name === 'rPh') inReading = true
      else if (name === 't') inText = !inReading
    },
    text(data) {
      if (inText && current.length < longestCell) current += data
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') inReading = false
      else if (name === 'si') {
        strings.push(current)
        length += current.length + 16
      }
    },
    isFull: () => length > mostStringLength,
  })
  return strings
}

const mostStringLength = 32 * 1024 * 1024

interface Book {
  strings: readonly string[]
  formats: Formats
  left: number
  authors: Authors
}

async function readSheet(zip: Zip, part: string, { strings, formats, left, authors }: Book): Promise<Sheet> {
  const sheet = createSheet()
  const relations = await relationsOf(zip, part)
  const links = new Map(relations.map(({ id, target, external }) => [id, external ? target : '']))
  let rowNumber = 0
  let cell: Cell | undefined
  let column = -1
  let inValue = false
  let inFormula = false
  await readXml(zip.read(part), { open, text, close, isFull: () => sheet.length > left })
  if (sheet.length <= left) {
    for (const comment of await readComments(zip, relations, authors)) sheet.remark(commentLine(comment))
    for (const text of await readDrawings(zip, relations)) sheet.remark(text)
  }
  return sheet

  function open(name: string, attributes: XmlAttributes): void {
    if (name === 'row') {
      rowNumber = Number(attributes.get('r')) || rowNumber + 1
      column = -1
      sheet.row(rowNumber)
    } else if (name === 'c') {
      column = columnOf(attributes.get('r')) ?? column + 1
      cell = { type: attributes.get('t') ?? 'n', style: Number(attributes.get('s') ?? 0), value: '', formula: '' }
    } else if (name === 'v' || name === 't') {
      inValue = true
    } else if (name === 'f') {
      inFormula = true
    } else if (name === 'hyperlink') {
      linkCells(attributes)
    }
  }

  function text(data: string): void {
    if (!cell) return
    if (inValue && cell.value.length < longestCell) cell.value += data
    else if (inFormula && cell.formula.length < longestFormula) cell.formula += data
  }

  function close(name: string): void {
    if (name === 'v' || name === 't') inValue = false
    else if (name === 'f') inFormula = false
    else if (name === 'c' && cell) {
      sheet.cell(column, shown(cell))
      const href = /^HYPERLINK\("([^"]*)"/i.exec(cell.formula)?.[1]
      if (href) sheet.link(rowNumber, column, href)
      cell = undefined
    }
  }

  function linkCells(attributes: XmlAttributes): void {
    const [, letters = '', digits] = /^([A-Z]{1,3})(\d{1,7})/.exec(attributes.get('ref') ?? '') ?? []
    const at = columnOf(letters)
    const href = links.get(attributes.get('r:id') ?? '')
    if (at !== undefined && href) sheet.link(Number(digits), at, href)
  }

  function shown({ type, style, value }: Cell): string {
    if (type === 's') return strings[Number(value)] ?? ''
    if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE'
    if (type === 'n' && value !== '') return formats(style, Number(value), value)
    return value
  }
}

interface Cell {
  type: string
  style: number
  value: string
  formula: string
}

const longestFormula = 3000

function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0]
  if (!letters) return undefined
  let column = 0
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}

/** What stands on a sheet above its cells; a chart's figures are cells already, but its titles are not. */
async function readDrawings(zip: Zip, relations: readonly Relation[]): Promise<string[]> {
  const texts: string[] = []
  for (const { target } of relations.filter(({ type, external }) => type === 'drawing' && !external).slice(0, 10)) {
    if (!zip.has(target)) continue
    let paragraph = ''
    let inText = false
    await readXml(zip.read(target), {
      open(name) {
        if (name === 't') inText = true
        else if (name === 'p') paragraph = ''
      },
      text(data) {
        if (inText && paragraph.length < longestCell) paragraph += data
      },
      close(name) {
        if (name === 't') inText = false
        else if (name === 'p' && paragraph.trim() !== '' && texts.length < mostTexts) texts.push(escapeText(paragraph))
      },
    })
    for (const figure of (await readFigures(zip, await relationsOf(zip, target))).values()) {
      const said = textsOf({ ...figure, rows: figure.rows.slice(0, 1) })
      if (said.length > 0) texts.push(said.join(', '))
    }
  }
  return texts.map(oneLine)
}

const mostTexts = 1000
