/** The dashboard for Grafana: of what there is, in the form that Grafana imports. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Metric, readExposition } from '../../support/exposition.ts'
import { connect, startTestDaemon } from '../harness.ts'

interface Panel {
  id: number
  type: string
  title: string
  description?: string
  datasource?: object
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { refId: string; expr: string; legendFormat: string; datasource: object }[]
}

interface Dashboard {
  __inputs: { name: string; type: string; pluginId: string }[]
  __requires: { type: string; id: string }[]
  uid: string
  schemaVersion: number
  templating: { list: { name: string; query: { query: string } }[] }
  annotations: { list: { expr?: string }[] }
  panels: Panel[]
}

const source = { type: 'prometheus', uid: ['$', '{DS_PROMETHEUS}'].join('') }
const dashboard = JSON.parse(
  readFileSync(new URL('../../../daemon/metrics/grafana-dashboard.json', import.meta.url), 'utf8'),
) as Dashboard
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets)
const expressions = [
  ...queries.map(({ expr }) => expr),
  ...dashboard.annotations.list.flatMap(({ expr }) => expr ?? []),
  ...dashboard.templating.list.map(({ query }) => query.query),
]

/** What an expression asks for, with the labels that it names. */
function asked(expression: string): { metric: string; labels: string[] }[] {
  return [...expression.matchAll(/\b((?:inlet|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, metric = '', inside = '']) => ({
      metric: metric.replace(/_(?:bucket|sum|count)$/, ''),
      labels: [...inside.matchAll(/(\w+)(?:=~|!~|!=|=)/g)].map(match => match[1] ?? ''),
    }),
  )
}

/** Series of ours that a dashboard does not need. */
const leftOut = ['nodejs_heap_size_total_bytes', 'nodejs_heap_size_limit_bytes']

/** After a job, a request to the proxy and one that waits: all that a daemon can show. */
async function metricsOf(): Promise<Metric[]> {
  const daemon = await startTestDaemon()
  onTestFinished(() => daemon.close())
  daemon.slack.pace('conversations.history', 0, 1)
  const { id } = await connect(daemon)
  await daemon.ask('POST', `/proxy/${id}/auth.test`)
  return readExposition((await daemon.ask('GET', '/metrics')).text)
}

describe('the dashboard', () => {
  it('asks for series that there are, by labels that they have, and for all of ours', async () => {
    const metrics = await metricsOf()
    const labelsOf = new Map(
      metrics.map(({ name, samples }) => [name, new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]),
    )
    const ours = [...new Set([...labelsOf.keys(), ...neverYet])]
    const named = expressions.flatMap(asked)
    expect(named.filter(({ metric }) => !ours.includes(metric))).toEqual([])
    const strange = named.flatMap(({ metric, labels }) =>
      labels
        .filter(label => !['job', 'instance', ...(labelsOf.get(metric) ?? labels)].includes(label))
        .map(label => `${metric} ${label}`),
    )
    expect(strange).toEqual([])
    const shown = new Set([...named.map(({ metric }) => metric), ...leftOut])
    expect(ours.filter(name => !shown.has(name))).toEqual([])
    expect(leftOut.filter(name => !labelsOf.has(name))).toEqual([])
    expect(named.length).toBeGreaterThan(30)
  })

  /** Counted only when it happens, which it does not here. */
  const neverYet = ['inlet_webhook_deliveries_total', 'inlet_provider_wait_seconds_total']

  it('groups by labels that its legends name', () => {
    for (const { expr, legendFormat } of queries) {
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(match => (match[1] ?? '').split(', '))
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1] ?? '')
      expect([expr, shown]).toEqual([expr, grouped.filter(label => label !== 'le')])
    }
    expect(queries.length).toBeGreaterThan(25)
  })

  it('takes rates of counters alone, and balances its brackets', async () => {
    const types = new Map((await metricsOf()).map(({ name, type }) => [name, type]))
    for (const expression of expressions) {
      for (const [, metric = ''] of expression.matchAll(/\b(?:rate|increase)\((\w+)/g)) {
        const type = types.get(metric) ?? types.get(metric.replace(/_bucket$/, ''))
        expect([metric, ['counter', 'histogram', undefined].includes(type)]).toEqual([metric, true])
      }
      for (const [open, close] of ['()', '{}', '[]']) {
        const count = (sign = '') => expression.split(sign).length
        expect([expression, count(open)]).toEqual([expression, count(close)])
      }
    }
  })

  it('has the form that Grafana imports: its source asked for, its panels apart and known', () => {
    expect(dashboard.__inputs).toEqual([
      expect.objectContaining({ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }),
    ])
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36)
    expect(dashboard.uid).toMatch(/^[\w-]{1,40}$/)
    const kinds = dashboard.__requires.filter(({ type }) => type === 'panel').map(({ id }) => id)
    expect(new Set(dashboard.panels.filter(({ type }) => type !== 'row').map(({ type }) => type))).toEqual(
      new Set(kinds),
    )
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    const cells = new Set<string>()
    for (const { title, type, description, datasource, gridPos, targets = [] } of dashboard.panels) {
      expect([title, gridPos.x >= 0 && gridPos.w > 0 && gridPos.h > 0 && gridPos.x + gridPos.w <= 24]).toEqual([
        title,
        true,
      ])
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), `${title} lies on another`).toBe(false)
          cells.add(`${x} ${y}`)
        }
      }
      if (type === 'row') continue
      expect([title, description?.length ?? 0]).toEqual([title, expect.any(Number)])
      expect([title, datasource]).toEqual([title, source])
      expect(targets.map(target => target.datasource)).toEqual(targets.map(() => source))
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    }
    const variables = dashboard.templating.list.map(({ name }) => name)
    const used = new Set(
      queries.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)].map(match => match[1] ?? '')),
    )
    expect([...used].sort()).toEqual([...variables].sort())
  })

  it('is served to be imported', async () => {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    const { status, body } = await daemon.ask('GET', '/metrics/grafana.json')
    expect([status, body]).toEqual([200, dashboard])
  })
})
