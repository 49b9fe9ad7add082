import type { Context } from 'hono'
import type { Inlet } from '../../core/inlet.ts'
import type { Guards } from '../guards.ts'
import { callbackPath } from '../own-origin.ts'
import type { RouteContext } from '../routes/support.ts'
import type { Html } from './html.ts'
import { notice } from './layout.ts'
import type { Sessions } from './sessions.ts'

/** What the pages use besides what every route does. */
export interface DashboardContext extends RouteContext {
  /** Of the owner, whose pages these are. */
  inlet: Inlet
  version: string
  port(): number
  guards: Pick<Guards, 'caller' | 'wrong'>
  sessions: Sessions
  /** As `HttpServer.signInLink`. */
  signInLink(): { url: string; expiresAt: string }
  /** Whether the configuration names an OAuth client for the family. */
  hasClient(pluginId: string): boolean
}

/** The one address that providers send a browser back to. */
export function callbackOf({ origin }: Pick<RouteContext, 'origin'>): string {
  return origin() + callbackPath
}

/** A form that is shown again with its mistakes is as good an answer as any: a status is for what no page can mend. */
export async function show(context: Context, page: Html, status: 200 | 400 | 401 | 422 | 429 = 200): Promise<Response> {
  return context.html(await page, status)
}

/** What was done, by the word that the address of the page carries on to it. */
const done: Readonly<Record<string, string>> = {
  schedule: 'The schedule is saved.',
  name: 'The connection has its new name.',
  token: 'The new token works, and is in its place.',
  cancelled: 'The run is cancelled. What it had brought in stays.',
  deleted: 'The connection is deleted, and its token destroyed.',
}

export function doneNotice(context: Context): Html | '' {
  const text = done[context.req.query('done') ?? '']
  return text === undefined ? '' : notice('good', text)
}
