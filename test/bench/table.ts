/** Findings as a table for people. */
import { type Finding, isMet, ratioOf, type Unit } from './bench.ts'

export interface Row extends Finding {
  bench: string
}

const titles = ['bench', 'measured', 'inlet', 'beside it', 'ratio', 'target', '']

/** As Markdown: it reads well in a terminal, and goes into the README as it is. */
export function toTable(rows: readonly Row[]): string {
  const cells = rows.map((row, index) => [
    rows[index - 1]?.bench === row.bench ? '' : `\`${row.bench}\``,
    row.what,
    show(row.value, row.unit),
    row.beside ? `${show(row.beside.value, row.unit)} ${row.beside.what}` : '',
    showRatio(ratioOf(row)),
    targetOf(row),
    { true: 'met', false: 'MISSED', undefined: '' }[String(isMet(row))] ?? '',
  ])
  const all = [titles, ...cells]
  const widths = titles.map((_title, column) => Math.max(3, ...all.map(line => line[column]?.length ?? 0)))
  const lines = all.map(line => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
  return [lines[0], `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...lines.slice(1)].join('\n')
}

/** Two digits of a small one, which is not nothing. */
function showRatio(ratio = Number.NaN): string {
  if (!Number.isFinite(ratio)) return ''
  return ratio > 0 && ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2)
}

function targetOf({ target, unit }: Finding): string {
  if (!target) return ''
  const bounds = [
    target.atMost === undefined
      ? ''
      : `at most ${target.of === 'ratio' ? `${target.atMost}x` : show(target.atMost, unit)}`,
    target.atLeast === undefined
      ? ''
      : `at least ${target.of === 'ratio' ? `${target.atLeast}x` : show(target.atLeast, unit)}`,
  ]
  return bounds.filter(Boolean).join(', ')
}

function show(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return 'not measured'
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const figure = value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: digits })
  return unit === 'count' || unit === 'ratio' ? figure : `${figure} ${unit}`
}
