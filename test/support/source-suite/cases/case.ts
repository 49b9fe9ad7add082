/** What the cases are made of: they tell what must hold, and against what it is compared. */
import assert from 'node:assert/strict'
import { Failure } from '../../../../core/errors.ts'
import type { Config } from '../../../../core/plugin.ts'
import type { EntityRow } from '../../../../core/store/store.ts'
import { connect, type Run, type Setting, type SuiteConnection } from '../connection.ts'
import type { Truth } from '../fixture.ts'
import type { Fault, WireRequest } from '../wire.ts'

/** How much is tried: see `SuiteOptions`. */
export interface Depth {
  thorough: boolean
  stride: number
}

export interface Case {
  name: string
  /** Throws what was not kept. */
  run(setting: Setting, options: Depth): Promise<void>
}

export type Held = Map<string, EntityRow>

export const keyOf = ({ entityType, id }: Pick<Truth, 'entityType' | 'id'>) => `${entityType} ${id}`

export function truthOf({ fixture }: Setting, config: Config = fixture.config ?? {}): Map<string, Truth> {
  const truth = fixture.truth(config)
  const byKey = new Map(truth.map(entity => [keyOf(entity), entity]))
  assert.equal(byKey.size, truth.length, 'the fixture names an entity twice')
  assert.ok(byKey.size > 0, 'the fixture has an account without anything in it')
  return byKey
}

/** The store holds what the provider has: nothing less, nothing more. */
export async function assertTruth(setting: Setting, connection: SuiteConnection, config?: Config): Promise<Held> {
  const held = await connection.held()
  const truth = truthOf(setting, config)
  assert.deepEqual([...held.keys()].sort(), [...truth.keys()].sort(), 'not what the provider has')
  for (const [key, { name, text }] of truth) {
    const row = held.get(key)
    if (name !== undefined) assert.equal(row?.name, name, `the name of ${key}`)
    if (text !== undefined) assert.ok(row?.text.includes(text), `the text of ${key} lacks ${JSON.stringify(text)}`)
  }
  return held
}

/** What a listing begun now would bring in, from a connection of its own. */
export async function listAnew(setting: Setting, config?: Config): Promise<Held> {
  const connection = await connect(setting, config)
  await connection.run()
  return connection.held()
}

/** All that a person or tool gets to see of an entity. */
export function visible({ name, text, url, author, breadcrumbs, createdAt, updatedAt, raw }: EntityRow) {
  return { name, text, url, author, breadcrumbs, createdAt, updatedAt, raw }
}

export function visibleAll(held: Held) {
  return Object.fromEntries([...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, row]) => [key, visible(row)]))
}

/** Nothing that was there and still is at the provider may be gone, or have lost its text, whatever went wrong. */
export async function assertUnharmed(
  setting: Setting,
  connection: SuiteConnection,
  before: Held,
  what: string,
): Promise<void> {
  const after = await connection.held()
  const truth = truthOf(setting)
  for (const [key, row] of before) {
    if (!truth.has(key)) continue
    assert.ok(after.has(key), `${what}: ${key} was deleted, and the provider has it`)
    const lost = row.text !== '' && after.get(key)?.text === '' && truth.get(key)?.text !== undefined
    assert.ok(!lost, `${what}: ${key} lost its text`)
  }
}

/** A route, whatever its ids and tokens: what stands for one kind of request. */
export function routeOf({ method, url }: Pick<WireRequest, 'method' | 'url'>): string {
  return `${method} ${url.origin}${url.pathname.replace(/[^/]*[\d!%@~=][^/]*/g, '*')}`
}

/** The number of the first request of each route in a run. */
export function firstOfEachRoute({ requests }: Run): number[] {
  const first = new Map<string, number>()
  for (const request of requests) if (!first.has(routeOf(request))) first.set(routeOf(request), request.number)
  return [...first.values()]
}

/** A fault for one request of a run, by its number. */
export function onRequest(number: number, fault: Fault): (request: WireRequest) => Fault | undefined {
  return request => (request.number === number ? fault : undefined)
}

export function describeError(error: unknown): string {
  if (error instanceof Failure) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
