/** What a Word document's styles and list definitions mean for text. Source: ECMA-376, part 1, sections 17.7 and 17.9. */
import { readXml, type XmlAttributes } from './xml.ts'
import type { Zip } from './zip.ts'

export interface DocxStyle {
  /** 1 to 6, or 0 for what is no heading. */
  heading: number
  hidden: boolean
  list: { id: string; level: number } | undefined
}

/** Meaning of a style by its identifier. */
export type DocxStyles = (id: string | undefined) => DocxStyle

interface Declared {
  basedOn: string | undefined
  heading: number | undefined
  hidden: boolean | undefined
  listId: string | undefined
  listLevel: number | undefined
}

export async function readStyles(zip: Zip, part: string | undefined): Promise<DocxStyles> {
  const declared = new Map<string, Declared>()
  let current: Declared | undefined
  if (part && zip.has(part)) await readXml(zip.read(part), { open, text() {}, close })
  return id => meaningOf(id, declared)

  function open(name: string, attributes: XmlAttributes): void {
    const value = attributes.get('val')
    if (name === 'style' && declared.size < mostStyles) {
      current = {
        basedOn: undefined,
        heading: undefined,
        hidden: undefined,
        listId: undefined,
        listLevel: undefined,
      }
      declared.set(attributes.get('styleId') ?? '', current)
    }
    if (!current) return
    if (name === 'basedOn') current.basedOn = value
    else if (name === 'name') current.heading ??= headingOfName(value ?? '')
    else if (name === 'outlineLvl') current.heading = headingOfOutline(value)
    else if (name === 'vanish') current.hidden = isOn(value)
    else if (name === 'numId') current.listId = value
    else if (name === 'ilvl') current.listLevel = Number(value) || 0
  }

  function close(name: string): void {
    if (name === 'style') current = undefined
  }
}

function meaningOf(id: string | undefined, declared: ReadonlyMap<string, Declared>): DocxStyle {
  const merged: Declared = {
    basedOn: undefined,
    heading: undefined,
    hidden: undefined,
    listId: undefined,
    listLevel: undefined,
  }
  let style = id === undefined ? undefined : declared.get(id)
  for (let depth = 0; style && depth < deepestInheritance; depth++) {
    merged.heading ??= style.heading
    merged.hidden ??= style.hidden
    merged.listId ??= style.listId
    merged.listLevel ??= style.listLevel
    style = style.basedOn === undefined ? undefined : declared.get(style.basedOn)
  }
  return {
    heading: merged.heading ?? 0,
    hidden: merged.hidden ?? false,
    list: merged.listId === undefined ? undefined : { id: merged.listId, level: merged.listLevel ?? 0 },
  }
}

/** Names of built-in styles are English in every language of Word. */
function headingOfName(name: string): number | undefined {
  if (/^title$/i.test(name)) return 1
  const level = /^heading (\d)$/i.exec(name)?.[1]
  return level === undefined ? undefined : Math.min(6, Math.max(1, Number(level)))
}

/** An outline level from 0; 9 is body text. */
export function headingOfOutline(value: string | undefined): number {
  const level = Number(value ?? 9)
  return Number.isInteger(level) && level >= 0 && level < 9 ? Math.min(6, level + 1) : 0
}

/** Whether a property that may be switched off is on. */
export function isOn(value: string | undefined): boolean {
  return value === undefined || !/^(0|false|off|none)$/.test(value)
}

const mostStyles = 10_000
const deepestInheritance = 20

/** Numbers the items of lists, as Word does: one count for each level of a definition, whichever list uses it. */
export interface DocxLists {
  /** Number of the next item, `undefined` for a bullet; no list at all is `null`. */
  next(id: string, level: number): number | undefined | null
}

interface Level {
  format: string
  start: number
}

export async function readLists(zip: Zip, part: string | undefined): Promise<DocxLists> {
  const definitions = new Map<string, Map<number, Level>>()
  const lists = new Map<string, string>()
  const counts = new Map<string, number[]>()
  let definition: Map<number, Level> | undefined
  let level: Level | undefined
  let list = ''
  if (part && zip.has(part)) await readXml(zip.read(part), { open, text() {}, close })
  return { next }

  function open(name: string, attributes: XmlAttributes): void {
    const value = attributes.get('val') ?? ''
    if (name === 'abstractNum' && definitions.size < mostStyles) {
      definition = new Map()
      definitions.set(attributes.get('abstractNumId') ?? '', definition)
    } else if (name === 'lvl' && definition && definition.size < 9) {
      level = { format: 'decimal', start: 1 }
      definition.set(Number(attributes.get('ilvl')) || 0, level)
    } else if (name === 'num') list = attributes.get('numId') ?? ''
    else if (name === 'abstractNumId' && lists.size < mostStyles) lists.set(list, value)
    else if (name === 'numFmt' && level) level.format = value
    else if (name === 'start' && level) level.start = Number(value) || 0
  }

  function close(name: string): void {
    if (name === 'abstractNum') definition = undefined
    if (name === 'lvl') level = undefined
  }

  function next(id: string, depth: number): number | undefined | null {
    const key = lists.get(id)
    const levels = key === undefined ? undefined : definitions.get(key)
    if (id === '0' || key === undefined || !levels) return null
    const own = levels.get(depth)
    if (!own || own.format === 'bullet') return undefined
    if (own.format === 'none') return null
    let counted = counts.get(key)
    if (!counted) {
      counted = []
      counts.set(key, counted)
    }
    counted.length = Math.min(counted.length, depth + 1)
    const number = (counted[depth] ?? own.start - 1) + 1
    counted[depth] = number
    return number
  }
}
