/** The headings of a Markdown text, and which section a place of it is in. */

export interface Heading {
  at: number
  title: string
}

const longestTitle = 200

const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' }

/** Lines of code that begin with `#` are none. */
const lines = /^ {0,3}(?:(`{3,}|~{3,})|#{1,6}[ \t]+(\S.*))/gm

/** In the order of the text. */
export function headingsOf(text: string): Heading[] {
  const headings: Heading[] = []
  let fence: string | undefined
  for (const { index, 1: marks, 2: words } of text.matchAll(lines)) {
    if (marks !== undefined) {
      if (fence === undefined) fence = marks
      else if (marks.startsWith(fence)) fence = undefined
    } else if (fence === undefined && words !== undefined) {
      const title = plain(words)
      if (title !== '') headings.push({ at: index, title })
    }
  }
  return headings
}

/** The title of the last heading that is at a place of the text or before it. */
export function titleAt(headings: readonly Heading[], place: number): string | null {
  let low = 0
  let high = headings.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((headings[middle]?.at ?? 0) <= place) low = middle + 1
    else high = middle
  }
  return headings[low - 1]?.title ?? null
}

/**
 * Of a passage that begins at `offset` of a text, in a section of this title: of the section that a later place is in,
 * which is the next one where that place is in its heading.
 */
export function sectionAt(text: string, offset: number, title: string | null, place: number): string | null {
  const lineEnd = text.indexOf('\n', place)
  const before = text.slice(0, lineEnd < 0 ? text.length : lineEnd)
  const inPassage = headingsOf(before.slice(offset)).at(-1)
  if (!inPassage) return title
  // The passage may begin in the midst of code: then what looks like a heading may be none.
  const mayBeCode = before.includes('```') || before.includes('~~~')
  return mayBeCode ? (headingsOf(before).at(-1)?.title ?? null) : inPassage.title
}

/** Without what makes it bold, a link or code. */
function plain(markdown: string): string {
  const text = markdown
    .slice(0, longestTitle * 4)
    .replace(/[ \t]+#+[ \t]*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\\([!-/:-@[-`{-~])|[*`]/g, '$1')
    .replace(/&(lt|gt|amp);/g, (_whole, name: string) => characters[name] ?? '')
    .trim()
  return text.length > longestTitle ? `${text.slice(0, longestTitle).toWellFormed()}…` : text
}
