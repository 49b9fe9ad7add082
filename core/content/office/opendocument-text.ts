import { type Container, itemOf, type List } from '../html/blocks.ts'
import { type Marks, noMarks } from '../html/inline.ts'
import { widestSpan } from '../html/tables.ts'
import { escapeText, oneLine } from '../markdown.ts'
import { createDocumentWriter, type DocumentWriter, linked, noteItem } from './document.ts'
import { type Figure, writeFigure } from './figures.ts'
import type { Styles } from './opendocument-styles.ts'
import type { XmlAttributes, XmlReader } from './xml.ts'

/** Reads texts and slides: what is inside of the element that holds all of them. */
export interface TextReader extends XmlReader {
  /** All that was read as Markdown, footnotes at the end. */
  finish(): string
}

interface State {
  readonly hidden: boolean
  readonly marks: Marks
  readonly container: Container | undefined
  readonly list: List | undefined
  readonly listStyle: string | undefined
  readonly listLevel: number
  /** Takes the text: the document, or its notes. */
  readonly writer: DocumentWriter
  /** Text goes into the title of the slide. */
  readonly inTitle: boolean
  /** Text stands in a paragraph; other text is white space between elements. */
  readonly inParagraph: boolean
  /** Of the heading around, or 0. */
  readonly heading: number
  readonly inAnnotation: boolean
}

