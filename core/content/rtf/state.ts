import { type Marks, noMarks } from '../html/inline.ts'

/** What holds inside a group. Never changed: a control word replaces it, and the group's end puts it back. */
export interface Group {
  /** What becomes of text. */
  readonly destination: 'text' | 'skip' | 'fonts' | 'styles' | 'instruction' | 'marker' | 'author'
  /** Where text stands: the body, or a note or margin of its own. */
  readonly place: object
  readonly marks: Marks
  readonly font: number
  /** Bytes that follow a character of Unicode in its stead. */
  readonly substitutes: number
  readonly hidden: boolean
  readonly deleted: boolean
  /** What Outlook adds to HTML that it packs into RTF. */
  readonly wrapping: boolean
  readonly field: { instruction: string } | undefined
}

export const outermost: Group = {
  destination: 'text',
  place: {},
  marks: noMarks,
  font: -1,
  substitutes: 1,
  hidden: false,
  deleted: false,
  wrapping: false,
  field: undefined,
}

/** Control words that stand for a character. */
export const specials: Readonly<Record<string, string | undefined>> = {
  emdash: '—',
  endash: '–',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  zwj: '\u200d',
  zwnj: '\u200c',
}

/** Destinations that are read although programs may pass over them. */
export const keptDestinations: ReadonlySet<string> = new Set([
  ...['fldinst', 'footnote', 'ud', 'listtext', 'pntext'],
  // A text box, and a comment.
  ...['shpinst', 'shptxt', 'annotation', 'atnauthor'],
])

// biome-ignore format: a list of words
/** Destinations that hold nothing to read. */
export const skippedDestinations: ReadonlySet<string> = new Set([
  'atnicn', 'atnid', 'atndate', 'atnparent', 'atnref', 'atntime', 'background', 'bkmkend', 'bkmkstart', 'colortbl', 'colorschememapping', 'comment',
  'datastore', 'datafield', 'filetbl', 'generator', 'info', 'latentstyles', 'listoverridetable', 'listtable', 'mmathPr',
  'nonshppict', 'objclass', 'objdata', 'objname', 'pgptbl', 'pict', 'private', 'revtbl', 'rsidtbl', 'rxe', 'shprslt', 'sp', 'tc', 'template',
  'themedata', 'upr', 'userprops', 'wgrffmtfilter', 'xe', 'xmlnstbl', 'ftnsep', 'ftnsepc', 'aftnsep', 'aftnsepc',
])
