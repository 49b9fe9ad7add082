import { escapeLineStart } from '../markdown.ts'

/** A piece of a document that stands on lines of its own. */
export interface Block {
  kind: 'paragraph' | 'heading' | 'code' | 'table' | 'rule'
  /** Markdown without what its containers put before each line. */
  text: string
  /** 1 to 6, of a heading. */
  level?: number
  container: Container | undefined
}

/** A quotation or an item of a list around blocks. */
export interface Container {
  list: List | undefined
  /** What its first line begins with; further lines of an item are indented by as much. */
  marker: string
  /** Whether a block has shown the marker already. */
  shown: boolean
  /** From the outermost container to this one. */
  path: readonly Container[]
}

export interface List {
  /** Where the list itself stands. */
  base: Container | undefined
  /** Number of the next item; `undefined` for bullets. */
  next: number | undefined
  /** The newest item. */
  last: Container | undefined
}

/** Deeper ones add nothing a person could read, and a prefix that grows with depth would make output quadratic. */
const deepest = 12

export function quoteIn(parent: Container | undefined): Container | undefined {
  return nest(parent, { list: undefined, marker: '> ', shown: true })
}

export function itemOf(list: List): Container | undefined {
  const number = list.next
  if (number !== undefined) list.next = number + 1
  list.last = nest(list.base, { list, marker: number === undefined ? '- ' : `${number}. `, shown: false })
  return list.last
}

function nest(parent: Container | undefined, own: Omit<Container, 'path'>): Container | undefined {
  const outer = parent?.path ?? []
  if (outer.length >= deepest) return parent
  const path: Container[] = []
  const container: Container = { ...own, path }
  path.push(...outer, container)
  return container
}

/** The Markdown of a document. Marks the containers as shown, so it is called once. */
export function render(blocks: readonly Block[]): string {
  const out: string[] = []
  let before: Block | undefined
  for (const block of blocks) {
    if (before) out.push(gap(before, block))
    out.push(lines(block))
    before = block
  }
  return out.join('')
}

function lines(block: Block): string {
  const path = block.container?.path ?? []
  const first = path.map(container => (container.shown ? later(container) : container.marker)).join('')
  for (const container of path) container.shown = true
  const rest = path.map(later).join('')
  const text = body(block)
  if (!text.includes('\n')) return `${first}${text}`
  return text
    .split('\n')
    .map((line, index) => (line === '' ? rest.trimEnd() : `${index === 0 ? first : rest}${line}`))
    .join('\n')
}

function body(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level ?? 1)} ${block.text}`
    case 'paragraph':
      return block.text.split('\n').map(escapeLineStart).join('\n')
    default:
      return block.text
  }
}

function later(container: Container): string {
  return container.list ? ' '.repeat(container.marker.length) : container.marker
}

/** Between two blocks: an empty line with the quotes they share, or none between the items of one list. */
function gap(before: Block, block: Block): string {
  const old = before.container?.path ?? []
  const path = block.container?.path ?? []
  const item = path.find(container => container.list && !container.shown)
  if (item?.list && (old.some(container => container.list === item.list) || interrupts(item, item.list, old.at(-1)))) {
    return '\n'
  }
  const shared = path.filter((container, index) => old[index] === container)
  return `\n${shared.map(later).join('').trimEnd()}\n`
}

/** A list inside an item follows its text at once; but a number other than 1 would be read as part of that text. */
function interrupts(item: Container, { base }: List, last: Container | undefined): boolean {
  return base?.list !== undefined && last === base && (item.marker === '- ' || item.marker === '1. ')
}
