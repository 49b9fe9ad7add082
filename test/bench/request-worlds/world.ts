/** What is needed to count the requests of a source: an account at a provider, and the official SDK's way through it. */
import type { InletOptions } from '../../../core/index.ts'
import type { FakeRequest } from '../../support/fake-server.ts'

export interface World {
  shortName: string
  /** How much there is at full size. */
  full: number
  /** What there is so much of: `files in 200 folders`. */
  what(size: number): string
  start(size: number): Promise<Account>
}

export interface Account {
  providers: NonNullable<InletOptions['providers']>
  /** How many entities a first sync must bring in at least. */
  entities: number
  /** How many requests have been answered so far. */
  requests(): number | Promise<number>
  /** What was asked for, where the provider keeps it. */
  asked?(): readonly FakeRequest[]
  /** The loops that the official SDK's documentation shows, with the largest pages. */
  sdk: {
    /** Reads all that inlet reads. Gives the number of entities among it. */
    first(): Promise<number>
    /** After the first, with nothing new. */
    quiet(): Promise<unknown>
  }
  close(): Promise<unknown>
}

/** Nothing waits for its turn: it is requests that are counted. */
export const unlimited = { requestsPerSecond: 1_000_000, burst: 1_000_000 }

export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_item, index) => index)
}

export function inWords(count: number): string {
  return count.toLocaleString('en-US')
}
