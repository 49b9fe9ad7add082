import { codeSpan, escapeText } from '../markdown.ts'

/** How a stretch of text is marked. Text of one element shares the object, so identity means the same stretch. */
export interface Marks {
  strong: boolean
  emphasis: boolean
  strike: boolean
  code: boolean
  /** One object for each link, so that two neighbours with one address stay two. */
  link: { href: string } | undefined
}

export const noMarks: Marks = { strong: false, emphasis: false, strike: false, code: false, link: undefined }

export interface Run {
  /** White space is not collapsed yet; or `lineBreak`. */
  text: string
  marks: Marks
  /** Stands for an image. */
  image?: boolean
}

/** The text of a run that breaks the line: Unicode's own line separator. */
export const lineBreak = '\u2028'

/** The Markdown of a paragraph: one line, or several where it has line breaks; empty if there is nothing to see. */
export function inline(runs: readonly Run[]): string {
  const out: string[] = []
  let open: Mark[] = []
  let space = ''
  for (const run of autolinked(joined(runs))) {
    if (run.text === lineBreak) {
      space = '  \n'
      continue
    }
    const text = visible(run.text)
    const content = text.trim()
    if (text.startsWith(' ')) space ||= ' '
    if (content === '') continue
    const wanted = marksOf(run.marks)
    const ended = open.findIndex(mark => !wanted.some(other => same(other, mark)))
    const closing = ended < 0 ? [] : open.splice(ended).reverse()
    const opening = wanted.filter(mark => !open.some(other => same(other, mark)))
    for (const mark of closing) out.push(mark.close)
    if (out.length > 0 && space !== '') out.push(space)
    // An exclamation mark before a link would make an image of it.
    if (opening[0]?.link && out.at(-1)?.endsWith('!')) out.push(`${out.pop()?.slice(0, -1)}\\!`)
    for (const mark of opening) out.push(mark.open)
    out.push(written(content, run.marks))
    open = [...open, ...opening]
    space = text.endsWith(' ') ? ' ' : ''
  }
  for (const mark of open.reverse()) out.push(mark.close)
  return out.join('')
}

/** Runs apart where two or more line breaks in a row make a new paragraph. */
export function paragraphs(runs: readonly Run[]): Run[][] {
  const parts: Run[][] = [[]]
  let breaks = 0
  for (const run of runs) {
    if (run.text === lineBreak) {
      breaks += 1
    } else if (breaks > 0 && run.text.trim() === '') {
    } else {
      if (breaks > 1) parts.push([])
      else if (breaks === 1) parts.at(-1)?.push({ text: lineBreak, marks: noMarks })
      breaks = 0
      parts.at(-1)?.push(run)
    }
  }
  return parts
}

interface Mark {
  open: string
  close: string
  link?: object
}

const strong: Mark = { open: '**', close: '**' }
const emphasis: Mark = { open: '*', close: '*' }
const strike: Mark = { open: '~~', close: '~~' }

function marksOf(marks: Marks): Mark[] {
  const list: Mark[] = []
  if (marks.link) list.push({ open: '[', close: `](${marks.link.href})`, link: marks.link })
  if (marks.strong) list.push(strong)
  if (marks.emphasis) list.push(emphasis)
  if (marks.strike) list.push(strike)
  return list
}

function same(one: Mark, other: Mark): boolean {
  return one === other || (one.link !== undefined && one.link === other.link)
}

function written(content: string, marks: Marks): string {
  if (marks === verbatim) return content
  if (marks.code) return codeSpan(content)
  const escaped = escapeText(content)
  return marks.link ? escaped.replace(/(?<!\\)[[\]]/g, '\\$&') : escaped
}

const verbatim: Marks = { ...noMarks }

/** Stretches of code with nothing between them are one: two code spans side by side would be read as something else. */
function joined(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  for (const run of runs) {
    const last = out.at(-1)
    if (last?.marks.code && run.marks.code) out[out.length - 1] = { ...last, text: last.text + run.text }
    else out.push(run)
  }
  return out
}

/** Links that show their own address become `<address>`: shorter, and the address is not there twice. */
function autolinked(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index] as Run
    const link = run.marks.link
    if (!link) {
      out.push(run)
      continue
    }
    let end = index + 1
    while (runs[end]?.marks.link === link) end += 1
    const stretch = runs.slice(index, end)
    const text = stretch.map(part => part.text).join('')
    const shown = visible(text).trim()
    if (isAddress(shown, link.href)) {
      const [before = '', after = ''] = [/^\s/.exec(text)?.[0], /\s$/.exec(text)?.[0]]
      out.push({ text: `${before}<${shown}>${after}`, marks: verbatim })
    } else {
      out.push(...stretch)
    }
    index = end - 1
  }
  return out
}

function isAddress(shown: string, href: string): boolean {
  if (/[\s<>\\]/.test(shown) || shown === '') return false
  if (href.toLowerCase() === `mailto:${shown.toLowerCase()}`) return true
  return /^https?:\/\//i.test(shown) && (href === shown || href === `${shown}/` || `${href}/` === shown)
}

/**
 * Text with white space collapsed and without characters that show nothing: soft hyphens, and the zero width characters
 * with which newsletters pad their preview line. Joiners stay between letters, where Persian and emoji need them.
 */
function visible(text: string): string {
  const collapsed = text.replace(nothing, '').replace(/\s+/g, ' ')
  if (!/[\u200c-\u200f]/.test(collapsed)) return collapsed
  return collapsed
    .replace(/(^|\s)[\u200c-\u200f\s]+/g, '$1')
    .replace(/(?<![\u200c-\u200f])[\u200c-\u200f]+(?=\s|$)/g, '')
}

/** Soft hyphen, grapheme joiner, Mongolian separator, zero width space, word joiner, byte order mark, other controls. */
const nothing = /\u034f|[\u00ad\u180e\u200b\u2060\ufeff]|[^\P{Cc}\t\n\r\f]/gu
