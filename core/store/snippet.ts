import { randomBytes } from 'node:crypto'

/** Characters of a text without a match that are shown. */
const excerptLength = 240

/** Words around a match that a snippet shows. */
export const snippetWords = 32

/** What FTS5 puts around a match: unguessable, so that no content can pass itself off as one. */
const nonce = randomBytes(12).toString('hex')
export const matchStart = `\u0002${nonce}\u0002`
export const matchEnd = `\u0003${nonce}\u0003`

/** A marked text as HTML in which `<mark>` is the only tag. */
export function toHtml(marked: string): string {
  return escapeHtml(withPages(marked)).replaceAll(matchStart, '<mark>').replaceAll(matchEnd, '</mark>')
}

/** Where a page begins, as the text of a PDF has it, in a form for people: a hit on it says where it is. */
function withPages(marked: string): string {
  return marked.replace(/<!-- ([^<>]{1,100}?) -->/g, (whole, inside: string) =>
    /^page \d+$/.test(inside.replaceAll(matchStart, '').replaceAll(matchEnd, '')) ? `[${inside}]` : whole,
  )
}

export function hasMatch(marked: string): boolean {
  return marked.includes(matchStart)
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
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[&<>"']/g, character => entities[character] ?? '')
}
