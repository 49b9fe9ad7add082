import { Failure } from '../errors.ts'
import { shortened } from './markdown.ts'

/**
 * Text with one kind of line end and without control characters; otherwise as it is.
 * @param maxLength characters that are read; text that has more ends in an ellipsis
 * @throws Failure `item_unreadable` for binary content that was only called text
 */
export function cleaned(whole: string, maxLength: number): string {
  const start = whole.slice(0, maxLength)
  refuseBinary(start)
  const text = start.replace(lineEnds, '\n').replace(controls, '').toWellFormed()
  return start.length < whole.length ? shortened(text) : text
}

/**
 * `cleaned` text of no format: without trailing white space, runs of blank lines, and those around it.
 * @throws Failure `item_unreadable`
 */
export function normalise(whole: string, maxLength: number): string {
  return cleaned(whole, maxLength)
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
    .replace(/\n\n\n\n+/g, '\n\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
}

/** Every character that ends a line somewhere, as one. */
export const lineEnds = /\r\n?|[\f\u2028\u2029\u0085]/g

/**
 * Flowed text put back into paragraphs: a line that ends in a space goes on in the next one of the same quote depth.
 * @param deleteSpace `delsp=yes`: that space is not part of the text
 * Source: RFC 3676, section 4.
 */
export function unflow(text: string, deleteSpace: boolean): string {
  const out: string[] = []
  let open: { quotes: number } | undefined
  for (const raw of text.split(/\r\n?|\n/)) {
    const quotes = /^>*/.exec(raw)?.[0].length ?? 0
    const line = raw.slice(quotes).replace(/^ /, '')
    // The signature's separator is a line of its own although it ends in a space.
    const flows = line.endsWith(' ') && line !== '-- '
    const joins = open?.quotes === quotes && line !== '-- '
    if (!joins) out.push(out.length > 0 ? '\n' : '', '>'.repeat(quotes), quotes > 0 ? ' ' : '')
    out.push(flows && deleteSpace ? line.slice(0, -1) : line)
    open = flows ? { quotes } : undefined
  }
  return out.join('')
}

/** Control characters (Unicode category Cc) but for tab and line feed. */
export const controls = /[^\P{Cc}\t\n]/gu

function refuseBinary(text: string): void {
  const start = text.slice(0, 8192)
  const zeros = start.split('\0').length - 1
  const strange = (start.match(/[^\P{Cc}\t\n\r\f]|\ufffd/gu)?.length ?? 0) - zeros
  if (strange > Math.max(4, start.length / 10) || zeros > Math.max(4, start.length * 0.6)) {
    throw new Failure('item_unreadable', 'the content is called text but holds binary data')
  }
}
