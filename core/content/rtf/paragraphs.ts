import type { Container } from '../html/blocks.ts'
import type { Marks } from '../html/inline.ts'
import { createWordLists } from '../html/word-lists.ts'
import { type DocumentWriter, linked, noteItem } from '../office/document.ts'
import type { Group } from './state.ts'

export interface Places {
  writer: DocumentWriter
  notes: DocumentWriter
  margins: DocumentWriter
}

/** Makes paragraphs, lists and tables of text and of the control words that say how it stands. */
export interface Paragraphs {
  add(text: string, group: Group): void
  /** What stands before an item for programs that cannot number. */
  addMarker(text: string): void
  control(name: string, value: number | undefined, group: Group): void
  /** Adds to the name of the style that is being declared. */
  nameStyle(group: Group, text: string): void
  linkOf(group: Group): { marks: Marks }
  enterNote(group: Group): object
  enterMargin(): object
  /** A text box stands before the paragraph that it is anchored to. */
  enterBox(): object
  leave(group: Group): void
  finish(): void
}

interface Paragraph {
  style: number | undefined
  heading: number | undefined
  level: number
  inTable: boolean
  /** Of the left edge and of its first line beyond that, in twentieths of a point. */
  indent: number
  firstIndent: number
}

interface Place {
  writer: DocumentWriter
  container: Container | undefined
  runs: { text: string; marks: Marks }[]
  marker: string
  paragraph: Paragraph
  inCell: boolean
  inTable: boolean
  inRow: boolean
}

