/**
 * Searches in a large store beside raw FTS5: the same words, the same database, the best 20 by BM25 with a snippet and
 * the whole entity for each. Ours asks the store, through its thread; raw is a prepared statement in this process, but for
 * words that are in nearly everything, which would disturb what is measured after them. Then
 * the same words while a first sync runs into the same store.
 */
import './daemon-heap.ts'
import { existsSync } from 'node:fs'
import { constants, cp } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '../../core/store/database.ts'
import { openStore } from '../../core/store/index.ts'
import type { Filter, Store } from '../../core/store/store.ts'
import type { Bench, Finding } from './bench.ts'
import { wordOf } from './corpus.ts'
import { median, quantile, timed } from './measure.ts'
import { runPart } from './programs.ts'
import { askRaw, limit } from './raw-fts5.ts'
import type { FirstInput } from './search-first.ts'
import { searchNarrowly } from './search-narrow.ts'
import type { RawInput } from './search-raw.ts'
import { seedStore } from './seed.ts'
import { startShapes } from './shapes/index.ts'

/** Many, so that those in which a search of a few milliseconds waited for another program tell nothing. */
const rounds = 20

/** In nearly everything: beyond 10,000 matches ours ranks otherwise than by BM25 of all of them. */
const mostCommon = 'very common'

/** By rank in the vocabulary: from words in nearly everything to words in a few of a hundred thousand. */
const words = {
  [mostCommon]: [0, 1, 2, 3, 5, 8, 10, 15],
  middle: [300, 500, 700, 1000, 1500, 2000],
  rare: [5000, 10_000, 20_000, 30_000, 40_000],
}

const filters: Readonly<Record<string, Filter | undefined>> = {
  '': undefined,
  ', one type of entity': { must: { key: 'entity_type', match: { value: 'bench_mail' } } },
}

export const bench: Bench = {
  title: 'searches in 1,000,000 entities, beside raw FTS5',
  async run({ count, scratch, shared, log }) {
    const dataDir = await largeStore(shared, count(1_000_000), log)
    const file = join(dataDir, 'inlet.db')
    const first = await firstSearches(file)
    const store = await openStore({ file })
    const database = openDatabase(file, 'reader')
    const findings: Finding[] = []
    const all: number[] = []
    try {
      for (const [kind, ranks] of Object.entries(words)) {
        for (const [name, filter] of Object.entries(filters)) {
          const ours: number[] = []
          const raw: number[] = []
          const isFiltered = filter !== undefined
          const takesSeconds = kind === mostCommon
          for (let round = 0; round <= rounds; round++) {
            for (const [index, rank] of ranks.entries()) {
              const query = quoted(rank)
              const askOurs = async () => ours.push(await timed(() => ask(store, query, filter)))
              const askTheirs = async () => raw.push(await timed(() => askRaw(database, query, isFiltered)))
              const sides = takesSeconds ? [askOurs] : [askOurs, askTheirs]
              // Whoever comes second finds in the processor's cache what both read.
              for (const side of (round + index) % 2 === 0 ? sides : sides.toReversed()) await side()
            }
            // The first round is to warm up.
            if (round === 0) for (const times of [ours, raw]) times.length = 0
          }
          all.push(...ours)
          if (takesSeconds) raw.push(...(await rawTimes({ file, queries: ranks.map(quoted), isFiltered })))
          findings.push({
            what: `${kind} words${takesSeconds ? ' (another ranking)' : ''}${name}, median`,
            ...{ value: median(ours), unit: 'ms', beside: { what: 'raw FTS5', value: median(raw) } },
            target: { of: 'ratio', atMost: 1.3 },
          })
        }
      }
      findings.push({
        ...{ what: 'the first search after opening the store, median', value: median(first), unit: 'ms' },
      })
      findings.push({
        ...{ what: 'any of these words, p99', value: quantile(all, 0.99), unit: 'ms' },
        target: { of: 'value', atMost: 100 },
      })
      findings.push({
        what: 'a phrase of four words as it is typed, each keystroke, p99',
        ...{ value: quantile(await typing(store), 0.99), unit: 'ms', target: { of: 'value', atMost: 100 } },
      })
      findings.push(...(await searchNarrowly(store, words['very common'].map(quoted))))
    } finally {
      database.close()
      await store.close()
    }
    return [...findings, ...(await whileSyncing(dataDir, join(scratch, 'search-busy'), count(100_000)))]
  },
}

async function whileSyncing(from: string, dataDir: string, messages: number): Promise<Finding[]> {
  await cp(from, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE })
  const shapes = await startShapes({ slack: messages })
  try {
    const queries = Object.values(words).flatMap(ranks => ranks.map(quoted))
    const { idle, busy } = await runPart<Asked>('search-busy.ts', { dataDir, providers: shapes.providers, queries })
    return [0.5, 0.99].map(share => ({
      what: `the same words while a first sync runs, ${share === 0.5 ? 'median' : 'p99'}`,
      ...{ value: quantile(busy, share), unit: 'ms', beside: { what: 'idle', value: quantile(idle, share) } },
      target: { of: 'ratio', atMost: 3 },
    }))
  } finally {
    await shapes.stop()
  }
}

interface Asked {
  idle: number[]
  busy: number[]
}

/** The store of a run is made once; whoever asks for it must not change it. */
export async function largeStore(shared: string, count: number, log: (line: string) => void): Promise<string> {
  const dataDir = join(shared, `store-${count}`)
  if (existsSync(dataDir)) return dataDir
  log(`  ${count.toLocaleString('en-US')} entities are stored first`)
  await seedStore(dataDir, count)
  return dataDir
}

function ask(store: Store, query: string, filter: Filter | undefined) {
  return store.search({ collection: 'bench', query, limit, offset: 0, filter })
}

/** Once for each after once to warm up: enough to know, where it takes seconds. */
async function rawTimes(input: RawInput): Promise<number[]> {
  return (await runPart<{ times: number[] }>('search-raw.ts', input)).times
}

/** In a process of its own each, since a reader is started for it, and its statements are made. */
async function firstSearches(file: string): Promise<number[]> {
  const times: number[] = []
  for (const query of Object.values(words).flat().map(quoted)) {
    const input: FirstInput = { file, query }
    times.push((await runPart<{ tookMs: number }>('search-first.ts', input)).tookMs)
  }
  return times
}

function quoted(rank: number): string {
  return `"${wordOf(rank)}"`
}

/** What a search box asks while someone types, and how long each answer took. */
async function typing(store: Store): Promise<number[]> {
  const times: number[] = []
  for (const ranks of [
    [500, 120, 3000, 20],
    [2000, 60, 900, 250],
    [8, 700, 40, 5000],
  ]) {
    const phrase = ranks.map(wordOf).join(' ')
    for (let length = 3; length <= phrase.length; length++) {
      times.push(await timed(() => ask(store, phrase.slice(0, length), undefined)))
    }
  }
  return times
}
