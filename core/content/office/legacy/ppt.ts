/** A presentation of PowerPoint 97 to 2003 as Markdown; npm has no reader of it. Source: MS-PPT. */
import { Failure } from '../../../errors.ts'
import { noMarks } from '../../html/inline.ts'
import { escapeText, oneLine } from '../../markdown.ts'
import { protectedByPassword } from '../../protected.ts'
import type { CompoundFile } from '../compound-file.ts'
import { createDocumentWriter, type DocumentWriter } from '../document.ts'

/**
 * Slides in the order of the presentation, each under a heading with its number and title, its notes at its end; those
 * without text are left out.
 * @throws Failure `item_unreadable`; RangeError for sizes that are lies
 */
export function pptToMarkdown(file: CompoundFile, maxLength: number): string {
  const bytes = file.stream('PowerPoint Document') ?? new Uint8Array(0)
  const user = file.stream('Current User')
  if (user && user.length > 16 && viewOf(user).getUint32(12, true) === encryptedToken) throw protectedByPassword()
  const top = recordsIn(bytes, 0, bytes.length)
  const places = placesOf(bytes, top)
  const document = top.findLast(({ type }) => type === documentType)
  if (!document) throw new Failure('item_unreadable', 'the presentation is damaged')
  const lists = childrenOf(bytes, document).filter(({ type }) => type === listType)
  const notes = new Map(listed(bytes, lists, notesInstance).map(({ id, place }) => [id, place]))
  const writer = createDocumentWriter(maxLength)
  for (const [index, slide] of listed(bytes, lists, slidesInstance).entries()) {
    if (writer.full) break
    const record = recordAt(bytes, places.get(slide.place))
    const outline = new Set(slide.texts.map(({ text }) => text))
    const shapes = record ? textsIn(bytes, record).filter(({ text }) => !outline.has(text)) : []
    const texts = [...slide.texts, ...shapes]
    const noteId = record ? noteOf(bytes, record) : undefined
    const note = recordAt(bytes, places.get(notes.get(noteId ?? 0) ?? 0))
    writeSlide(writer, index + 1, texts, note ? textsIn(bytes, note) : [])
  }
  return writer.finish()
}

interface FileRecord {
  type: number
  instance: number
  isContainer: boolean
  /** Where its content begins and ends. */
  start: number
  end: number
}

interface ShapeText {
  /** 0 and 6 for titles, 2 for notes. */
  kind: number
  text: string
}

interface ListedSlide {
  id: number
  /** Number under which its place is kept. */
  place: number
  texts: ShapeText[]
}

function recordsIn(bytes: Uint8Array, start: number, end: number): FileRecord[] {
  const records: FileRecord[] = []
  for (let at = start; at + 8 <= end && records.length < mostRecords; ) {
    const record = recordAt(bytes, at)
    if (!record) break
    // One that goes beyond what holds it would be read twice.
    records.push({ ...record, end: Math.min(record.end, end) })
    at = record.end
  }
  return records
}

function recordAt(bytes: Uint8Array, at: number | undefined): FileRecord | undefined {
  if (at === undefined || at + 8 > bytes.length) return undefined
  const view = viewOf(bytes)
  const head = view.getUint16(at, true)
  const start = at + 8
  return {
    type: view.getUint16(at + 2, true),
    instance: head >> 4,
    isContainer: (head & 0xf) === 0xf,
    start,
    end: Math.min(bytes.length, start + view.getUint32(at + 4, true)),
  }
}

function childrenOf(bytes: Uint8Array, { start, end }: FileRecord): FileRecord[] {
  return recordsIn(bytes, start, end)
}

/** Where slides are, by number; each time the file was saved, those that were changed got a new place. */
function placesOf(bytes: Uint8Array, top: readonly FileRecord[]): Map<number, number> {
  const view = viewOf(bytes)
  const places = new Map<number, number>()
  for (const { type, start, end } of top) {
    if (type !== placesType) continue
    for (let at = start; at + 4 <= end; ) {
      const head = view.getUint32(at, true)
      at += 4
      for (let index = 0; index < head >>> 20 && at + 4 <= end; index++) {
        places.set((head & 0xfffff) + index, view.getUint32(at, true))
        at += 4
      }
    }
  }
  return places
}

