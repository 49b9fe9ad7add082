/** Series as text: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
import type { Labels, Series } from '../../core/meter.ts'

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

export function writeExposition(series: readonly Series[]): string {
  return series
    .filter(({ samples }) => samples.length > 0)
    .map(
      one => `# HELP ${one.name} ${escapeHelp(one.help)}\n# TYPE ${one.name} ${one.type}\n${linesOf(one).join('\n')}\n`,
    )
    .join('')
}

function linesOf(series: Series): string[] {
  const { name } = series
  if (series.type !== 'histogram') {
    return series.samples.map(({ labels, value }) => line(name, labels, value))
  }
  return series.samples.flatMap(({ labels, buckets, count, sum }) => [
    ...buckets.map(bucket => line(`${name}_bucket`, { ...labels, le: String(bucket.bound) }, bucket.count)),
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ])
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