/** @param figures charts by the name of their object */
export function createTextReader(
  document: DocumentWriter,
  styles: Styles,
  figures?: ReadonlyMap<string, Figure>,
): TextReader {
  const notes = createDocumentWriter(longestNotes)
  const outer: State[] = []
  /** Where lists of a style and level go on. */
  const counts = new Map<string, number>()
  let noteCount = 0
  /** Columns that the last cell covers beside itself. */
  let covered = 0
  let slide: Slide | undefined
  let slideCount = 0
  let state: State = {
    hidden: false,
    marks: noMarks,
    container: undefined,
    list: undefined,
    listStyle: undefined,
    listLevel: 0,
    writer: document,
    inTitle: false,
    inParagraph: false,
    heading: 0,
    inAnnotation: false,
  }
  return { open, text, close, isFull: () => document.full, finish }

  function open(name: string, attributes: XmlAttributes): void {
    outer.push(state)
    if (state.hidden) return
    if (skippedElements.has(name)) set({ hidden: true })
    else enter(name, attributes)
  }

  function enter(name: string, attributes: XmlAttributes): void {
    const style = attributes.get('style-name')
    switch (name) {
      case 'p':
        paragraph(styles.text('paragraph', style).title ? 1 : 0, style)
        break
      case 'h':
        set({ container: undefined })
        paragraph(Math.min(6, Math.max(1, Number(attributes.get('outline-level')) || 1)), style)
        break
      case 'span':
        span(style)
        break
      case 'a':
        set({ marks: linked(state.marks, attributes.get('href')) })
        break
      case 's':
      case 'tab':
        text(' ')
        break
      case 'line-break':
        if (state.inTitle) text(' ')
        else state.writer.lineBreak()
        break
      case 'section':
      case 'hidden-text':
      case 'hidden-paragraph':
        if (attributes.get('display') === 'none' || attributes.get('is-hidden') === 'true') set({ hidden: true })
        break
      case 'list':
        list(attributes)
        break
      case 'list-item':
      case 'list-header':
        if (state.list) set({ container: itemOf(state.list) })
        break
      case 'note':
        noteCount += 1
        text(`[^${noteCount}]`)
        break
      case 'note-body':
        set({ ...outside, writer: notes, container: noteItem(String(noteCount)) })
        break
      case 'annotation':
        annotation()
        break
      case 'creator':
        // Goes on in the first paragraph of what they said.
        if (state.inAnnotation) set({ inParagraph: true, marks: said })
        text('Comment by ')
        break
      case 'object':
        writeFigure(state.writer, figures?.get(attributes.get('href')?.replace(/^\.\//, '') ?? ''))
        break
      case 'table':
        if (state.inParagraph) endParagraph(state)
        state.writer.openTable(state.container)
        break
      case 'table-row':
        state.writer.openRow()
        break
      case 'table-cell':
        covered = (Number(attributes.get('number-columns-spanned')) || 1) - 1
        state.writer.openCell(covered + 1)
        set(outside)
        break
      case 'covered-table-cell':
        coverCell(Math.min(widestSpan, Number(attributes.get('number-columns-repeated')) || 1))
        set({ hidden: true })
        break
      case 'page':
        openSlide(styles.isHidden('drawing-page', style))
        break
      case 'notes':
        openNotes()
        break
      case 'frame':
      case 'custom-shape':
        frame(attributes.get('class'))
        break
      case 'desc':
        set({ inParagraph: true })
        break
    }
  }

  function close(name: string): void {
    const inner = state
    state = outer.pop() ?? state
    if (inner.hidden) return
    if (name === 'creator' && inner.inAnnotation) inner.writer.text(': ', inner.marks)
    else if (name === 'p' || name === 'h' || (name === 'desc' && !state.inParagraph)) endParagraph(inner)
    else if (name === 'list') closeList(inner)
    else if (name === 'table') inner.writer.closeTable()
    else if (name === 'page') closeSlide()
  }

  function text(data: string): void {
    if (state.hidden || !state.inParagraph) return
    if (state.inTitle && slide) slide.title = (slide.title + data).slice(0, longestTitle)
    else state.writer.text(data, state.marks)
  }

  function paragraph(heading: number, style: string | undefined): void {
    // A frame stands inside the paragraph that it is anchored to.
    if (state.inParagraph) endParagraph(state)
    const { hidden = false } = styles.text('paragraph', style)
    set({ inParagraph: true, marks: noMarks, heading, hidden })
  }

  function endParagraph({ inTitle, writer, container, heading }: State): void {
    if (inTitle && slide) slide.title += ' '
    else writer.endParagraph(container, heading)
  }

  function span(style: string | undefined): void {
    const { strong, emphasis, strike, hidden } = styles.text('text', style)
    if (hidden) set({ hidden })
    if (strong === undefined && emphasis === undefined && strike === undefined) return
    const { marks } = state
    set({
      marks: {
        ...marks,
        strong: strong ?? marks.strong,
        emphasis: emphasis ?? marks.emphasis,
        strike: strike ?? marks.strike,
      },
    })
  }

  function list(attributes: XmlAttributes): void {
    if (state.inParagraph) endParagraph(state)
    const listStyle = attributes.get('style-name') ?? state.listStyle
    const listLevel = state.listLevel + 1
    const start = styles.start(listStyle, listLevel)
    const continues = attributes.get('continue-numbering') === 'true' || attributes.has('continue-list')
    const next = start !== undefined && continues ? (counts.get(`${listStyle} ${listLevel}`) ?? start) : start
    set({ listStyle, listLevel, list: { base: state.container, next, last: undefined } })
  }

  function closeList({ list, listStyle, listLevel }: State): void {
    if (list?.next !== undefined) counts.set(`${listStyle} ${listLevel}`, list.next)
  }

  function openSlide(hidden: boolean): void {
    slideCount += 1
    slide = { start: document.blocks.length, number: slideCount, hidden, title: '', notes: undefined, comments: '' }
  }

  function closeSlide(): void {
    if (!slide) return
    const { start, number, hidden, notes, comments } = slide
    if (notes !== undefined && document.blocks.length > notes) head(notes, 3, 'Notes')
    const title = escapeText(oneLine(slide.title.replace(/\s+/g, ' ')))
    const name = `Slide ${number}${hidden ? ' (hidden)' : ''}`
    // Pictures alone say nothing, and neither would their number.
    const isSilent = title === '' && comments === '' && document.blocks.length === start
    if (!isSilent) head(start, 2, (title === '' ? name : `${name}: ${title}`) + comments)
    slide = undefined
  }

  function head(at: number, level: number, heading: string): void {
    document.blocks.splice(at, 0, { kind: 'heading', level, text: heading, container: undefined })
  }

  /** One that a cell above covers is empty, and keeps its column. */
  function coverCell(columns: number): void {
    const beside = Math.min(covered, columns)
    covered -= beside
    for (let cell = beside; cell < columns; cell++) state.writer.openCell(1)
  }

  function annotation(): void {
    noteCount += 1
    const reference = `[^${noteCount}]`
    if (slide && !state.inParagraph) slide.comments += reference
    else text(reference)
    set({ ...outside, writer: notes, container: noteItem(String(noteCount)), inAnnotation: true, inTitle: false })
  }

  function openNotes(): void {
    if (slide) slide.notes = document.blocks.length
  }

  /** What shapes on a page of notes hold besides the notes is on the slide too. */
  function frame(placeholder: string | undefined): void {
    if (state.inParagraph) endParagraph(state)
    if (furniture.has(placeholder ?? '')) set({ hidden: true })
    else set({ ...outside, inTitle: placeholder === 'title' && slide !== undefined && slide.notes === undefined })
  }

  function finish(): string {
    return [document.finish(), notes.finish()].filter(Boolean).join('\n\n')
  }

  function set(changes: Partial<State>): void {
    state = { ...state, ...changes }
  }
}

interface Slide {
  /** Where its blocks begin. */
  start: number
  number: number
  hidden: boolean
  title: string
  /** Where the blocks of its notes begin. */
  notes: number | undefined
  /** What refers to the comments on it. */
  comments: string
}

/** What holds inside of something that is laid out by itself. */
const outside = { list: undefined, listLevel: 0, container: undefined, inParagraph: false, heading: 0, marks: noMarks }

/** Placeholders that say the same on every slide. */
const furniture: ReadonlySet<string> = new Set(['header', 'footer', 'date-time', 'page-number'])

/** What is deleted, said about the text, or said twice. */
const skippedElements: ReadonlySet<string> = new Set([
  'tracked-changes',
  'note-citation',
  'ruby-text',
  'forms',
  'title',
  'sequence-decls',
  'variable-decls',
  'user-field-decls',
  'footer-decl',
  'header-decl',
  'date-time-decl',
  'binary-data',
  'table-of-content-source',
])

/** Who wrote a comment. */
const said: Marks = { ...noMarks, emphasis: true }

const longestTitle = 1000
const longestNotes = 1024 * 1024
