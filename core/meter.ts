/**
 * Counts and times what happens, by a few labels each: series as Prometheus has them. Who shows them, and how, is
 * another matter.
 */

export interface Declaration {
  /** One sentence, for whoever reads the series. */
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  /** Their values come from declarations, never from data: else there would be no end of them. */
  labels: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending. */
  buckets?: readonly number[]
}

export type Declarations = Readonly<Record<string, Declaration>>

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  labels: Labels
  value: number
}

/** How many values were at or below each bound, how many there were, and what they sum to. */
export interface Distribution {
  labels: Labels
  buckets: readonly { bound: number; count: number }[]
  count: number
  sum: number
}

export type Series = { name: string; help: string } & (
  | { type: 'counter' | 'gauge'; samples: readonly Sample[] }
  | { type: 'histogram'; samples: readonly Distribution[] }
)

type Named<Series extends Declarations, Type extends Declaration['type']> = {
  [Name in keyof Series]: Series[Name]['type'] extends Type ? Name : never
}[keyof Series]

type LabelsOf<Series extends Declarations, Name extends keyof Series> = Readonly<
  Record<Series[Name]['labels'][number], string>
>

export interface Meter<Declared extends Declarations> {
  /** Adds to a counter; nothing is added to make it begin at zero. */
  count<Name extends Named<Declared, 'counter'>>(name: Name, labels: LabelsOf<Declared, Name>, by?: number): void
  /** Puts a value into a histogram. */
  observe<Name extends Named<Declared, 'histogram'>>(name: Name, labels: LabelsOf<Declared, Name>, value: number): void
  /** All that was counted and observed so far. */
  series(): Series[]
}

/** Counts nothing. */
export const idleMeter: Pick<Meter<Declarations>, 'count' | 'observe'> = { count() {}, observe() {} }

export function createMeter<const Declared extends Declarations>(declared: Declared): Meter<Declared> {
  const counters = new Map<string, Map<string, Sample>>()
  const histograms = new Map<string, Map<string, Observed>>()

  return {
    count(name, labels, by = 1) {
      const known = entryOf(counters, String(name), labels, () => ({ labels, value: 0 }))
      known.value += by
    },
    observe(name, labels, value) {
      const { buckets = [] } = declared[name] ?? {}
      const fresh = () => ({ labels, counts: buckets.map(() => 0), count: 0, sum: 0 })
      const known = entryOf(histograms, String(name), labels, fresh)
      const place = buckets.findIndex(bound => value <= bound)
      if (place >= 0) known.counts[place] = (known.counts[place] ?? 0) + 1
      known.count++
      known.sum += value
    },
    series: () =>
      Object.entries(declared).flatMap(([name, { help, type, buckets = [] }]): Series[] => {
        if (type === 'gauge') return []
        if (type === 'counter') return [{ name, help, type, samples: [...(counters.get(name)?.values() ?? [])] }]
        const samples = [...(histograms.get(name)?.values() ?? [])].map(one => distributionOf(one, buckets))
        return [{ name, help, type, samples }]
      }),
  }
}

interface Observed {
  labels: Labels
  /** By bucket, not summed up. */
  counts: number[]
  count: number
  sum: number
}

function entryOf<Entry>(all: Map<string, Map<string, Entry>>, name: string, labels: Labels, fresh: () => Entry): Entry {
  const ofName = all.get(name) ?? new Map<string, Entry>()
  all.set(name, ofName)
  // By hand rather than as JSON: it is made twice for each request.
  let key = ''
  for (const label in labels) key += `${labels[label]}\n`
  const known = ofName.get(key) ?? fresh()
  ofName.set(key, known)
  return known
}

function distributionOf({ labels, counts, count, sum }: Observed, bounds: readonly number[]): Distribution {
  let below = 0
  const buckets = bounds.map((bound, place) => {
    below += counts[place] ?? 0
    return { bound, count: below }
  })
  return { labels, buckets, count, sum }
}
