import { randomBytes } from 'node:crypto'
import type { Excerpt } from './marker.ts'

/** Characters of a text without a match that are shown. */
const excerptLength = 240

/** What stands around a match until the rest is escaped: unguessable, so that no content can pass itself off as one. */
const nonce = randomBytes(12).toString('hex')
const matchStart = `\u0002${nonce}\u0002`
const matchEnd = `\u0003${nonce}\u0003`

/** A part of a text as HTML in which `<mark>` is the only tag. */
export function toHtml(text: string, { from, to, matches }: Excerpt): string {
  let marked = from > 0 ? '…' : ''
  let at = from
  for (const match of matches) {
    marked += `${text.slice(at, match.from)}${matchStart}${text.slice(match.from, match.to)}${matchEnd}`
    at = match.to
  }
  marked += text.slice(at, to) + (to < text.length ? '…' : '')
  return escapeHtml(withPages(marked)).replaceAll(matchStart, '<mark>').replaceAll(matchEnd, '</mark>')
}

/** Where a page begins, as the text of a PDF has it, in a form for people: a hit on it says where it is. */
function withPages(marked: string): string {
  if (!marked.includes('<!--')) return marked
  return marked.replace(/<!-- ([^<>]{1,100}?) -->/g, (whole, inside: string) =>
    /^page \d+$/.test(inside.replaceAll(matchStart, '').replaceAll(matchEnd, '')) ? `[${inside}]` : whole,
  )
}

/** The beginning of a text, for where nothing was searched for. */
export function excerpt(text: string): string {
  const cut = text.length > excerptLength ? `${text.slice(0, excerptLength).toWellFormed()}…` : text
  return escapeHtml(withPages(cut))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text
    .replace(/\s{2,}|[^\S ]/g, ' ')
    .trim()
    .replace(/[&<>"']/g, character => entities[character] ?? '')
}
