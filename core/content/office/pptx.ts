/**
 * A PowerPoint presentation as Markdown. Of what npm has, `officeparser` alone reads slides: into one text without
 * structure, over a tree of each part, and it brings a PDF reader and an OCR engine along.
 * Source: ECMA-376, part 1, sections 19 and 21.
 */
import { type Marks, noMarks } from '../html/inline.ts'
import { createWordLists } from '../html/word-lists.ts'
import { escapeText, oneLine } from '../markdown.ts'
import { type Authors, commentLine, readAuthors, readComments } from './comments.ts'
import { createDocumentWriter, type DocumentWriter, linked } from './document.ts'
import { type Figure, readFigures, writeFigure } from './figures.ts'
import { type Relation, relationsOf } from './package.ts'
import { readXml, type XmlAttributes, type XmlReader } from './xml.ts'
import type { Zip } from './zip.ts'

/**
 * Slides in the order of the presentation, each under a heading with its number and title, its notes and comments at its
 * end; those without text are left out.
 * @param part name of the main part
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`
 */
export async function pptxToMarkdown(zip: Zip, part: string, maxLength: number): Promise<string> {
  const related = await relationsOf(zip, part)
  const relations = new Map(related.map(relation => [relation.id, relation]))
  const authors = await readAuthors(zip, related)
  const writer = createDocumentWriter(maxLength)
  let number = 0
  for (const id of await slidesOf(zip, part)) {
    const slide = relations.get(id)?.target
    if (!slide || !zip.has(slide) || writer.full) continue
    number += 1
    await writeSlide(zip, slide, number, writer, authors)
  }
  return writer.finish()
}

async function slidesOf(zip: Zip, part: string): Promise<string[]> {
  const ids: string[] = []
  await readXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'sldId' && ids.length < mostSlides) ids.push(attributes.get('r:id') ?? '')
    },
    text() {},
    close() {},
  })
  return ids
}

const longestTitle = 1000
const mostSlides = 20_000

async function writeSlide(
  zip: Zip,
  slide: string,
  number: number,
  writer: DocumentWriter,
  authors: Authors,
): Promise<void> {
  const relations = await relationsOf(zip, slide)
  const start = writer.blocks.length
  const shapes = createShapes(writer, relations, 'dot', await readFigures(zip, relations))
  await readXml(zip.read(slide), shapes)
  const name = `Slide ${number}${shapes.hidden ? ' (hidden)' : ''}`
  const title = escapeText(oneLine(shapes.title.replace(/\s+/g, ' ')))
  const text = title === '' ? name : `${name}: ${title}`
  const notes = relations.find(({ type, external }) => type === 'notesSlide' && !external)?.target
  if (notes && zip.has(notes) && !writer.full) {
    const before = writer.blocks.length
    await readXml(zip.read(notes), createShapes(writer, await relationsOf(zip, notes), 'none'))
    headFrom(writer, before, 'Notes')
  }
  const before = writer.blocks.length
  for (const comment of await readComments(zip, relations, authors)) {
    if (writer.full) break
    writer.blocks.push({ kind: 'paragraph', text: commentLine(comment), container: undefined })
    writer.piece()
  }
  headFrom(writer, before, 'Comments')
  // Pictures alone say nothing, and neither would their number.
  if (title !== '' || writer.blocks.length > start) {
    writer.blocks.splice(start, 0, { kind: 'heading', level: 2, text, container: undefined })
  }
}

/** Puts a heading before what was written since, if anything was. */
function headFrom(writer: DocumentWriter, start: number, text: string): void {
  if (writer.blocks.length === start) return
  writer.blocks.splice(start, 0, { kind: 'heading', level: 3, text, container: undefined })
}

interface Shapes extends XmlReader {
  /** Text of the title's placeholder. */
  title: string
  /** Left out when the slides are shown. */
  hidden: boolean
}

