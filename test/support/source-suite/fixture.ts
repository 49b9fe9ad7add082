/** What the suite must be told about a provider, and how it gets at a fake of it. */
import type { Config, Endpoints, Plugin } from '../../../core/plugin.ts'
import type { Answer, WireRequest } from './wire.ts'

export interface SuiteOptions {
  plugin: Plugin
  /** Which of the plugin's sources. */
  shortName: string
  /** A fake provider with a furnished account, made anew for each test. */
  start(clock: FixtureClock): Promise<Fixture>
  /** Vitest's or node:test's `test`: each promise becomes one. */
  test(name: string, body: () => Promise<void>): unknown
  /** Vitest's `afterAll`, node:test's `after`. */
  after(body: () => Promise<void>): unknown
  /** Every kind of failure at every request, where otherwise each request gets one kind in turn. Takes eight times as long. */
  thorough?: boolean | undefined
  /** Only every request of this distance fails: for tests that are run at each change. Default 1, every request. */
  stride?: number | undefined
}

/** The suite's time. It stands still but for waits, which pass at once. */
export interface FixtureClock {
  /** Milliseconds since 1970. */
  now(): number
}

export interface Fixture {
  /** Where the fake is, on loopback. */
  endpoints: Endpoints
  /** The bearer token that the fake takes. */
  token: string
  /** The configuration that most tests use; default none. */
  config?: Config | undefined
  /** Other configurations, each of which must bring in something else. */
  filters?: readonly Config[] | undefined
  /** Everything that a sync with this configuration must bring in now, told from the fake alone. */
  truth(config: Config): Truth[]
  /**
   * The `round`-th (from 0) lot of changes: something new, something changed and something deleted, all of which a
   * sync must see. Any number of rounds may be asked for.
   */
  change(round: number): void | Promise<void>
  /** The provider forgets every cursor it gave. Absent where a provider's cursors do not die. */
  expireCursors?: (() => void) | undefined
  /** Its lists that come in pages. In the furnished account each has two pages or more. */
  paging: readonly Paging[]
  /** How it says what HTTP has a status for, where it says it in another way. */
  answers?: Partial<ProviderAnswers> | undefined
  /** Fits the URL's path of files whose answer nothing can be held against: that one was cut short, or is empty, cannot be told. */
  uncheckable?: RegExp | undefined
  /** Whether an address is that of a file's bytes: those that are the same are not to be fetched again. Absent where there are no files. */
  isFile?: ((url: URL) => boolean) | undefined
  /** Milliseconds to pass between two runs; default a minute. */
  pauseMs?: number | undefined
  /** What the fake has to complain of: unknown routes, parameters it does not take, lists asked for beyond their end. */
  complaints?(): readonly string[]
  close(): Promise<void>
}

/** One thing the provider has, as the store must hold it. */
export interface Truth {
  entityType: string
  id: string
  name?: string | undefined
  /** A part of its text. */
  text?: string | undefined
}

export interface Paging {
  /** Fits the URL's path. */
  path: RegExp
  /** Where an answer has its items: names of members from the root. */
  items: readonly string[]
  /** Where it has the token or link of the next page. */
  next: readonly string[]
  /** The query, form or JSON member that carries the token; absent where `next` is a link. */
  parameter?: string | undefined
  /** Members that are `true` while there is more. */
  more?: readonly string[] | undefined
  /** Members that only the last page has. */
  last?: readonly string[] | undefined
  /** Not asked for in a first sync, but for the fixture's first lot of changes. */
  isLater?: boolean | undefined
}

export interface ProviderAnswers {
  /** The access token is refused; default status 401. */
  unauthorized: Answer
  /** Too many requests; default status 429 with `Retry-After`. */
  rateLimited(seconds: number): Answer
  forbidden: Answer
  /** A function where it depends on what was asked for. */
  missing: Answer | ((request: Pick<WireRequest, 'url' | 'body'>) => Answer)
  /** The token endpoint's body; default RFC 6749's, section 5.1. `refreshToken` is absent where the old one stays good. */
  tokens(accessToken: string, refreshToken: string | undefined): Record<string, unknown>
}
