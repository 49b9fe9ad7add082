import { format, getFormatFromId } from 'numfmt'
import { readXml } from './xml.ts'
import type { Zip } from './zip.ts'

/** A number as the style of its cell shows it; `raw` where the style says nothing that can be followed. */
export type Formats = (style: number, value: number, raw: string) => string

export async function readFormats(zip: Zip, part: string | undefined, since1904: boolean): Promise<Formats> {
  const codes = new Map<number, string>()
  const styles: number[] = []
  let inCells = false
  if (part && zip.has(part)) {
    await readXml(zip.read(part), {
      open(name, attributes) {
        const id = Number(attributes.get('numFmtId') ?? 0)
        if (name === 'numFmt' && codes.size < mostStyles) codes.set(id, attributes.get('formatCode') ?? '')
        else if (name === 'cellXfs') inCells = true
        else if (name === 'xf' && inCells && styles.length < mostStyles) styles.push(id)
      },
      text() {},
      close(name) {
        if (name === 'cellXfs') inCells = false
      },
    })
  }
  return createFormats(codes, styles, since1904)
}

/**
 * @param codes of the workbook's own formats, by number
 * @param styles number of the format of each style
 */
export function createFormats(
  codes: ReadonlyMap<number, string>,
  styles: readonly number[],
  since1904: boolean,
): Formats {
  return (style, value, raw) => {
    const id = styles[style] ?? 0
    const code = codes.get(id) ?? codeOf(id)
    if (!Number.isFinite(value)) return raw
    if (/^(general|@)?$/i.test(code) || code.length > longestCode) return general(value)
    return formatted(code, since1904 && looksLikeDate(code) ? value + daysTo1904 : value)
  }
}

function codeOf(id: number): string {
  return getFormatFromId(id) ?? 'General'
}

function formatted(code: string, value: number): string {
  try {
    return format(code, value, { nbsp: false }).trim()
  } catch {
    return general(value)
  }
}

/** Numbers are stored with all the digits that they have, which nobody is shown: 0.1 + 0.2 is 0.3. */
function general(value: number): string {
  return String(Number(value.toPrecision(15)))
}

function looksLikeDate(code: string): boolean {
  return /[dyhms]/i.test(code.replace(/"[^"]*"|\\./g, ''))
}

/** Between the first days of the two calendars that workbooks count in. */
const daysTo1904 = 1462

const mostStyles = 100_000
const longestCode = 255
