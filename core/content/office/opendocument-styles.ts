/** What the styles of an OpenDocument file mean for text. Source: OpenDocument 1.3, part 3, sections 16 and 20. */
import type { XmlAttributes } from './xml.ts'

export interface TextStyle {
  strong: boolean | undefined
  emphasis: boolean | undefined
  strike: boolean | undefined
  hidden: boolean | undefined
  /** Whether it is the document's title, or made from that. */
  title: boolean
}

/** Gathers the styles of a document as its parts are read: they come before the text that uses them. */
export interface Styles {
  open(name: string, attributes: XmlAttributes): void
  close(name: string): void
  text(family: string, name: string | undefined): TextStyle
  /** Number of a list's first item at that level (from 1); `undefined` for bullets. */
  start(listStyle: string | undefined, level: number): number | undefined
  /** Whether sheets or slides of that style are hidden. */
  isHidden(family: string, name: string | undefined): boolean
}

interface Declared extends Omit<TextStyle, 'title'> {
  parent: string | undefined
}

export function createStyles(): Styles {
  const declared = new Map<string, Declared>()
  const lists = new Map<string, Map<number, number | undefined>>()
  const known = new Map<string, TextStyle>()
  let current: Declared | undefined
  let list: Map<number, number | undefined> | undefined
  return { open, close, text, start, isHidden }

  function open(name: string, attributes: XmlAttributes): void {
    if (name === 'style') {
      current = {
        parent: attributes.get('parent-style-name'),
        strong: undefined,
        emphasis: undefined,
        strike: undefined,
        hidden: undefined,
      }
      if (declared.size < mostStyles) declared.set(key(attributes.get('family'), attributes.get('name')), current)
    } else if (name === 'list-style') {
      list = new Map()
      if (lists.size < mostStyles) lists.set(attributes.get('name') ?? '', list)
    } else if (name === 'list-level-style-number' && list && attributes.get('num-format')) {
      list.set(Number(attributes.get('level')), Number(attributes.get('start-value') ?? 1) || 0)
    } else if (current && name.endsWith('-properties')) {
      properties(current, attributes)
    }
  }

  function close(name: string): void {
    if (name === 'style') current = undefined
    if (name === 'list-style') list = undefined
  }

  function text(family: string, name: string | undefined): TextStyle {
    if (name === undefined) return plain
    const id = key(family, name)
    const found = known.get(id)
    if (found) return found
    const merged: TextStyle = { ...plain }
    let at: string | undefined = name
    for (let depth = 0; at !== undefined && depth < deepestInheritance; depth++) {
      const style: Declared | undefined = declared.get(key(family, at))
      merged.strong ??= style?.strong
      merged.emphasis ??= style?.emphasis
      merged.strike ??= style?.strike
      merged.hidden ??= style?.hidden
      merged.title ||= at === 'Title'
      at = style?.parent
    }
    if (known.size < mostStyles) known.set(id, merged)
    return merged
  }

  function start(listStyle: string | undefined, level: number): number | undefined {
    return listStyle === undefined ? undefined : lists.get(listStyle)?.get(level)
  }

  function isHidden(family: string, name: string | undefined): boolean {
    return text(family, name).hidden ?? false
  }
}

function properties(style: Declared, attributes: XmlAttributes): void {
  const weight = attributes.get('font-weight')
  if (weight !== undefined) style.strong = /^(bold|[6-9]00)$/.test(weight)
  const slant = attributes.get('font-style')
  if (slant !== undefined) style.emphasis = slant !== 'normal'
  const line = attributes.get('text-line-through-style') ?? attributes.get('text-line-through-type')
  if (line !== undefined) style.strike = line !== 'none'
  const display = attributes.get('display') ?? attributes.get('visibility')
  if (display !== undefined) style.hidden = /^(none|false|hidden)$/.test(display)
}

function key(family: string | undefined, name: string | undefined): string {
  return `${family ?? ''} ${name ?? ''}`
}

const plain: TextStyle = { strong: undefined, emphasis: undefined, strike: undefined, hidden: undefined, title: false }

const mostStyles = 100_000
const deepestInheritance = 20
