/**
 * HTML as Markdown in one pass over the parser's events, with a stack instead of a tree: the depth of the document costs
 * no call stack, and memory follows the text rather than the markup. A parser that keeps to the tags is enough, because
 * mail is not written for the tree that browsers build from it but for how it looks.
 */
import { Parser } from 'htmlparser2'
import { itemOf, quoteIn } from './blocks.ts'
import {
  type Attributes,
  altOf,
  attributesRead,
  blockElements,
  createStyles,
  languageOf,
  type Style,
  skipped,
} from './elements.ts'
import type { Marks } from './inline.ts'
import { linkOf, outermost, type State, spanOf, startOf, styled } from './state.ts'
import { settle } from './tables.ts'
import { createWordLists } from './word-lists.ts'
import { createWriter } from './writer.ts'

/**
 * The readable part of an HTML document or fragment as Markdown: scripts, styles, hidden text and tracking pixels left
 * out, images by their alternative text, layout tables in reading order. Takes any text and throws nothing.
 * @param maxLength characters after which the rest is not read
 */
export function htmlToMarkdown(html: string, maxLength: number): string {
  const writer = createWriter(maxLength)
  const wordLists = createWordLists()
  const styleOf = createStyles()
  const frames: Frame[] = []
  let state: State = outermost
  let wordMarker = ''
  let tag: { name: string; attributes: Record<string, string> } | undefined
  const entering = new Map<string, Enter>([
    ['br', () => (state.space === 'code' ? writer.code('\n') : writer.lineBreak())],
    ['hr', () => writer.rule(state.container)],
    ['img', attributes => image(altOf(attributes))],
    ['area', attributes => image(altOf(attributes))],
    ['input', checkbox],
    ['a', attributes => mark({ link: linkOf(attributes) })],
    // Google's editors wrap whole documents in `<b style="font-weight:normal">`.
    ...each(['b', 'strong'], (_attributes, style) => mark({ strong: style.bold !== false })),
    ...each(['i', 'em', 'cite', 'dfn'], (_attributes, style) => mark({ emphasis: style.italic !== false })),
    ...each(['s', 'strike', 'del'], () => mark({ strike: true })),
    ...each(['dt', 'summary'], () => mark({ strong: true })),
    ...each(['code', 'kbd', 'samp', 'tt'], code),
    ['q', () => writer.text('“', state.marks)],
    ...[1, 2, 3, 4, 5, 6].map((level): Entry => [`h${level}`, () => heading(level)]),
    ['p', (_attributes, style) => paragraph(style)],
    ['blockquote', () => set({ container: quoteIn(state.container), list: undefined })],
    ...each(['ul', 'menu', 'dir'], () => list(undefined)),
    ['ol', attributes => list(startOf(attributes))],
    ['li', item],
    ...each(['pre', 'listing', 'xmp'], preformatted),
    ['table', table],
    ['thead', () => set({ heads: true })],
    ['tr', row],
    ['td', attributes => cell(false, attributes)],
    ['th', attributes => cell(true, attributes)],
  ])
  const parser = new Parser({ onopentagname, onattribute, ontext, onclosetag })
  const end = endOf(html)
  for (let at = 0; at < end && !writer.full; at += step) parser.write(html.slice(at, Math.min(end, at + step)))
  parser.end()
  endBlock()
  return writer.finish()

  function onopentagname(name: string): void {
    begin()
    tag = { name, attributes: {} }
  }

  /** One at a time, so that a tag of a million attributes is never held. */
  function onattribute(name: string, value: string): void {
    if (tag && attributesRead.has(name) && tag.attributes[name] === undefined) tag.attributes[name] = value
  }

  function ontext(data: string): void {
    begin()
    text(data)
  }

  function onclosetag(): void {
    begin()
    close()
  }

  /** Enters the element whose tag is complete now that something else follows. */
  function begin(): void {
    if (!tag) return
    const { name, attributes } = tag
    tag = undefined
    open(name, attributes)
  }

  function open(name: string, attributes: Attributes): void {
    if (writer.full) return
    frames.push({ name, outer: state, language: '' })
    if (frames.length > deepest) writer.full = true
    if (state.hidden) return
    if (blockElements.has(name)) endBlock()
    const style = styleOf(attributes)
    if (skipped.has(name) || style.hidden) {
      set({ hidden: true })
    } else {
      state = styled(state, name, style)
      entering.get(name)?.(attributes, style)
    }
  }

  function text(data: string): void {
    if (writer.full || state.hidden) return
    if (state.space === 'code') writer.code(data)
    else if (state.wordMarker) wordMarker = (wordMarker + data).slice(0, 20)
    else if (state.tiny) return
    else if (state.space === 'lines') data.split(/\r\n?|\n/).forEach(line)
    else writer.text(data, state.marks)
  }

  function line(content: string, index: number): void {
    if (index > 0) writer.lineBreak()
    if (content !== '') writer.text(content, state.marks)
  }

  function close(): void {
    const frame = frames.pop()
    if (!frame) return
    if (!state.hidden) leave(frame)
    state = frame.outer
  }

  function leave({ name, outer, language }: Frame): void {
    if (name === 'q') writer.text('”', state.marks)
    if (state.wordMarker && !outer.wordMarker) wordLists.marker(state.container, wordMarker)
    if (!blockElements.has(name)) return
    endBlock()
    if (state.space === 'code' && outer.space !== 'code') writer.endCode(outer.container, language)
    else if (name === 'td' || name === 'th') endCell()
    else if (name === 'table') endTable(outer)
  }

  function endBlock(): void {
    if (state.space === 'code') writer.codeLine()
    else writer.endParagraph(state.container, state.heading)
  }

  function set(changes: Partial<State>): void {
    state = { ...state, ...changes }
  }

  function mark(marks: Partial<Marks>): void {
    set({ marks: { ...state.marks, ...marks } })
  }

  function image(alt: string): void {
    if (alt === '') return
    if (state.space === 'code') writer.code(alt)
    else writer.image(alt, state.marks)
  }

  function checkbox(attributes: Attributes): void {
    if (attributes.type?.toLowerCase() === 'checkbox') image(attributes.checked === undefined ? '[ ] ' : '[x] ')
  }

  function heading(level: number): void {
    wordLists.end()
    set({ heading: level })
  }

  function paragraph({ wordList }: Style): void {
    wordMarker = ''
    if (typeof wordList === 'number') set({ container: wordLists.item(wordList, state.container) })
    else wordLists.end()
  }

  function list(next: number | undefined): void {
    // A list directly inside a list, as some editors write it, belongs to the item before it.
    const around = state.list && state.container === state.list.base ? state.list.last : undefined
    set({ list: { base: around ?? state.container, next, last: undefined } })
  }

  function item(): void {
    const own = state.list ?? { base: state.container, next: undefined, last: undefined }
    set({ list: own, container: itemOf(own) })
  }

  function code(attributes: Attributes): void {
    if (state.space === 'code') language(attributes)
    else mark({ code: true })
  }

  function preformatted(attributes: Attributes): void {
    set({ space: 'code' })
    language(attributes)
  }

  /** Highlighters name the language on `pre` or on the `code` inside it; it is kept with the outermost `pre`. */
  function language(attributes: Attributes): void {
    const found = languageOf(attributes)
    const frame = found === '' ? undefined : frames.findLast(({ outer }) => outer.space !== 'code')
    if (frame) frame.language = found
  }

  function table(attributes: Attributes): void {
    wordLists.end()
    const layout = /^(presentation|none)$/i.test(attributes.role?.trim() ?? '')
    const start = writer.blocks.length
    const { container, marks } = state
    const own = { container, marks, layout, nested: false, start, rows: [], open: undefined }
    set({ table: own, heads: false, heading: 0 })
  }

  function row(): void {
    endCell()
    state.table?.rows.push({ heads: state.heads, cells: [] })
    writer.piece()
  }

  function cell(heads: boolean, attributes: Attributes): void {
    const around = state.table
    if (!around) return
    endCell()
    if (around.rows.length === 0) row()
    const start = writer.blocks.length
    around.open = { heads, columns: spanOf(attributes.colspan), rows: spanOf(attributes.rowspan), start, end: start }
    around.rows.at(-1)?.cells.push(around.open)
    writer.piece()
    // What was left open in the cell before does not reach into this one.
    set({ marks: around.marks, container: around.container, list: undefined, heading: 0 })
  }

  function endCell(): void {
    if (!state.table?.open) return
    state.table.open.end = writer.blocks.length
    state.table.open = undefined
  }

  function endTable(outer: State): void {
    endCell()
    if (!state.table) return
    settle(state.table, writer.blocks)
    if (outer.table && writer.blocks.length > state.table.start) outer.table.nested = true
  }
}

type Enter = (attributes: Attributes, style: Style) => void
type Entry = [name: string, enter: Enter]

interface Frame {
  name: string
  /** What held around the element. */
  outer: State
  /** Of the code block that the element is. */
  language: string
}

/** Characters given to the parser at once; between them the writer is asked whether it has enough. */
const step = 65_536

/** Open elements, beyond which the parser's own bookkeeping turns quadratic. */
const deepest = 50_000

/** Where the last complete tag or text ends: the parser takes the name of a tag that is cut off for text. */
function endOf(html: string): number {
  const last = html.lastIndexOf('<')
  return last > html.lastIndexOf('>') && /[a-z/!?]/i.test(html[last + 1] ?? '') ? last : html.length
}

function each(names: readonly string[], enter: Enter): Entry[] {
  return names.map(name => [name, enter])
}
