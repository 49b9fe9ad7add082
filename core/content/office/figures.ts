/**
 * Charts and diagrams (SmartArt) of Office, and charts of OpenDocument: parts of their own, which hold what a reader sees
 * in the picture. Source: ECMA-376, part 1, section 21; OpenDocument 1.3, part 3, section 11.
 */
import { escapeText, oneLine, table } from '../markdown.ts'
import type { DocumentWriter } from './document.ts'
import type { Relation } from './package.ts'
import { readXml, type XmlReader } from './xml.ts'
import type { Zip } from './zip.ts'

export interface Figure {
  /** Of the figure, then of its axes. */
  titles: string[]
  /** What a chart draws: the first row names its series, the first column its categories. */
  rows: string[][]
  /** Texts of a diagram. */
  items: string[]
}

/** The charts and diagrams that a part refers to, by the relation's identifier. */
export async function readFigures(zip: Zip, relations: readonly Relation[]): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>()
  for (const { id, type, target, external } of relations) {
    if (external || !zip.has(target) || figures.size >= mostFigures) continue
    if (type === 'chart') figures.set(id, await readChart(zip, target))
    else if (type === 'diagramData') figures.set(id, await readDiagram(zip, target))
  }
  return figures
}

/** Charts that are objects inside an OpenDocument file, by the object's name. */
export async function readObjects(zip: Zip): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>()
  for (const name of zip.names) {
    const object = /^([^/]+)\/content\.xml$/.exec(name)?.[1]
    if (object !== undefined && figures.size < mostFigures) figures.set(object, await readOpenDocumentChart(zip, name))
  }
  return figures
}

/** The figure where it stands; inside of a table, on one line. */
export function writeFigure(writer: DocumentWriter, figure: Figure | undefined): void {
  if (!figure) return
  const texts = textsOf(figure)
  if (texts.length === 0) return
  writer.endParagraph(undefined, 0)
  if (writer.isInTable()) {
    writer.blocks.push({ kind: 'paragraph', text: texts.join(', '), container: undefined })
    return
  }
  const [title, ...axes] = figure.titles.map(escapeText)
  const head = [title ? `**${title}**` : '', axes.length > 0 ? `(${axes.join(', ')})` : ''].filter(Boolean).join(' ')
  const list = figure.items.map(item => `- ${escapeText(item)}`).join('\n')
  if (head !== '') writer.blocks.push({ kind: 'paragraph', text: head, container: undefined })
  // A table is written as it is, and so is a list that is made already.
  if (list !== '') writer.blocks.push({ kind: 'table', text: list, container: undefined })
  if (figure.rows.length > 0) {
    const rows = figure.rows.map(row => row.map(cell => escapeText(cell)))
    writer.blocks.push({ kind: 'table', text: table(rows), container: undefined })
  }
}

/** All that a figure says, one by one. */
export function textsOf({ titles, items, rows }: Figure): string[] {
  return [...titles, ...items, ...rows.flat()].filter(text => text !== '').map(escapeText)
}

async function readChart(zip: Zip, part: string): Promise<Figure> {
  const titles: string[] = []
  const series: Series[] = []
  let text: string | undefined
  let current: Series | undefined
  let values: Map<number, string> | undefined
  let index = 0
  let inTitle = false
  let name = false
  await readXml(zip.read(part), {
    open(element, attributes) {
      if (element === 'title') {
        inTitle = true
        text = ''
      } else if (element === 'ser' && series.length < mostSeries) {
        current = { name: '', categories: new Map(), values: new Map() }
        series.push(current)
      } else if (element === 'tx') name = !inTitle && current !== undefined
      else if (element === 'cat' || element === 'xVal') values = current?.categories
      else if (element === 'val' || element === 'yVal') values = current?.values
      else if (element === 'pt') index = Number(attributes.get('idx')) || 0
      else if (element === 'v') text = ''
    },
    text(data) {
      if (text !== undefined && text.length < longestText) text += data
    },
    close(element) {
      if (element === 'title') {
        add(titles, text)
        inTitle = false
        text = undefined
      } else if (element === 'ser') current = undefined
      else if (element === 'tx') name = false
      else if (/^(cat|val|xVal|yVal)$/.test(element)) values = undefined
      else if (element === 'v') {
        if (name && current) current.name ||= text ?? ''
        else if (values && index < mostPoints) values.set(index, text ?? '')
        if (!inTitle) text = undefined
      }
    },
  })
  return { titles, items: [], rows: rowsOf(series) }
}

interface Series {
  name: string
  categories: Map<number, string>
  values: Map<number, string>
}

function rowsOf(series: readonly Series[]): string[][] {
  const count = Math.max(0, ...series.flatMap(({ categories, values }) => [...categories.keys(), ...values.keys()])) + 1
  const points = series.some(({ categories, values }) => categories.size + values.size > 0) ? count : 0
  const heads = ['', ...series.map(({ name }) => oneLine(name))]
  if (points === 0 && heads.every(head => head === '')) return []
  const rows = Array.from({ length: points }, (_, point) => [
    oneLine(series.find(({ categories }) => categories.has(point))?.categories.get(point) ?? ''),
    ...series.map(({ values }) => oneLine(values.get(point) ?? '')),
  ])
  return [heads, ...rows]
}

async function readDiagram(zip: Zip, part: string): Promise<Figure> {
  const items: string[] = []
  let kind = ''
  let item = ''
  let inText = false
  await readXml(zip.read(part), {
    open(element, attributes) {
      if (element === 'pt') {
        kind = attributes.get('type') ?? 'node'
        item = ''
      } else if (element === 't' && attributes.size === 0) inText = true
      else if (element === 'p' || element === 'br') item += ' '
    },
    text(data) {
      if (inText && item.length < longestText) item += data
    },
    close(element) {
      if (element === 't') inText = false
      else if (element === 'pt' && (kind === 'node' || kind === 'asst')) add(items, item)
    },
  })
  return { titles: [], items, rows: [] }
}

async function readOpenDocumentChart(zip: Zip, name: string): Promise<Figure> {
  const figure: Figure = { titles: [], items: [], rows: [] }
  let title: string | undefined
  let row: string[] | undefined
  let cell: string | undefined
  let isChart = false
  const reader: XmlReader = {
    open(element) {
      if (element === 'chart') isChart = true
      else if (!isChart) return
      else if (element === 'title' || element === 'subtitle') title = ''
      else if (element === 'table-row') row = []
      else if (element === 'table-cell') cell = ''
    },
    text(data) {
      if (title !== undefined && title.length < longestText) title += data
      else if (cell !== undefined && cell.length < longestText) cell += data
    },
    close(element) {
      if (element === 'title' || element === 'subtitle') {
        add(figure.titles, title)
        title = undefined
      } else if (element === 'table-cell') {
        if (row && row.length < mostSeries) row.push(oneLine(cell ?? ''))
        cell = undefined
      } else if (element === 'table-row') {
        if (row?.some(text => text !== '') && figure.rows.length < mostPoints) figure.rows.push(row)
        row = undefined
      }
    },
  }
  await readXml(zip.read(name), reader)
  return figure
}

function add(texts: string[], text: string | undefined): void {
  const line = oneLine((text ?? '').replace(/\s+/g, ' '))
  if (line !== '' && texts.length < mostPoints) texts.push(line)
}

const mostFigures = 200
const mostSeries = 50
const mostPoints = 500
const longestText = 1000
