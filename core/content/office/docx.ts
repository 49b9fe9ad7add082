/**
 * A Word document as Markdown. `mammoth` was weighed: it builds a tree of the whole document (and of every element of its
 * XML), follows a nested one down the stack, and leaves out numbering, headers and the text of fields; this reads the
 * same parts in one pass under the limits of the container. Source: ECMA-376, part 1, section 17.
 */
import type { Container } from '../html/blocks.ts'
import { type Marks, noMarks } from '../html/inline.ts'
import { createWordLists } from '../html/word-lists.ts'
import { createDocumentWriter, type DocumentWriter, linked, noteItem } from './document.ts'
import { type DocxLists, type DocxStyles, headingOfOutline, isOn, readLists, readStyles } from './docx-styles.ts'
import { type Figure, readFigures, writeFigure } from './figures.ts'
import { type Relation, relationsOf } from './package.ts'
import { readXml, type XmlAttributes, type XmlReader } from './xml.ts'
import type { Zip } from './zip.ts'

/**
 * Header, body, notes, comments and footer in this order, without what is deleted or hidden.
 * @param part name of the main part
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`
 */
export async function docxToMarkdown(zip: Zip, part: string, maxLength: number): Promise<string> {
  const relations = await relationsOf(zip, part)
  const partOf = (type: string) => relations.find(relation => relation.type === type && !relation.external)?.target
  const writer = createDocumentWriter(maxLength)
  const styles = await readStyles(zip, partOf('styles'))
  const lists = await readLists(zip, partOf('numbering'))
  const notes = new Map<string, number>()
  const told = new Set<string>()
  await margins('header')
  const figures = await readFigures(zip, relations)
  await readXml(zip.read(part), createReader({ writer, styles, lists, relations, notes, figures }))
  for (const type of ['footnote', 'endnote', 'comment'] as const) {
    const target = partOf(`${type}s`)
    if (!target || !zip.has(target) || writer.full) continue
    const own = await relationsOf(zip, target)
    await readXml(zip.read(target), createReader({ writer, styles, lists, relations: own, notes, within: type }))
  }
  await margins('footer')
  return writer.finish()

  /** Headers or footers, each text once: there is one for the first page, for odd and for even ones, in each section. */
  async function margins(type: 'header' | 'footer'): Promise<void> {
    for (const { target, external } of relations.filter(relation => relation.type === type).slice(0, mostMargins)) {
      if (external || !zip.has(target) || writer.full) continue
      const start = writer.blocks.length
      const own = await relationsOf(zip, target)
      await readXml(zip.read(target), createReader({ writer, styles, lists, relations: own, notes }))
      const text = writer.blocks
        .slice(start)
        .map(block => block.text)
        .join('\n')
      if (told.has(text) || !/\p{L}/u.test(text)) writer.blocks.length = start
      told.add(text)
    }
  }
}

const mostMargins = 100

interface Surroundings {
  writer: DocumentWriter
  styles: DocxStyles
  lists: DocxLists
  relations: readonly Relation[]
  /** Number of each note that the text refers to, by its kind and identifier. */
  notes: Map<string, number>
  figures?: ReadonlyMap<string, Figure>
  /** Reads a part of notes: only those that are referred to, each under its number. */
  within?: 'footnote' | 'endnote' | 'comment'
}

