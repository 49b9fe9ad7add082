/**
 * Where a long text is divided, so that each part is found, ranked and shown by itself. Equal text gives equal passages.
 * Pages of a document are never in one passage; within them a passage ends where people would pause: before a heading,
 * at a blank line, at the end of a line, sentence or word, in this order.
 */
import { headingsOf, titleAt } from './headings.ts'
import { mostTerms, wordPattern } from './query.ts'

/** A part of a text: `from` and `to` count UTF-16 code units, as `slice` does. */
export interface Passage {
  from: number
  to: number
  /** As the document numbers them, for a text that has pages. */
  page: number | null
  /** Of the section that it begins in. */
  heading: string | null
}

/** Longer texts are divided, and those with pages. */
export const longestUndivided = 4000

const shortest = 1200
const longest = 2400
/** The end of a page or text may be somewhat longer, so that no crumb is left of it. */
const longestLast = 3000

/**
 * A passage begins with the last words of the one before on its page, so that a phrase of any length that runs from one
 * into the other is found; unless the words are so long that these are more characters.
 */
const wordsInCommon = mostTerms - 1
const longestInCommon = 600

/** None for a text that is searched as a whole. */
export function divide(text: string): Passage[] {
  const isLong = text.length > longestUndivided
  if (!isLong && !text.includes('<!-- page ')) return []
  const pages = pagesOf(text)
  if (!isLong && pages.every(({ page }) => page === null)) return []
  const headings = headingsOf(text)
  return pages.flatMap(({ from, to, page }) =>
    partsOf(text, from, to).map(part => ({ ...part, page, heading: titleAt(headings, part.from) })),
  )
}

interface Page {
  from: number
  to: number
  page: number | null
}

const pageMark = /^<!-- page (\d{1,9}) -->$/gm
/** No document has more of them; a text that says so is divided by its length from there on. */
const mostPages = 100_000

/** What is between the marks, without the white space around it. */
function pagesOf(text: string): Page[] {
  const pages: Page[] = []
  let from = 0
  let page: number | null = null
  for (const mark of text.matchAll(pageMark)) {
    add(mark.index)
    from = mark.index + mark[0].length
    page = Number(mark[1])
    if (pages.length >= mostPages) break
  }
  add(text.length)
  return pages

  function add(end: number): void {
    let to = end
    while (from < to && isSpace(text, from)) from += 1
    while (from < to && isSpace(text, to - 1)) to -= 1
    if (from < to) pages.push({ from, to, page })
  }
}

function isSpace(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at))
}

function partsOf(text: string, from: number, to: number): Pick<Passage, 'from' | 'to'>[] {
  const parts: Pick<Passage, 'from' | 'to'>[] = []
  let at = from
  let begin = from
  while (to - at > longestLast) {
    const end = findPause(text, at + shortest, at + longest)
    parts.push({ from: begin, to: end })
    begin = overlapBefore(text, at, end)
    at = end
  }
  parts.push({ from: begin, to })
  return parts
}

/** The last best place to divide at, from `low` to `high`. */
function findPause(text: string, low: number, high: number): number {
  const window = text.slice(low, high)
  for (const pause of pauses) {
    const place = pause(window)
    if (place > 0) return low + place
  }
  return wholeGrapheme(text, high)
}

/** Each gives where the next passage would begin, within a window; 0 for nowhere. */
const pauses: readonly ((window: string) => number)[] = [
  window => lastEnd(window, /\n(?=#{1,6} )/g),
  window => lastEnd(window, /\n\s*\n/g),
  window => window.lastIndexOf('\n') + 1,
  window => lastEnd(window, /[.!?…]["'”’)\]]*\s|[。！？]/g),
  window => lastEnd(window, /\s/g),
  window => lastEnd(window, /[\p{P}](?![\p{M}\p{Cf}])/gu),
]

function lastEnd(window: string, pattern: RegExp): number {
  let end = 0
  for (const match of window.matchAll(pattern)) end = match.index + match[0].length
  return end
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** No character that people see as one is longer, but for those that are made to be. */
const longestGrapheme = 64

/** The place, or one just before it, so that no character is cut. */
function wholeGrapheme(text: string, at: number): number {
  const from = isSecondHalf(text, at - longestGrapheme) ? at - longestGrapheme - 1 : at - longestGrapheme
  const around = text.slice(from, at + longestGrapheme)
  const index = graphemes.segment(around).containing(at - from)?.index ?? 0
  if (index > 0) return from + index
  return isSecondHalf(text, at) ? at - 1 : at
}

/** Whether it is the second one of two code units that are one character. */
function isSecondHalf(text: string, at: number): boolean {
  return /^[\udc00-\udfff]$/.test(text.charAt(at)) && /^[\ud800-\udbff]$/.test(text.charAt(at - 1))
}

/** Where those last words begin in a passage from `low` to `end`. */
function overlapBefore(text: string, low: number, end: number): number {
  const from = Math.max(low, end - longestInCommon)
  const words = [...text.slice(from, end).matchAll(wordPattern)]
  // What the window cuts may be the end of a word.
  if (from > low) words.shift()
  const first = words.at(-wordsInCommon) ?? words[0]
  return first ? from + first.index : end
}
