import { fence, oneLine } from '../markdown.ts'
import { controls, lineEnds } from '../plain.ts'
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
  /** Counts what takes room without being text: a cell, a row. */
  piece(): void
  finish(): string
}

/** @param maxLength characters after which the writer is full; what it holds by then is kept. */
export function createWriter(maxLength: number): Writer {
  let runs: Run[] = []
  let code: string[] = []
  let length = 0
  let pieces = 0
  const writer: Writer = {
    blocks: [],
    full: false,
    text(data, marks) {
      const last = runs.at(-1)
      if (!last && data.trim() === '') return
      if (last && last.marks === marks && !last.image && last.text !== lineBreak) last.text += data
      else addRun({ text: data, marks })
      count(data.length)
    },
    lineBreak() {
      if (runs.length > 0) addRun({ text: lineBreak, marks: noMarks })
    },
    image(alt, marks) {
      if (runs.at(-1)?.image) addRun({ text: ' ', marks })
      addRun({ text: alt, marks, image: true })
      count(alt.length)
    },
    code(data) {
      code.push(data)
      count(data.length)
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
        writer.piece()
      }
    },
    endCode(container, language) {
      const text = code.join('').replace(lineEnds, '\n').replace(controls, '')
      code = []
      const lines = text.split('\n').map(line => line.trimEnd())
      while (lines[0] === '') lines.shift()
      while (lines.at(-1) === '') lines.pop()
      if (lines.length > 0) writer.blocks.push({ kind: 'code', text: fence(lines.join('\n'), language), container })
    },
    rule(container) {
      if (writer.blocks.at(-1)?.kind !== 'rule') writer.blocks.push({ kind: 'rule', text: '---', container })
      writer.piece()
    },
    piece() {
      pieces += 1
      if (pieces > mostPieces) writer.full = true
    },
    finish() {
      const text = render(writer.blocks).trim().toWellFormed()
      return writer.full ? `${text}\n\n…`.trimStart() : text
    },
  }
  return writer

  function count(more: number): void {
    length += more
    if (length > maxLength) writer.full = true
  }

  function addRun(run: Run): void {
    runs.push(run)
    writer.piece()
  }
}

/** Runs, blocks, rows and cells: memory must stay bounded for tiny ones too. */
const mostPieces = 400_000

/** A heading is bold as it is. */
function plainer(run: Run): Run {
  return run.marks.strong ? { ...run, marks: { ...run.marks, strong: false } } : run
}
