/**
 * Links of a page: they lie on it like a glass, apart from any words, so that which words one covers is a matter of
 * where these stand. A piece of text says where it begins and how wide it is, not where each word is: that is reckoned
 * from how wide letters are in most fonts, and a link takes whole words.
 */
import { hrefOf } from '../html/elements.ts'
import type { Piece } from './lines.ts'

/** Marks around what a link covers, in text that is not Markdown yet; Unicode keeps these for a program's own use. */
const begin = '\ufdd0'
const end = '\ufdd1'
const firstDigit = 0xfdd2
const marks = /[\ufdd0-\ufdef]/g

interface Area {
  href: string
  left: number
  right: number
  bottom: number
  top: number
}

export interface PageLinks {
  /** The pieces with marks around the words that links cover. */
  marked: readonly Piece[]
  /** Puts links in place of the marks; those that cover no words follow the text. */
  resolve(markdown: string): string
}

/** @param annotations of the page, as the reader gives them */
export function linksOf(annotations: readonly unknown[], pieces: readonly Piece[]): PageLinks {
  const areas = annotations.flatMap(areasOf).slice(0, mostAreas)
  const hrefs = [...new Set(areas.map(({ href }) => href))]
  const found = new Set<string>()
  const marked = pieces.map(piece => {
    const str = piece.str.replace(marks, '')
    const own = areas.filter(area => isOn(area, piece))
    return own.length === 0 && str === piece.str ? piece : { ...piece, str: mark({ ...piece, str }, own) }
  })
  return { marked, resolve }

  function mark(piece: Piece, own: readonly Area[]): string {
    let text = piece.str
    // From the right, so that places further left stay where they are.
    for (const area of own.toSorted((one, other) => other.left - one.left)) {
      const [from, to] = wordsUnder(piece, area)
      if (to <= from || text !== piece.str.slice(0, to) + text.slice(to)) continue
      found.add(area.href)
      text = `${text.slice(0, from)}${begin}${digitsOf(hrefs.indexOf(area.href))}${text.slice(from, to)}${end}${text.slice(to)}`
    }
    return text
  }

  function resolve(markdown: string): string {
    const whole = markdown
      .replace(continued, (both, before: string, gap: string, after: string) => (before === after ? gap : both))
      .replace(markedText, (_both, digits: string, words: string) => linked(words, hrefs[numberOf(digits)] ?? ''))
      .replace(marks, '')
    const rest = hrefs.filter(href => !found.has(href) && !whole.includes(href))
    return rest.length === 0 ? whole : `${whole}\n\n${rest.map(href => `<${href}>`).join('  \n')}`
  }
}

const markedText = /\ufdd0([\ufdd2-\ufde1]+)([^\ufdd0\ufdd1]*)\ufdd1/g

/** The end of one link and the beginning of the next, where a line or a look ended: which is one, if both lead there. */
const continued = /(?<=\ufdd0([\ufdd2-\ufde1]+)[^\ufdd0\ufdd1]*)\ufdd1( ?)\ufdd0([\ufdd2-\ufde1]+)/g

function linked(words: string, href: string): string {
  const label = words.trim()
  if (label === '') return words
  if (label === href || `mailto:${label}` === href) return `<${label}>`
  return `[${label.replace(/(?<!\\)[[\]]/g, '\\$&')}](${href})`
}

function areasOf(annotation: unknown): Area[] {
  if (typeof annotation !== 'object' || annotation === null || !('url' in annotation) || !('rect' in annotation))
    return []
  const href = typeof annotation.url === 'string' ? hrefOf({ href: annotation.url }) : undefined
  if (href === undefined || !/^[a-z]+:/.test(href)) return []
  const quads = 'quadPoints' in annotation && isNumbers(annotation.quadPoints) ? annotation.quadPoints : undefined
  const boxes = quads && quads.length >= 8 && quads.length <= 800 ? quadsOf(quads) : [annotation.rect]
  return boxes.filter(isNumbers).map(([left = 0, bottom = 0, right = 0, top = 0]) => ({
    href,
    left: Math.min(left, right),
    right: Math.max(left, right),
    bottom: Math.min(bottom, top),
    top: Math.max(bottom, top),
  }))
}

