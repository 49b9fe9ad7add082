/** Prometheus' text format, read strictly: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Metric {
  name: string
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const number = '(?:[+-]?Inf|NaN|[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)'
const sampleForm = new RegExp(`^(${name})(?:\\{(.*)\\})? (${number})$`)
const labelForm = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/y

/** @throws Error naming the first line that is not as the format has it */
export function readExposition(text: string): Metric[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end')
  const metrics: Metric[] = []
  const seen = new Set<string>()
  for (const line of text.split('\n').slice(0, -1)) {
    const [, helpOf, help = ''] = new RegExp(`^# HELP (${name}) (.*)$`).exec(line) ?? []
    const [, typeOf, type = ''] =
      new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary|untyped)$`).exec(line) ?? []
    const current = metrics.at(-1)
    if (helpOf !== undefined) {
      if (metrics.some(metric => metric.name === helpOf)) throw new Error(`${helpOf} comes twice`)
      metrics.push({ name: helpOf, help, type: '', samples: [] })
    } else if (typeOf !== undefined) {
      if (current?.name !== typeOf || current.type !== '') throw new Error(`a type out of place: ${line}`)
      current.type = type
    } else {
      if (!current) throw new Error(`a sample out of place: ${line}`)
      const sample = readSample(line)
      const suffixes = current.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
      if (!suffixes.some(suffix => sample.name === current.name + suffix))
        throw new Error(`not of ${current.name}: ${line}`)
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
      if (seen.has(key)) throw new Error(`a sample comes twice: ${line}`)
      seen.add(key)
      current.samples.push(sample)
    }
  }
  for (const metric of metrics.filter(({ type }) => type === 'histogram')) checkHistogram(metric)
  return metrics
}

function readSample(line: string): Metric['samples'][number] {
  const [, of, pairs = '', value = ''] = sampleForm.exec(line) ?? []
  if (of === undefined) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  labelForm.lastIndex = 0
  for (let at = 0; at < pairs.length; at = labelForm.lastIndex) {
    const [, label = '', text = ''] = labelForm.exec(pairs) ?? []
    if (label === '' || label in labels) throw new Error(`labels out of form: ${line}`)
    labels[label] = text.replace(/\\(.)/g, (_match, sign: string) => (sign === 'n' ? '\n' : sign))
  }
  return { name: of, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

/** Buckets ascend, and the last one has all. */
function checkHistogram({ name: of, samples }: Metric): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _le, ...labels } }) => JSON.stringify(labels))
  for (const group of groups.values()) {
    const buckets = group.filter(sample => sample.name.endsWith('_bucket'))
    const counts = buckets.map(({ value }) => value)
    const bounds = buckets.map(({ labels }) => Number((labels.le ?? '').replace('Inf', 'Infinity')))
    const isAscending = (values: number[]) => values.every((value, at) => at === 0 || value >= (values[at - 1] ?? 0))
    const total = group.find(sample => sample.name.endsWith('_count'))?.value
    if (!isAscending(counts) || !isAscending(bounds) || bounds.at(-1) !== Infinity || counts.at(-1) !== total)
      throw new Error(`${of} is no histogram`)
  }
}