/** The slides or notes of a list, with the texts of their outline. */
function listed(bytes: Uint8Array, lists: readonly FileRecord[], instance: number): ListedSlide[] {
  const view = viewOf(bytes)
  const slides: ListedSlide[] = []
  for (const list of lists.filter(list => list.instance === instance)) {
    let kind = 4
    for (const record of childrenOf(bytes, list)) {
      if (record.type === slideType) {
        const id = record.end - record.start >= 16 ? view.getUint32(record.start + 12, true) : 0
        slides.push({ id, place: view.getUint32(record.start, true), texts: [] })
      } else if (record.type === kindType) kind = view.getUint32(record.start, true)
      else {
        const text = textOf(bytes, record)
        if (text !== undefined) slides.at(-1)?.texts.push({ kind, text })
      }
    }
  }
  return slides
}

/** Texts of the shapes of a slide, in their order, whichever groups they are in. */
function textsIn(bytes: Uint8Array, slide: FileRecord): ShapeText[] {
  const texts: ShapeText[] = []
  const view = viewOf(bytes)
  let kind = 4
  let isTitle = false
  let visited = 0
  const waiting = childrenOf(bytes, slide).reverse()
  while (waiting.length > 0 && visited < mostRecords) {
    const record = waiting.pop()
    if (!record) break
    visited += 1
    if (record.type === shapeType) isTitle = false
    if (record.type === kindType) kind = view.getUint32(record.start, true)
    else if (record.type === placeholderType) isTitle = titlePlaceholders.has(view.getUint8(record.start + 4))
    else if (record.isContainer || record.type === textboxType) waiting.push(...childrenOf(bytes, record).reverse())
    else {
      const text = textOf(bytes, record)
      if (text !== undefined) texts.push({ kind: isTitle ? 0 : kind, text })
    }
  }
  return texts
}

function noteOf(bytes: Uint8Array, slide: FileRecord): number | undefined {
  const facts = childrenOf(bytes, slide).find(({ type }) => type === slideFactsType)
  return facts && facts.end - facts.start >= 20 ? viewOf(bytes).getUint32(facts.start + 16, true) : undefined
}

function textOf(bytes: Uint8Array, { type, start, end }: FileRecord): string | undefined {
  if (type === wideTextType) return Buffer.from(bytes.subarray(start, end)).toString('utf16le')
  return type === narrowTextType ? Buffer.from(bytes.subarray(start, end)).toString('latin1') : undefined
}

function writeSlide(
  writer: DocumentWriter,
  number: number,
  texts: readonly ShapeText[],
  notes: readonly ShapeText[],
): void {
  const title = texts.find(({ kind }) => titleKinds.has(kind))
  const heading = escapeText(oneLine((title?.text ?? '').replace(/\s+/g, ' ')))
  const name = `Slide ${number}`
  const start = writer.blocks.length
  for (const shape of texts) if (shape !== title) write(shape.text)
  const spoken = notes.filter(({ kind, text }) => kind === notesKind && text.trim() !== '')
  if (spoken.length > 0) head(writer.blocks.length, 3, 'Notes')
  for (const { text } of spoken) write(text)
  if (heading !== '' || writer.blocks.length > start) head(start, 2, heading ? `${name}: ${heading}` : name)

  function head(at: number, level: number, text: string): void {
    writer.blocks.splice(at, 0, { kind: 'heading', level, text, container: undefined })
  }

  /** An asterisk alone stands for a number or date that the program fills in. */
  function write(text: string): void {
    if (text.trim() === '*') return
    for (const paragraph of text.split('\r')) {
      for (const [index, line] of paragraph.split('\u000b').entries()) {
        if (index > 0) writer.lineBreak()
        writer.text(line, noMarks)
      }
      writer.endParagraph(undefined, 0)
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const documentType = 0x03e8
const listType = 0x0ff0
const slideType = 0x03f3
const slideFactsType = 0x03ef
const kindType = 0x0f9f
const wideTextType = 0x0fa0
const narrowTextType = 0x0fa8
const textboxType = 0xf00d
const placesType = 0x1772
const shapeType = 0xf004
const placeholderType = 0x0bc3

const slidesInstance = 0
const notesInstance = 2
const titleKinds: ReadonlySet<number> = new Set([0, 6])
const notesKind = 2
const titlePlaceholders: ReadonlySet<number> = new Set([13, 15, 17])

/** What the stream beside it says of a presentation that is encrypted. */
const encryptedToken = 0xf3d1c4df

const mostRecords = 200_000