/** Four corners for each line that the link covers. */
function quadsOf(points: ArrayLike<number>): number[][] {
  const boxes: number[][] = []
  for (let at = 0; at + 8 <= points.length; at += 8) {
    const corners = Array.from({ length: 8 }, (_, index) => points[at + index] ?? 0)
    const xs = corners.filter((_, index) => index % 2 === 0)
    const ys = corners.filter((_, index) => index % 2 === 1)
    boxes.push([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)])
  }
  return boxes
}

function isNumbers(value: unknown): value is ArrayLike<number> & Iterable<number> {
  return (
    (Array.isArray(value) || ArrayBuffer.isView(value)) &&
    Array.from(value as ArrayLike<unknown>).every(Number.isFinite)
  )
}

/** Whether a link lies on a piece: over the middle of its letters, and some of its width. */
function isOn({ left, right, bottom, top }: Area, { str, transform, width }: Piece): boolean {
  const [a = 0, b = 0, , d = 0, x = 0, y = 0] = transform
  // Text that runs in another direction is left alone.
  if (str.trim() === '' || Math.abs(b) > Math.abs(a) / 10) return false
  const middle = y + Math.abs(d) * 0.3
  return middle > bottom && middle < top && Math.min(right, x + width) - Math.max(left, x) > Math.abs(d) * 0.2
}

/** First and last place of the words that are under a link, by where they are thought to stand. */
function wordsUnder({ str, transform, width }: Piece, { left, right }: Area): [from: number, to: number] {
  const [, , , , start = 0] = transform
  const advances = [...str].map(character => ({ length: character.length, width: widthOf(character) }))
  const unit =
    width /
    Math.max(
      0.1,
      advances.reduce((sum, advance) => sum + advance.width, 0),
    )
  const edges: { at: number; x: number }[] = []
  let at = 0
  let x = start
  for (const advance of advances) {
    edges.push({ at, x })
    at += advance.length
    x += advance.width * unit
  }
  edges.push({ at, x })
  const begins = edges.filter(({ at }) => isBoundary(str, at) && str[at]?.trim())
  const ends = edges.filter(({ at }) => isBoundary(str, at) && str[at - 1]?.trim())
  const from = nearest(begins, left)
  const to = nearest(ends, right)
  return [from, to]
}

function nearest(edges: readonly { at: number; x: number }[], x: number): number {
  let best = { at: 0, distance: Infinity }
  for (const edge of edges) {
    const distance = Math.abs(edge.x - x)
    if (distance < best.distance) best = { at: edge.at, distance }
  }
  return best.at
}

/** Between words, and beside punctuation; also between any two characters of scripts that write without spaces. */
function isBoundary(text: string, at: number): boolean {
  const [before = ' ', after = ' '] = [text[at - 1], text[at]]
  const inWord = /[\p{L}\p{M}\p{N}]/u
  return !(inWord.test(before) && inWord.test(after)) || wide.test(before + after)
}

const wide = /[\u3040-\u30ff\u3400-\u9fff]/

/** As wide as letters of that kind are in most fonts. */
function widthOf(character: string): number {
  if (/[iljtfrI.,;:'!|()[\] /-]/.test(character)) return 0.55
  if (/[mwMW@%\u3040-\u30ff\u3400-\u9fff\uff00-\uff60]/.test(character)) return 1.6
  return /\p{Lu}/u.test(character) ? 1.25 : 1
}

function digitsOf(number: number): string {
  return number.toString(16).replace(/./g, digit => String.fromCharCode(firstDigit + Number.parseInt(digit, 16)))
}

function numberOf(digits: string): number {
  return Number.parseInt(
    digits.replace(/./g, digit => (digit.charCodeAt(0) - firstDigit).toString(16)),
    16,
  )
}

const mostAreas = 500
