import type { Container, List } from './blocks.ts'
import { type Attributes, blockElements, hrefOf, type Style } from './elements.ts'
import { type Marks, noMarks } from './inline.ts'
import { type Table, widestSpan } from './tables.ts'

/** What holds for text at one place of a document. Never changed: an element replaces it and puts it back. */
export interface State {
  readonly hidden: boolean
  /** Too small to be read. */
  readonly tiny: boolean
  /** Inside the bullet or number that Word writes in front of a list paragraph. */
  readonly wordMarker: boolean
  readonly space: 'collapse' | 'lines' | 'code'
  readonly marks: Marks
  /** Level of the heading around, or 0. */
  readonly heading: number
  readonly container: Container | undefined
  readonly list: List | undefined
  readonly table: Table | undefined
  /** Inside `thead`. */
  readonly heads: boolean
}

export const outermost: State = {
  hidden: false,
  tiny: false,
  wordMarker: false,
  space: 'collapse',
  marks: noMarks,
  heading: 0,
  container: undefined,
  list: undefined,
  table: undefined,
  heads: false,
}

/** The state inside an element of that style. */
export function styled(state: State, name: string, style: Style): State {
  const { tiny, keepsLines, bold, italic, wordList } = style
  const plain = tiny === undefined && keepsLines === undefined && bold === undefined && italic === undefined
  if (plain && wordList !== 'marker') return state
  // A block in bold is a matter of looks: the whole of a mail may be one.
  const marked = !blockElements.has(name)
  const strong = (marked ? bold : undefined) ?? state.marks.strong
  const emphasis = (marked ? italic : undefined) ?? state.marks.emphasis
  const same = strong === state.marks.strong && emphasis === state.marks.emphasis
  return {
    ...state,
    space: keepsLines === undefined || state.space === 'code' ? state.space : keepsLines ? 'lines' : 'collapse',
    tiny: tiny ?? state.tiny,
    wordMarker: state.wordMarker || wordList === 'marker',
    marks: same ? state.marks : { ...state.marks, strong, emphasis },
  }
}

/** An attribute's link; each element has its own, so that neighbours stay apart. */
export function linkOf(attributes: Attributes): Marks['link'] {
  const href = hrefOf(attributes)
  return href === undefined ? undefined : { href }
}

/** Number of an ordered list's first item. */
export function startOf(attributes: Attributes): number {
  const start = Number(attributes.start ?? 1)
  return Number.isInteger(start) && start >= 0 && start < 1e8 ? start : 1
}

/** `colspan` or `rowspan`. */
export function spanOf(value: string | undefined): number {
  const span = Number(value ?? 1)
  return Number.isInteger(span) && span >= 1 ? Math.min(span, widestSpan) : 1
}