/** @param inherited the bullet that paragraphs of the body have where they say nothing themselves */
function createShapes(
  writer: DocumentWriter,
  relations: readonly Relation[],
  inherited: Bullet,
  figures?: ReadonlyMap<string, Figure>,
): Shapes {
  const links = new Map(relations.map(({ id, target, external }) => [id, external ? target : undefined]))
  const wordLists = createWordLists()
  let placeholder: string | undefined
  let level = 0
  let bullet: Bullet | undefined
  let numbers: number[] = []
  let marks = noMarks
  let inRun = false
  let inText = false
  let skipped = 0
  const shapes: Shapes = { title: '', hidden: false, open, text, close, isFull: () => writer.full }
  return shapes

  function open(name: string, attributes: XmlAttributes): void {
    if (skipped > 0 || name === 'Fallback') {
      skipped += 1
      return
    }
    switch (name) {
      case 'sld':
        shapes.hidden = /^(0|false)$/.test(attributes.get('show') ?? '')
        break
      case 'sp':
      case 'graphicFrame':
        placeholder = undefined
        numbers = []
        wordLists.end()
        break
      case 'cNvPr':
        image(attributes.get('descr'))
        break
      case 'ph':
        placeholder = attributes.get('type') ?? 'body'
        break
      case 'p':
        level = 0
        bullet = undefined
        break
      case 'pPr':
        level = Math.min(8, Math.max(0, Number(attributes.get('lvl')) || 0))
        break
      case 'buNone':
        bullet = 'none'
        break
      case 'buChar':
      case 'buBlip':
        bullet = 'dot'
        break
      case 'buAutoNum':
        bullet = 'number'
        break
      case 'r':
      case 'fld':
        inRun = true
        marks = noMarks
        break
      case 'rPr':
        if (inRun) marks = marksOf(attributes)
        break
      case 'hlinkClick':
        if (inRun) marks = linked(marks, links.get(attributes.get('r:id') ?? ''))
        break
      case 't':
        inText = true
        break
      case 'br':
        lineBreak()
        break
      case 'chart':
        writeFigure(writer, figures?.get(attributes.get('r:id') ?? ''))
        break
      case 'relIds':
        writeFigure(writer, figures?.get(attributes.get('r:dm') ?? ''))
        break
      case 'tbl':
        writer.openTable(undefined)
        break
      case 'tr':
        writer.openRow()
        break
      case 'tc':
        writer.openCell(Number(attributes.get('gridSpan')) || 1)
        break
    }
  }

  function close(name: string): void {
    if (skipped > 0) {
      skipped -= 1
      return
    }
    if (name === 't') inText = false
    else if (name === 'r' || name === 'fld') inRun = false
    else if (name === 'p') endParagraph()
    else if (name === 'tbl') writer.closeTable()
  }

  function text(data: string): void {
    if (!inText || skipped > 0 || furniture.has(placeholder ?? '')) return
    if (isTitle()) shapes.title = (shapes.title + data).slice(0, longestTitle)
    else writer.text(data, marks)
  }

  function lineBreak(): void {
    if (isTitle()) shapes.title += ' '
    else writer.lineBreak()
  }

  function image(description: string | undefined): void {
    const words = description?.trim() ?? ''
    // What Office and LibreOffice write by themselves is no description.
    if (words === '' || /^(picture|image|grafik|\S+\.(png|jpe?g|gif|svg|emf|wmf))\s*\d*$/i.test(words)) return
    writer.image(words, noMarks)
    writer.endParagraph(undefined, 0)
  }

  function endParagraph(): void {
    if (isTitle()) {
      shapes.title += ' '
      return
    }
    const kind = bullet ?? (placeholder === 'body' && !writer.isInTable() ? inherited : 'none')
    if (kind === 'none') {
      wordLists.end()
      writer.endParagraph(undefined, 0)
      return
    }
    const item = wordLists.item(level + 1, undefined)
    numbers.length = Math.min(numbers.length, level + 1)
    if (kind === 'number') {
      numbers[level] = (numbers[level] ?? 0) + 1
      wordLists.marker(item, `${numbers[level]}.`)
    }
    writer.endParagraph(item, 0)
  }

  function isTitle(): boolean {
    return placeholder === 'title' || placeholder === 'ctrTitle'
  }
}

type Bullet = 'none' | 'dot' | 'number'

/** Placeholders that say the same on every slide. */
const furniture: ReadonlySet<string> = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg'])

function marksOf(attributes: XmlAttributes): Marks {
  const strong = /^(1|true)$/.test(attributes.get('b') ?? '')
  const emphasis = /^(1|true)$/.test(attributes.get('i') ?? '')
  const strike = /^(sng|dbl)Strike$/.test(attributes.get('strike') ?? '')
  return strong || emphasis || strike ? { ...noMarks, strong, emphasis, strike } : noMarks
}
