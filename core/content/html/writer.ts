import { fence, oneLine } from '../markdown.ts'
import { type Block, type Container, render } from './blocks.ts'
import { inline, lineBreak, type Marks, noMarks, paragraphs, type Run } from './inline.ts'

/** Gathers text into runs, runs into blocks, and says when there is enough of it. */
export interface Writer {
  readonly blocks: Block[]
  /** No more is needed: the document is longer than anyone keeps. */
  full: boolean
  text(data: string, marks: Marks): void
  lineBreak(): void
  image(alt: string, marks: Marks): void
  code(data: string): void
  /** Ends the line in code, if it has begun. */
  codeLine(): void
  /** Makes blocks of the runs so far; `level` is that of a heading, or 0. */
  endParagraph(container: Container | undefined, level: number): void
  endCode(container: Container | undefined, language: string): void
  rule(container: Container | undefined): void
  /** Counts what takes room without text. */
  count(size: number): void
  finish(): string
}

/** @param maxLength characters after which the writer is full; what it holds by then is kept. */
export function createWriter(maxLength: number): Writer {
  let runs: Run[] = []
  let code: string[] = []
  let size = 0
  const writer: Writer = {
    blocks: [],
    full: false,
    text(data, marks) {
      const last = runs.at(-1)
      if (!last && data.trim() === '') return
      if (last && last.marks === marks && !last.image && last.text !== lineBreak) last.text += data
      else runs.push({ text: data, marks })
      writer.count(data.length)
    },
    lineBreak() {
      if (runs.length > 0) runs.push({ text: lineBreak, marks: noMarks })
      writer.count(1)
    },
    image(alt, marks) {
      if (runs.at(-1)?.image) runs.push({ text: ' ', marks })
      runs.push({ text: alt, marks, image: true })
      writer.count(alt.length)
    },
    code(data) {
      code.push(data)
      writer.count(data.length)
    },
    codeLine() {
      if (code.length > 0 && code.at(-1)?.endsWith('\n') === false) code.push('\n')
    },
    endParagraph(container, level) {
      if (runs.length === 0) return
      const own = runs
      runs = []
      for (const part of level > 0 ? [own] : paragraphs(own)) {
        const text = level > 0 ? oneLine(inline(part.map(plainer))) : inline(part)
        if (text === '') continue
        writer.blocks.push(
          level > 0 ? { kind: 'heading', level, text, container } : { kind: 'paragraph', text, container },
        )
        writer.count(4)
      }
    },
    endCode(container, language) {
      const text = code.join('').replace(/\r\n?/g, '\n').replace(unseen, '')
      code = []
      const lines = text.split('\n').map(line => line.trimEnd())
      while (lines[0] === '') lines.shift()
      while (lines.at(-1) === '') lines.pop()
      if (lines.length > 0) writer.blocks.push({ kind: 'code', text: fence(lines.join('\n'), language), container })
    },
    rule(container) {
      if (writer.blocks.at(-1)?.kind !== 'rule') writer.blocks.push({ kind: 'rule', text: '---', container })
      writer.count(5)
    },
    count(more) {
      size += more
      if (size > maxLength) writer.full = true
    },
    finish() {
      const text = render(writer.blocks).trim().toWellFormed()
      return writer.full ? `${text}\n\n…`.trimStart() : text
    },
  }
  return writer
}

/** A heading is bold as it is. */
function plainer(run: Run): Run {
  return run.marks.strong ? { ...run, marks: { ...run.marks, strong: false } } : run
}

/** Control characters but for tab and line feed. */
const unseen = /[^\P{Cc}\t\n]/gu
