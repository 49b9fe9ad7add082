/** What every route file uses: the application's type, bodies read once and checked, answers declared in one line. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { z } from 'zod'
import { type Access, type AccessScope, accessScopes } from '../../core/access.ts'
import type { Clock } from '../../core/clock.ts'
import type { Inlet } from '../../core/inlet.ts'
import type { Log } from '../../core/log.ts'
import type { Series } from '../../core/meter.ts'
import { readFormText, readJsonText } from '../body.ts'
import type { Caller } from '../listen.ts'
import { problemMedia, problemType } from '../openapi/document.ts'
import { byStatus, describeProblems } from '../openapi/problem-answers.ts'
import type { Slug } from '../problem-table.ts'
import { problemBody } from '../schemas/common.ts'
import { strict } from '../schemas/strict.ts'

/** What the door found out about the caller. */
export interface Known {
  /** Limited to what the caller may do and see; the owner's own where no key is needed. */
  inlet: Inlet
  access: Access
}

/** A middleware without it hides from a handler what `context.var` has. */
export interface AppEnv {
  Variables: Known
  Bindings: Caller
}

export type App = OpenAPIHono<AppEnv>

export interface RouteContext {
  clock: Clock
  log: Log
  version: string
  /** Where browsers reach us, and providers send them back to, such as `http://localhost:8001`. */
  origin(): string
  /** Aborted when the daemon begins to stop: answers that go on for ever end then. */
  closing: AbortSignal
  /** What the daemon counts of itself, beside what inlet does. */
  ownSeries(): Series[]
}

/** Reads the body, so that the schema's own check finds JSON: absent is `{}`, and too large or no JSON is refused. */
export const readBody: MiddlewareHandler<AppEnv> = (context, next) => readWith(readJsonText, context, next)

/** The same for addresses that pages of ours post forms to. */
export const readBodyOrForm: MiddlewareHandler<AppEnv> = (context, next) => readWith(readFormText, context, next)

async function readWith(read: (request: Request) => Promise<string>, context: Context, next: Next): Promise<void> {
  const { raw } = context.req
  const text = await read(raw)
  const headers = new Headers(raw.headers)
  headers.delete('content-length')
  headers.set('content-type', 'application/json')
  context.req.raw = new Request(raw.url, { method: raw.method, headers, body: text })
  await next()
}

/** A request's body; described as required where an empty object would not do. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  const required = !schema.safeParse({}).success
  return { body: { content: { 'application/json': { schema } }, required } } as const
}

/** For routes that take nothing: a body with anything in it is a mistake. */
export const noMembers = strict({})

export function answer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { content: { 'application/json': { schema } }, description } as const
}

/**
 * The scope that a key must have for a route; one that states none is for the owner's key alone.
 * @param reach `everything`: not for keys that are limited to collections. What `context.var.inlet` gives is limited
 *   by itself.
 */
export function needs(scope: AccessScope, reach?: 'everything') {
  // OpenAPI 3.1: names of roles, where the scheme is none of OAuth's.
  const security = [{ key: [scope] }, { bearer: [scope] }]
  return reach ? { security, [reachMember]: reach } : { security }
}

const reachMember = 'x-inlet-reach'

/** What each route states, by `METHOD /path/:parameter`. */
export function statedNeeds(app: App): Map<string, { scope: AccessScope; reach: 'everything' | undefined }> {
  const stated = new Map<string, { scope: AccessScope; reach: 'everything' | undefined }>()
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { method, path, security, ...others } = definition.route
    const scope = accessScopes.find(name => name === security?.[0]?.key?.[0])
    if (scope === undefined) continue
    const reach = reachMember in others ? ('everything' as const) : undefined
    stated.set(`${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`, { scope, reach })
  }
  return stated
}

/**
 * The problems of a route's own, each by its name in the problem table. What follows from a route being one is added by
 * `openapi/document.ts`: those of the key, of a body, of a query, and of a daemon that stops.
 */
export function problemAnswers(...slugs: Slug[]) {
  return Object.fromEntries(
    [...byStatus(slugs)].map(([status, group]) => [
      status,
      {
        content: { [problemType]: { schema: problemBody, examples: problemMedia(group).examples ?? {} } },
        description: describeProblems(group),
      },
    ]),
  )
}
