/**
 * A document of Word 97 to 2003 as Markdown. npm's one reader of it, `word-extractor`, has had no release since 2021 and
 * gives text without headings, tables and links. Source: MS-DOC.
 */
import { Failure } from '../../../errors.ts'
import { type Marks, noMarks } from '../../html/inline.ts'
import { protectedByPassword } from '../../protected.ts'
import type { CompoundFile } from '../compound-file.ts'
import { createDocumentWriter, type DocumentWriter, linked } from '../document.ts'

/**
 * Headers, body, footnotes, comments, endnotes and text boxes in this order, without what is deleted or hidden.
 * @throws Failure `item_unreadable`; RangeError for sizes that are lies
 */
export function docToMarkdown(file: CompoundFile, maxLength: number): string {
  const main = file.stream('WordDocument')
  if (!main || main.length < 0x1aa) throw new Failure('item_unreadable', 'the document is damaged')
  const view = viewOf(main)
  const flags = view.getUint16(0x0a, true)
  if (view.getUint16(2, true) < oldestVersion) {
    throw new Failure('item_unreadable', 'the document is of a Word before 1997: save it as DOCX')
  }
  if ((flags & 0x0100) !== 0) throw protectedByPassword()
  const table = file.stream((flags & 0x0200) === 0 ? '0Table' : '1Table')
  if (!table) throw new Failure('item_unreadable', 'the document is damaged')
  const text = textOf(main, table)
  const looks = looksOf(main, table, { listAt: paragraphTable, entryBytes: 13, plain, read: lookAt })
  const unseen = looksOf(main, table, { listAt: letterTable, entryBytes: 1, plain: false, read: isUnseen })
  const parts = partsOf(view)
  const writer = createDocumentWriter(maxLength)
  writeMargins(part('headers'), writer)
  for (const name of ['body', 'footnotes', 'comments', 'endnotes', 'boxes'] as const) writePart(part(name), writer)
  return writer.finish()

  function part(name: PartName): Part {
    const { start, length } = parts[name]
    return { text, looks, unseen, start, end: Math.min(text.length, start + length) }
  }
}

interface Text {
  characters: string
  length: number
  /** Place in the file of a character. */
  placeOf(position: number): number
}

interface Look {
  heading: number
  inTable: boolean
  endsRow: boolean
}

interface Part {
  text: Text
  looks: (place: number) => Look
  unseen: (place: number) => boolean
  start: number
  end: number
}

const partNames = ['body', 'footnotes', 'headers', 'macros', 'comments', 'endnotes', 'boxes'] as const
type PartName = (typeof partNames)[number]

/** The parts of the text follow one another; each has its length in the file's head. */
function partsOf(view: DataView): Record<PartName, { start: number; length: number }> {
  let start = 0
  const parts = partNames.map((name, index) => {
    const length = view.getUint32(0x4c + index * 4, true)
    const part = { start, length }
    start += length
    return [name, part] as const
  })
  return Object.fromEntries(parts) as Record<PartName, { start: number; length: number }>
}

/** The text is in pieces all over the file, of which a table says where they are and how wide their letters. */
function textOf(main: Uint8Array, table: Uint8Array): Text {
  const pieces = piecesOf(main, table)
  let characters = ''
  for (const { place, length, isWide } of pieces) {
    const bytes = Buffer.from(
      main.buffer,
      main.byteOffset + place,
      Math.min(main.length - place, length * (isWide ? 2 : 1)),
    )
    characters += isWide ? bytes.toString('utf16le') : narrow.decode(bytes)
    if (characters.length > longestText) break
  }
  return { characters, length: characters.length, placeOf }

  function placeOf(position: number): number {
    let [low, high] = [0, pieces.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((pieces[middle]?.start ?? 0) <= position) low = middle
      else high = middle - 1
    }
    const piece = pieces[low]
    return piece ? piece.place + (position - piece.start) * (piece.isWide ? 2 : 1) : 0
  }
}

const narrow = new TextDecoder('windows-1252')

function piecesOf(main: Uint8Array, table: Uint8Array) {
  const view = viewOf(main)
  const [offset, size] = [view.getUint32(0x1a2, true), view.getUint32(0x1a6, true)]
  const list = viewOf(table.subarray(offset, offset + size))
  let at = 0
  // Looks that pieces share.
  while (list.getUint8(at) === 1) at += 3 + list.getUint16(at + 1, true)
  if (list.getUint8(at) !== 2) throw new Failure('item_unreadable', 'the document is damaged')
  const count = Math.floor((list.getUint32(at + 1, true) - 4) / 12)
  const first = at + 5
  const pieces: { start: number; length: number; place: number; isWide: boolean }[] = []
  for (let index = 0; index < count; index++) {
    const start = list.getUint32(first + index * 4, true)
    const end = list.getUint32(first + (index + 1) * 4, true)
    const place = list.getUint32(first + (count + 1) * 4 + index * 8 + 2, true)
    const isWide = (place & 0x40000000) === 0
    const from = isWide ? place : (place & 0x3fffffff) >> 1
    if (end <= start || from >= main.length) continue
    pieces.push({ start, length: end - start, place: from, isWide })
  }
  return pieces
}

/** Where in the file the looks of paragraphs and of letters are listed. */
const paragraphTable = 0x102
const letterTable = 0xfa

/**
 * What paragraphs or letters look like, by where they are in the file: in pages of 512 bytes that a table lists.
 * @param entryBytes of each stretch in a page, of which the first says where its look is
 */
