/**
 * RTF as Markdown. npm's readers of it have not been kept up since 2017 (`rtf-parser`), or unpack only what Outlook packs
 * into it (`rtf-stream-parser`). Source: RTF 1.9.1.
 */
import { type Marks, noMarks } from '../html/inline.ts'
import { createDocumentWriter } from '../office/document.ts'
import { codePageOf, createCharacters } from './characters.ts'
import { createParagraphs } from './paragraphs.ts'
import { type Group, keptDestinations, outermost, skippedDestinations, specials } from './state.ts'
import { type Token, tokensOf } from './tokens.ts'

/**
 * Headers, body, notes and comments in this order, without what is deleted or hidden. Takes any bytes and throws nothing.
 * @param maxLength characters after which the rest is not read
 */
export function rtfToMarkdown(bytes: Uint8Array, maxLength: number): string {
  const writer = createDocumentWriter(maxLength)
  const notes = createDocumentWriter(maxLength)
  const margins = createDocumentWriter(longestMargins)
  const paragraphs = createParagraphs({ writer, notes, margins })
  const characters = createCharacters()
  const fonts = new Map<number, number>()
  const outer: Group[] = []
  let group: Group = outermost
  let codePage = 1252
  /** Characters that follow one in Unicode for programs that know none. */
  let substitutes = 0
  let optional = false
  /** Of the comment that follows. */
  let author = ''
  for (const token of tokensOf(bytes)) {
    take(token)
    if (writer.full || outer.length > deepest) break
  }
  flush()
  paragraphs.finish()
  const head = new Set(margins.blocks.map(({ text }) => text).filter(text => /\p{L}/u.test(text)))
  return [[...head].join('\n\n'), writer.finish(), notes.finish()].filter(Boolean).join('\n\n')

  function take(token: Token): void {
    if (token.kind === 'byte' || token.kind === 'text') {
      const bytes = token.kind === 'byte' ? Uint8Array.of(token.value) : token.bytes
      const rest = bytes.subarray(substitutes)
      substitutes = Math.max(0, substitutes - bytes.length)
      if (rest.length > 0 && takesText()) characters.add(rest, fonts.get(group.font) ?? codePage)
      return
    }
    if (token.kind === 'word' && token.name === 'u') {
      character(token.value ?? 0)
      return
    }
    if (substitutes > 0 && token.kind === 'word') {
      substitutes -= 1
      return
    }
    substitutes = 0
    if (token.kind === 'optional') {
      optional = true
      return
    }
    flush()
    if (token.kind === 'open') outer.push(group)
    else if (token.kind === 'close') close()
    else if (token.kind === 'word') word(token.name, token.value)
    optional = false
  }

  function takesText(): boolean {
    return group.destination !== 'skip'
  }

  function character(value: number): void {
    flush()
    write(String.fromCharCode(value & 0xffff))
    substitutes = group.substitutes
  }

  function flush(): void {
    const text = characters.take()
    if (text !== '') write(text)
  }

  function write(text: string): void {
    switch (group.destination) {
      case 'skip':
      case 'fonts':
        return
      case 'styles':
        paragraphs.nameStyle(group, text)
        return
      case 'instruction':
        if (group.field) group.field.instruction = (group.field.instruction + text).slice(0, longestInstruction)
        return
      case 'author':
        author = (author + text).slice(0, longestAuthor)
        return
      case 'marker':
        paragraphs.addMarker(text)
        return
      default:
        if (!group.hidden && !group.deleted && !group.wrapping) paragraphs.add(text, group)
    }
  }

  function close(): void {
    const inner = group
    group = outer.pop() ?? outermost
    if (inner.place !== group.place) paragraphs.leave(inner)
  }

  function word(name: string, value: number | undefined): void {
    const special = specials[name]
    if (special !== undefined) write(special)
    else if (skippedDestinations.has(name) || (optional && !keptDestinations.has(name))) set({ destination: 'skip' })
    else if (name === 'ansicpg') codePage = value ?? codePage
    else if (destination(name)) return
    else if (group.destination === 'fonts') font(name, value)
    else if (!format(name, value) && group.destination !== 'skip') paragraphs.control(name, value, group)
  }

  function destination(name: string): boolean {
    if (name === 'fonttbl') set({ destination: 'fonts' })
    else if (name === 'stylesheet') set({ destination: 'styles' })
    else if (group.destination === 'skip') return name !== 'ud' || set({ destination: 'text' })
    else if (name === 'field') set({ field: { instruction: '' } })
    else if (name === 'fldinst') set({ destination: 'instruction' })
    else if (name === 'fldrslt') set({ destination: 'text', ...paragraphs.linkOf(group) })
    else if (name === 'listtext' || name === 'pntext') set({ destination: 'marker' })
    else if (name === 'footnote') set({ place: paragraphs.enterNote(group) })
    else if (name === 'atnauthor') setAuthor()
    else if (name === 'annotation') comment()
    else if (name === 'shptxt') set({ place: paragraphs.enterBox() })
    else if (/^(header|footer)[lrf]?$/.test(name)) set({ place: paragraphs.enterMargin() })
    else return false
    return true
  }

  function setAuthor(): void {
    author = ''
    set({ destination: 'author' })
  }

  function comment(): void {
    set({ place: paragraphs.enterNote(group), destination: 'text' })
    paragraphs.add(`Comment by ${author || 'somebody'}: `, { ...group, marks: said })
  }

  function font(name: string, value: number | undefined): void {
    if (name === 'f') set({ font: value ?? 0 })
    const page = name === 'cpg' ? value : name === 'fcharset' ? codePageOf(value ?? 0) : undefined
    if (page !== undefined && fonts.size < mostFonts) fonts.set(group.font, page)
  }

  function format(name: string, value: number | undefined): boolean {
    const on = value !== 0
    if (name === 'f') set({ font: value ?? 0 })
    else if (name === 'uc') set({ substitutes: Math.min(10, Math.max(0, value ?? 1)) })
    else if (name === 'b') mark({ strong: on })
    else if (name === 'i') mark({ emphasis: on })
    else if (name === 'strike' || name === 'striked') mark({ strike: on })
    else if (name === 'v') set({ hidden: on })
    else if (name === 'deleted') set({ deleted: on })
    else if (name === 'htmlrtf') set({ wrapping: on })
    else if (name === 'plain') set({ hidden: false, marks: { ...outermost.marks, link: group.marks.link } })
    else return false
    return true
  }

  function mark(marks: Partial<Group['marks']>): void {
    set({ marks: { ...group.marks, ...marks } })
  }

  function set(changes: Partial<Group>): true {
    group = { ...group, ...changes }
    return true
  }
}

/** Open groups beyond which nothing is meant. */
const deepest = 10_000

const mostFonts = 10_000
const longestInstruction = 5000
const longestMargins = 100_000
const longestAuthor = 1000

/** Who wrote a comment. */
const said: Marks = { ...noMarks, emphasis: true }