function createReader(surroundings: Surroundings): XmlReader {
  const { writer, styles, lists, relations, notes, within } = surroundings
  const links = new Map(relations.map(({ id, target, external }) => [id, external ? target : undefined]))
  const wordLists = createWordLists()
  const outer: Frame[] = []
  const fields: Field[] = []
  /** Open elements inside one that is skipped. */
  let skipped = 0
  let inRun = false
  let inText = false
  let paragraph = freshParagraph()
  let marks = noMarks
  let link: Marks['link']
  let hidden = false
  let note: Container | undefined
  let lastList: string | undefined
  return { open, text, close, isFull: () => writer.full }

  function open(name: string, attributes: XmlAttributes): void {
    if (skipped > 0 || skips(name, attributes)) {
      skipped += 1
      return
    }
    const value = attributes.get('val')
    switch (name) {
      case 'p':
        paragraph = freshParagraph()
        break
      case 'pStyle':
        paragraph.style = value
        break
      case 'outlineLvl':
        paragraph.heading = headingOfOutline(value)
        break
      case 'numId':
        paragraph.list = value
        break
      case 'ilvl':
        paragraph.level = Number(value) || 0
        break
      case 'r':
        inRun = true
        marks = link ? { ...noMarks, link } : noMarks
        hidden = false
        break
      case 'rStyle':
        if (styles(value).hidden) hidden = true
        break
      case 'vanish':
        if (inRun) hidden = isOn(value)
        break
      case 'b':
        if (inRun && isOn(value)) marks = { ...marks, strong: true }
        break
      case 'i':
        if (inRun && isOn(value)) marks = { ...marks, emphasis: true }
        break
      case 'strike':
      case 'dstrike':
        if (inRun && isOn(value)) marks = { ...marks, strike: true }
        break
      case 't':
      case 'instrText':
        inText = true
        break
      case 'tab':
        if (inRun) write(' ')
        break
      case 'br':
      case 'cr':
        if (!hidden) writer.lineBreak()
        break
      case 'noBreakHyphen':
        write('‑')
        break
      case 'hyperlink':
        link = linked(noMarks, links.get(attributes.get('r:id') ?? '')).link
        break
      case 'fldSimple':
        fields.push({ instruction: attributes.get('instr') ?? '', outer: link, shown: true })
        link = linkOfField(fields.at(-1)) ?? link
        break
      case 'fldChar':
        fieldCharacter(attributes.get('fldCharType'))
        break
      case 'footnoteReference':
      case 'endnoteReference':
      case 'commentReference':
        refer(`${name.slice(0, -'Reference'.length)} ${attributes.get('id')}`)
        break
      case 'footnote':
      case 'endnote':
      case 'comment':
        note = noteItem(String(notes.get(`${name} ${attributes.get('id')}`)))
        if (name === 'comment') writer.text(`Comment by ${attributes.get('author') ?? 'somebody'}: `, said)
        break
      case 'chart':
        writeFigure(writer, surroundings.figures?.get(attributes.get('r:id') ?? ''))
        break
      case 'relIds':
        writeFigure(writer, surroundings.figures?.get(attributes.get('r:dm') ?? ''))
        break
      case 'docPr':
        writer.image(attributes.get('descr')?.trim() ?? '', noMarks)
        break
      case 'txbxContent':
        endParagraph()
        outer.push({ paragraph, marks, link, hidden })
        break
      case 'tbl':
        wordLists.end()
        writer.openTable(note)
        break
      case 'tr':
        writer.openRow()
        break
      case 'tc':
        writer.openCell(1)
        wordLists.end()
        break
      case 'gridSpan':
        writer.widenCell(Number(value) || 1)
        break
    }
  }

  function close(name: string): void {
    if (skipped > 0) {
      skipped -= 1
      return
    }
    if (name === 'p') endParagraph()
    else if (name === 'r') inRun = false
    else if (name === 't' || name === 'instrText') inText = false
    else if (name === 'hyperlink') link = undefined
    else if (name === 'fldSimple') link = fields.pop()?.outer
    else if (name === 'tbl') writer.closeTable()
    else if (name === 'footnote' || name === 'endnote' || name === 'comment') note = undefined
    else if (name === 'txbxContent') resume()
  }

  function text(data: string): void {
    if (skipped > 0 || !inText) return
    const field = fields.at(-1)
    if (field && !field.shown) field.instruction = (field.instruction + data).slice(0, longestInstruction)
    else write(data)
  }

  function write(data: string): void {
    if (!hidden && !paragraphStyle().hidden) writer.text(data, marks)
  }

  function skips(name: string, attributes: XmlAttributes): boolean {
    if (skippedElements.has(name)) return true
    if (name !== within) return false
    return !notes.has(`${name} ${attributes.get('id')}`)
  }

  function refer(key: string): void {
    if (within) return
    const number = notes.get(key) ?? notes.size + 1
    notes.set(key, number)
    write(`[^${number}]`)
  }

  function fieldCharacter(type: string | undefined): void {
    if (type === 'begin' && fields.length < mostFields) fields.push({ instruction: '', outer: link, shown: false })
    const field = fields.at(-1)
    if (!field) return
    if (type === 'separate') {
      field.shown = true
      link = linkOfField(field) ?? link
    } else if (type === 'end') {
      link = field.outer
      fields.pop()
    }
  }

  function paragraphStyle() {
    paragraph.meaning ??= styles(paragraph.style)
    return paragraph.meaning
  }

  function endParagraph(): void {
    const style = paragraphStyle()
    const heading = paragraph.heading ?? style.heading
    const id = paragraph.list ?? style.list?.id
    const level = Math.min(8, Math.max(0, paragraph.level ?? style.list?.level ?? 0))
    const number = heading > 0 || id === undefined ? null : lists.next(id, level)
    if (number === null) {
      wordLists.end()
      writer.endParagraph(note, heading)
      return
    }
    if (level === 0) {
      if (id !== lastList) wordLists.end()
      lastList = id
    }
    const item = wordLists.item(level + 1, note)
    if (number !== undefined) wordLists.marker(item, `${number}.`)
    writer.endParagraph(item, 0)
  }

  /** A text box stands inside the paragraph that it is anchored to, which goes on after it. */
  function resume(): void {
    const frame = outer.pop()
    if (!frame) return
    ;({ paragraph, marks, link, hidden } = frame)
    inRun = true
  }
}

interface Paragraph {
  style: string | undefined
  heading: number | undefined
  list: string | undefined
  level: number | undefined
  meaning: ReturnType<DocxStyles> | undefined
}

interface Frame {
  paragraph: Paragraph
  marks: Marks
  link: Marks['link']
  hidden: boolean
}

interface Field {
  instruction: string
  /** The link around it. */
  outer: Marks['link']
  /** Past its instruction: what follows is what a reader sees. */
  shown: boolean
}

function freshParagraph(): Paragraph {
  return { style: undefined, heading: undefined, list: undefined, level: undefined, meaning: undefined }
}

function linkOfField(field: Field | undefined): Marks['link'] {
  const [, address] = /^\s*HYPERLINK\s+"([^"]*)"/i.exec(field?.instruction ?? '') ?? []
  return linked(noMarks, address).link
}

/**
 * What is deleted, what was moved away, what older programs show instead of what is there already, and properties as they
 * were before a change.
 */
const skippedElements: ReadonlySet<string> = new Set([
  'del',
  'moveFrom',
  'Fallback',
  'pPrChange',
  'rPrChange',
  'delText',
  'delInstrText',
  // How Japanese is pronounced.
  'rt',
  'sectPr',
  'tblPr',
  'tabs',
])

/** Who wrote a comment. */
const said: Marks = { ...noMarks, emphasis: true }

const longestInstruction = 5000
const mostFields = 1000