function looksOf<Seen>(
  main: Uint8Array,
  table: Uint8Array,
  { listAt, entryBytes, plain, read }: Looks<Seen>,
): (place: number) => Seen {
  const view = viewOf(main)
  const [offset, size] = [view.getUint32(listAt, true), view.getUint32(listAt + 4, true)]
  const list = viewOf(table.subarray(offset, offset + size))
  const count = Math.max(0, Math.floor((list.byteLength - 4) / 8))
  const ends: number[] = []
  const looks: Seen[] = []
  for (let index = 0; index < count; index++) {
    const place = (list.getUint32((count + 1) * 4 + index * 4, true) & 0x3fffff) * 512
    if (place + 512 > main.length) continue
    const page = viewOf(main.subarray(place, place + 512))
    const runs = page.getUint8(511)
    for (let run = 0; run < runs && (runs + 1) * 4 + run * entryBytes < 511; run++) {
      const at = page.getUint8((runs + 1) * 4 + run * entryBytes) * 2
      ends.push(page.getUint32((run + 1) * 4, true))
      looks.push(at === 0 || at > 500 ? plain : read(page, at))
    }
  }
  return place => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) <= place) low = middle + 1
      else high = middle
    }
    return looks[low] ?? plain
  }
}

interface Looks<Seen> {
  listAt: number
  entryBytes: number
  plain: Seen
  read(page: DataView, at: number): Seen
}

/** Whether letters are deleted, or hidden. */
function isUnseen(page: DataView, at: number): boolean {
  const end = Math.min(511, at + 1 + page.getUint8(at))
  for (let change = at + 1; change + 3 <= end; change++) {
    const code = page.getUint16(change, true)
    if ((code === 0x0800 || code === 0x083c) && page.getUint8(change + 2) === 1) return true
  }
  return false
}

function lookAt(page: DataView, at: number): Look {
  const half = page.getUint8(at)
  const start = half === 0 ? at + 2 : at + 1
  const end = Math.min(511, start + (half === 0 ? page.getUint8(at + 1) * 2 : half * 2 - 1))
  if (start + 2 > end) return plain
  const style = page.getUint16(start, true)
  const look = { heading: style >= 1 && style <= 9 ? Math.min(6, style) : 0, inTable: false, endsRow: false }
  // Of a list of changes in which each says how long it is, two are looked for; both have one byte.
  for (let change = start + 2; change + 3 <= end; change++) {
    const code = page.getUint16(change, true)
    if (code === 0x2416) look.inTable ||= page.getUint8(change + 2) === 1
    else if (code === 0x2417) look.endsRow ||= page.getUint8(change + 2) === 1
  }
  return look
}

const plain: Look = { heading: 0, inTable: false, endsRow: false }

/** Each text of a header or footer once: there is a set for each section. */
function writeMargins(part: Part, writer: DocumentWriter): void {
  const start = writer.blocks.length
  writePart(part, writer)
  const known = new Set<string>()
  const kept = writer.blocks.splice(start).filter(({ text }) => {
    if (known.has(text) || !/\p{L}/u.test(text)) return false
    known.add(text)
    return true
  })
  writer.blocks.push(...kept)
}

/** Paragraphs, rows and cells end in characters of their own. */
function writePart({ text, looks, unseen, start, end }: Part, writer: DocumentWriter): void {
  const fields: { instruction: string; shown: boolean; marks: Marks }[] = []
  let marks = noMarks
  let words = ''
  let inTable = false
  let inRow = false
  let inCell = false
  for (let at = start; at < end && !writer.full; at++) {
    const character = text.characters[at] ?? ''
    const field = fields.at(-1)
    if (character === '\r' || character === '\u0007' || character === '\f') endParagraph(character, at)
    else if (character === '\u0013') openField()
    else if (character === '\u0014') showField()
    else if (character === '\u0015') closeField()
    else if (field && !field.shown) field.instruction = (field.instruction + character).slice(0, longestInstruction)
    else if (unseen(text.placeOf(at))) continue
    else if (character === '\u000b') lineBreak()
    else if (character === '\u001e') words += '\u2011'
    else if (character === '\t') words += ' '
    else if (character >= ' ') words += character
  }
  flush()
  writer.endParagraph(undefined, 0)
  if (inTable) writer.closeTable()

  function endParagraph(character: string, at: number): void {
    const look = looks(text.placeOf(at))
    if (look.inTable || character === '\u0007') {
      if (!inTable) writer.openTable(undefined)
      inTable = true
      if (look.endsRow) {
        inRow = false
        words = ''
        return
      }
      if (!inRow) writer.openRow()
      if (!inCell) writer.openCell(1)
      inRow = true
      inCell = character !== '\u0007'
    } else if (inTable) {
      writer.closeTable()
      inTable = inRow = inCell = false
    }
    flush()
    writer.endParagraph(undefined, look.heading)
  }

  function lineBreak(): void {
    flush()
    writer.lineBreak()
  }

  function openField(): void {
    flush()
    if (fields.length < mostFields) fields.push({ instruction: '', shown: false, marks })
  }

  function showField(): void {
    const field = fields.at(-1)
    if (!field) return
    field.shown = true
    const [, address] = /^\s*HYPERLINK\s+"([^"]*)"/i.exec(field.instruction) ?? []
    marks = linked(marks, address)
  }

  function closeField(): void {
    flush()
    marks = fields.pop()?.marks ?? noMarks
  }

  function flush(): void {
    if (words !== '') writer.text(words, marks)
    words = ''
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Word 97. */
const oldestVersion = 0xc1

const longestText = 32 * 1024 * 1024
const longestInstruction = 5000
const mostFields = 1000
