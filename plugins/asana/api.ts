/** Asana's lists and objects. Every answer has them in `data`; lists come in pages of at most 100. */
import {
  Failure,
  type IdentifyContext,
  isFailure,
  isSkippable,
  type Json,
  type JsonObject,
  type Query,
} from '../../core/plugin.ts'
import { type Identified, identified, isIdentified, objectAt, textAt } from './shape.ts'

/** One way to ask for a list. */
export interface Route {
  path: string
  query?: Query
  /** The list is of one task or project, which can be done without. */
  isOfItem?: boolean
}

const pageSize = 100
/** How often a list is begun again without getting any further than before. */
const mostStalls = 2

/**
 * The pages of a list, empty ones included. A page token lives for minutes only; when one has died the list begins
 * again, so that an object may come twice.
 * @param routes where the list may be, the next one asked where a server does not have the one before
 * @throws Failure as the status says; `bad_response` for an answer without its list
 * @see https://developers.asana.com/docs/pagination
 */
export async function* listPages(
  context: IdentifyContext,
  routes: readonly [Route, ...Route[]],
  fields: readonly string[],
): AsyncGenerator<Identified[], void, undefined> {
  let refusal: unknown
  for (const route of routes) {
    let isServed = false
    try {
      for await (const page of pagesOf(context, route, fields)) {
        isServed = true
        yield page
      }
      return
    } catch (error) {
      if (isServed || !isFailure(error, 'item_missing')) throw error
      refusal ??= error
    }
  }
  throw refusal
}

/** All objects of a list that is short by nature. @throws Failure as `listPages` */
export async function readList(
  context: IdentifyContext,
  routes: readonly [Route, ...Route[]],
  fields: readonly string[],
): Promise<Identified[]> {
  const found: Identified[] = []
  for await (const page of listPages(context, routes, fields)) found.push(...page)
  return identified(found)
}

/** One object. @throws Failure as the status says; `bad_response` for an answer without it */
export async function readOne(context: IdentifyContext, path: string, fields: readonly string[]): Promise<Identified> {
  const url = address(context, path)
  const { data } = await context.api.get<{ data: Json }>(url, {
    query: { opt_fields: fields.join(',') },
    expect: ['data'],
    item: true,
  })
  if (!isIdentified(data)) throw new Failure('bad_response', `GET ${url} gave no object`)
  return data
}

/**
 * Like `readOne`; `undefined` for what is gone or may not be seen. Asked twice before that is said: what follows from it
 * is a removal, and one odd answer of a gateway must not lead to one.
 * @throws Failure `item_unreadable` for what is there and cannot be given
 */
export async function readIfThere(
  context: IdentifyContext,
  path: string,
  fields: readonly string[],
): Promise<Identified | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await readOne(context, path, fields)
    } catch (error) {
      if (!isSkippable(error) || error.code === 'item_unreadable') throw error
      if (tries === 2) return undefined
    }
  }
}

/** @throws Failure `bad_config` when the configuration has emptied the address */
export function address({ endpoints }: IdentifyContext, path: string): string {
  const base = endpoints.api?.replace(/\/+$/, '')
  if (!base) throw new Failure('bad_config', 'endpoints.api of asana is missing: give the URL of the API')
  return `${base}/${path}`
}

async function* pagesOf(
  context: IdentifyContext,
  { path, query, isOfItem: item }: Route,
  fields: readonly string[],
): AsyncGenerator<Identified[], void, undefined> {
  const url = address(context, path)
  for (let furthest = 0, stalls = 0; ; ) {
    let count = 0
    try {
      const pages = context.api.pages<JsonObject>(url, {
        query: { limit: pageSize, ...query, opt_fields: fields.join(',') },
        parameter: 'offset',
        next: page => textAt(objectAt(page, 'next_page'), 'offset'),
        expect: ['data'],
        item,
      })
      for await (const { data } of pages) {
        if (!Array.isArray(data)) throw new Failure('bad_response', `GET ${url} gave no list`)
        count++
        yield identified(data)
      }
      return
    } catch (error) {
      const isTokenDead = count > 0 && isFailure(error) && error.status === 400
      stalls = count > furthest ? 0 : stalls + 1
      if (!isTokenDead || stalls > mostStalls) throw error
      furthest = Math.max(furthest, count)
    }
  }
}