export function createParagraphs({ writer, notes, margins }: Places): Paragraphs {
  const headings = new Map<number, number>()
  const wordLists = createWordLists()
  const outer: Place[] = []
  let place = placeIn(writer)
  let noteCount = 0
  /** Whether the outermost list has numbers. */
  let numbered = false
  let style = 0
  let styleName = ''
  return { add, addMarker, control, nameStyle, linkOf, enterNote, enterMargin, enterBox, leave, finish }

  function add(text: string, { marks }: Group): void {
    const last = place.runs.at(-1)
    if (last?.marks === marks) last.text += text
    else place.runs.push({ text, marks })
    if (place.runs.length > mostRuns) end()
  }

  function addMarker(text: string): void {
    place.marker = (place.marker + text).slice(0, 50)
  }

  function control(name: string, value: number | undefined, group: Group): void {
    const { paragraph } = place
    // A marker's own looks are not those of its paragraph.
    if (group.destination === 'marker') return
    if (group.destination === 'styles') declareStyle(name, value)
    else if (name === 'par' || name === 'sect' || name === 'page') end()
    else if (name === 'line') add('\n', group)
    else if (name === 'tab') add('\t', group)
    else if (name === 'cell' || name === 'nestcell') endCell()
    else if (name === 'row' || name === 'nestrow') endRow()
    else if (name === 'pard') place.paragraph = plainParagraph
    else if (name === 'intbl') place.paragraph = { ...paragraph, inTable: true }
    else if (name === 's') place.paragraph = { ...paragraph, style: value }
    else if (name === 'outlinelevel') place.paragraph = { ...paragraph, heading: headingOf(value) }
    else if (name === 'ilvl') place.paragraph = { ...paragraph, level: Math.min(8, Math.max(0, value ?? 0)) }
    else if (name === 'li') place.paragraph = { ...paragraph, indent: value ?? 0 }
    else if (name === 'fi') place.paragraph = { ...paragraph, firstIndent: value ?? 0 }
  }

  function declareStyle(name: string, value: number | undefined): void {
    if (name === 's' || name === 'cs' || name === 'ds') {
      style = name === 's' ? (value ?? 0) : -1
      styleName = ''
    } else if (name === 'outlinelevel' && style >= 0 && headings.size < mostStyles) {
      headings.set(style, headingOf(value))
    }
  }

  function nameStyle(_group: Group, text: string): void {
    styleName = (styleName + text).slice(-50)
    const level = /^\s*heading (\d);/i.exec(styleName)?.[1]
    if (style < 0 || headings.size >= mostStyles) return
    if (level !== undefined) headings.set(style, Math.min(6, Math.max(1, Number(level))))
    else if (/^\s*title;/i.test(styleName)) headings.set(style, 1)
  }

  function linkOf({ field, marks }: Group): { marks: Marks } {
    const [, address] = /HYPERLINK\s+"?([^"\s]+)/i.exec(field?.instruction ?? '') ?? []
    return { marks: linked(marks, address) }
  }

  function enterNote(group: Group): object {
    noteCount += 1
    add(`[^${noteCount}]`, group)
    return enter({ ...placeIn(notes), container: noteItem(String(noteCount)) })
  }

  function enterMargin(): object {
    return enter(placeIn(margins))
  }

  function enterBox(): object {
    return enter({ ...placeIn(place.writer), container: place.container })
  }

  function enter(inner: Place): object {
    outer.push(place)
    place = inner
    return inner
  }

  function leave(group: Group): void {
    if (group.place !== place) return
    end()
    place = outer.pop() ?? place
  }

  function finish(): void {
    if (place.runs.length > 0) end()
    if (place.inTable) place.writer.closeTable()
  }

  /** Ends a paragraph: as a heading, an item or plain, in a cell or outside. */
  function end(): void {
    const { paragraph, writer: target } = place
    if (paragraph.inTable) openCell()
    else if (place.inTable) closeTable()
    const heading = paragraph.heading ?? headings.get(paragraph.style ?? -1) ?? 0
    const item = heading > 0 ? undefined : takeItem()
    for (const { text, marks } of place.runs) writeRun(text, marks)
    target.endParagraph(item ?? place.container, heading)
    if (!item) wordLists.end()
    place.runs = []
    place.marker = ''
  }

  function writeRun(text: string, marks: Marks): void {
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0) place.writer.lineBreak()
      if (line !== '') place.writer.text(line, marks)
    }
  }

  /** The item that the paragraph is, by its marker, which may also be its first characters before a tab. */
  function takeItem(): Container | undefined {
    const { paragraph } = place
    let { marker } = place
    let { level } = paragraph
    if (marker.trim() === '') {
      const written = paragraph.firstIndent < 0 ? takeWrittenMarker() : undefined
      if (written === undefined) return undefined
      marker = written
      level = Math.min(8, Math.max(0, Math.round(paragraph.indent / stepOfIndent) - 1))
    }
    const number = numberOf(marker)
    if (level === 0 && (number !== undefined) !== numbered) wordLists.end()
    if (level === 0) numbered = number !== undefined
    const item = wordLists.item(level + 1, place.container)
    if (number !== undefined) wordLists.marker(item, `${number}.`)
    return item
  }

  function takeWrittenMarker(): string | undefined {
    const text = place.runs.map(run => run.text).join('')
    const [found, marker] = /^\s*([•–◦▪·o-]|\d{1,8}[.)]|[a-z][.)])\t/i.exec(text) ?? []
    if (found === undefined) return undefined
    let left = found.length
    for (const run of place.runs) {
      const taken = Math.min(left, run.text.length)
      run.text = run.text.slice(taken)
      left -= taken
    }
    return marker
  }

  function openCell(): void {
    if (place.inCell) return
    if (!place.inTable) place.writer.openTable(undefined)
    if (!place.inRow) place.writer.openRow()
    place.writer.openCell(1)
    place.inTable = true
    place.inRow = true
    place.inCell = true
  }

  function endCell(): void {
    if (!place.paragraph.inTable) place.paragraph = { ...place.paragraph, inTable: true }
    openCell()
    end()
    place.inCell = false
  }

  function endRow(): void {
    place.inRow = false
    place.inCell = false
  }

  function closeTable(): void {
    place.writer.closeTable()
    place.inTable = false
    place.inRow = false
    place.inCell = false
  }
}

function placeIn(writer: DocumentWriter): Place {
  return {
    writer,
    container: undefined,
    runs: [],
    marker: '',
    paragraph: plainParagraph,
    inCell: false,
    inTable: false,
    inRow: false,
  }
}

const plainParagraph: Paragraph = {
  style: undefined,
  heading: undefined,
  level: 0,
  inTable: false,
  indent: 0,
  firstIndent: 0,
}

function headingOf(outlineLevel: number | undefined): number {
  const level = outlineLevel ?? 9
  return level >= 0 && level < 9 ? Math.min(6, level + 1) : 0
}

/** A number, or a letter that counts; letters become numbers, as Markdown has no others. */
function numberOf(marker: string): number | undefined {
  const [, digits, letter] = /^\W*(?:(\d{1,8})|([a-z]))[.)]/i.exec(marker) ?? []
  if (digits !== undefined) return Number(digits)
  return letter === undefined ? undefined : letter.toLowerCase().charCodeAt(0) - 96
}

/** Stretches of a paragraph: one without end must not gather in memory. */
const mostRuns = 20_000

const mostStyles = 10_000

/** What programs indent each level by, in twentieths of a point. */
const stepOfIndent = 360
