/** What every route file uses: the application's type, bodies read once and checked, answers declared in one line. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Inlet } from '../../core/inlet.ts'
import { readFormText, readJsonText } from '../body.ts'
import { problemBody } from '../schemas/common.ts'
import { strict } from '../schemas/strict.ts'

export type App = OpenAPIHono

export interface RouteContext {
  inlet: Inlet
  clock: Clock
  /** Where browsers reach us, and providers send them back to, such as `http://localhost:8001`. */
  origin(): string
  /** Aborted when the daemon begins to stop: answers that go on for ever end then. */
  closing: AbortSignal
}

/** Reads the body, so that the schema's own check finds JSON: absent is `{}`, and too large or no JSON is refused. */
export const readBody: MiddlewareHandler = (context, next) => readWith(readJsonText, context, next)

/** The same for addresses that pages of ours post forms to. */
export const readBodyOrForm: MiddlewareHandler = (context, next) => readWith(readFormText, context, next)

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

const descriptions = {
  400: 'Not valid JSON, or the token could not be refreshed or confirmed',
  401: 'The API key is missing or wrong',
  403: 'Not from here',
  404: 'There is no such thing',
  409: 'The present state does not allow it',
  410: 'It has expired, or was used already',
  413: 'The body is larger than 1 MiB',
  415: 'The body is not JSON',
  422: 'Something in the request is not valid',
  503: 'Stopping, or the vault is locked',
} as const

/** The problems a route may answer with, those of every route included. */
export function problemAnswers(...statuses: (keyof typeof descriptions)[]) {
  const all = [...new Set([401 as const, ...statuses, 503 as const])].sort((a, b) => a - b)
  return Object.fromEntries(
    all.map(status => [
      status,
      { content: { 'application/problem+json': { schema: problemBody } }, description: descriptions[status] },
    ]),
  )
}
