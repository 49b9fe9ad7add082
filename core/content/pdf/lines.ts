/** A stretch of text with one look, as the reader gives it. */
export interface Piece {
  str: string
  /** Scale, skew, and where it begins, in points from the lower left. */
  transform: readonly number[]
  width: number
  hasEOL: boolean
}

export interface Line {
  text: string
  /** Two or more where gaps part the line as they part the columns of a table. */
  cells: readonly string[]
  left: number
  right: number
  /** Of the letters' feet, upwards. */
  bottom: number
  /** Of the letters, in points; that of most of the line. */
  size: number
}

/**
 * Pieces put together into lines, in the order in which the document draws them, which is that of reading in what
 * programs write today, also where there are columns.
 */
export function linesOf(pieces: readonly Piece[]): Line[] {
  const lines: Line[] = []
  let open: Open | undefined
  for (const piece of pieces) {
    const [, , , , left = 0, bottom = 0] = piece.transform
    if (piece.str !== '') {
      const size = sizeOf(piece)
      if (open && isElsewhere(open, left, bottom, size)) end()
      open ??= { cells: [''], gaps: [], left, right: left, bottom, sizes: new Map() }
      add(open, piece, left, size)
    }
    if (piece.hasEOL) end()
  }
  end()
  return lines

  function end(): void {
    if (!open) return
    const { left, right, bottom, sizes } = open
    const cells = cellsOf(open).map(cell =>
      cell
        .replace(nothing, '')
        .replace(radicals, character => character.normalize('NFKC'))
        .replace(/\s+/g, ' ')
        .trim(),
    )
    const text = cells.join(' ').trim()
    const [size = 0] = [...sizes].sort((one, other) => other[1] - one[1])[0] ?? []
    if (text !== '') lines.push({ text, cells, left, right, bottom, size })
    open = undefined
  }
}

function add(open: Open, { str, width }: Piece, left: number, size: number): void {
  if (str.trim() === '') {
    open.cells.push(`${open.cells.pop() ?? ''} `)
    return
  }
  const gap = left - open.right
  if (gap > size * widestSpace && open.sizes.size > 0) {
    open.gaps.push(gap)
    open.cells.push(str)
  } else {
    open.cells.push((open.cells.pop() ?? '') + str)
  }
  open.right = Math.max(open.right, left + width)
  open.sizes.set(size, (open.sizes.get(size) ?? 0) + str.length)
}

/** Wide gaps that are all the same are those of a line that is stretched to the margin. */
function cellsOf({ cells, gaps }: Open): string[] {
  const stretched = Math.max(...gaps) - Math.min(...gaps) < 1
  return gaps.length === 0 || stretched ? [cells.join('')] : cells
}

/** Of the letters' size. */
const widestSpace = 1.2

interface Open {
  cells: string[]
  /** Between the cells. */
  gaps: number[]
  left: number
  right: number
  bottom: number
  /** How many characters there are of each size. */
  sizes: Map<number, number>
}

function sizeOf({ transform: [a = 0, b = 0, c = 0, d = 0] }: Piece): number {
  return Math.round(Math.max(Math.hypot(a, b), Math.hypot(c, d)) * 2) / 2
}

/** Whether a piece is not of the open line: far above or below, more than a raised figure is. */
function isElsewhere(open: Open, left: number, bottom: number, size: number): boolean {
  const away = Math.abs(bottom - open.bottom)
  const largest = Math.max(size, ...open.sizes.keys(), 1)
  return away > largest * 0.75 || (away > largest * 0.3 && left < open.left - 1)
}

/** Parts of characters that look like whole ones, which is what some programs call these: nobody types the parts. */
const radicals = /[\u2e80-\u2fd5]/g

/** Controls, and what is to be seen at the end of a line only. */
const nothing = /[^\P{Cc}\t\n]|[\u200b\ufeff]|\u00ad(?!$)/gu
