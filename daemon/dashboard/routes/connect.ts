import type { Context } from 'hono'
import { checkName } from '../../../core/connection-row.ts'
import { machineTimezone, readSchedule } from '../../../core/cron.ts'
import { Failure, toFailure } from '../../../core/errors.ts'
import { readFields } from '../../../core/fields.ts'
import type { CreateConnection, Inlet, SourceInfo } from '../../../core/inlet.ts'
import { callbackPath } from '../../own-origin.ts'
import type { App } from '../../routes/support.ts'
import { extraFields } from '../client-guide.ts'
import { callbackOf, type DashboardContext, show } from '../context.ts'
import { bindingOf, newBinding, setBinding } from '../cookies.ts'
import { errorsOf, type Filled, readForm, textOf, unfilled, valuesOf } from '../form.ts'
import { connectPage, continuePage, pastePage, sourcesPage } from '../pages/connect.ts'
import { timingOf } from '../schedule.ts'
import { signInPage } from '../sign-in-page.ts'
import { sentence } from '../words.ts'
import { allCollections } from './overview.ts'

/** What is offered at first. */
const hourly = '0 * * * *'

export function addConnectRoutes(app: App, dashboard: DashboardContext): void {
  const { inlet, clock, hasClient } = dashboard
  app.get('/connect', context => show(context, sourcesPage(inlet.sources.list())))
  app.get('/connect/:short_name', async context => {
    return form(context, infoAt(context), unfilled)
  })
  app.post('/connect/:short_name/token', async context => byToken(context, await readForm(context.req.raw)))
  app.post('/connect/:short_name/browser', async context => byBrowser(context, await readForm(context.req.raw)))
  // Where Enter was pressed in a field: what was filled in says which way is meant.
  app.post('/connect/:short_name', async context => {
    const values = await readForm(context.req.raw)
    return textOf(values, 'auth.access_token') === '' ? byBrowser(context, values) : byToken(context, values)
  })
  app.post(`${callbackPath}/pasted`, async context => {
    const values = await readForm(context.req.raw)
    const pasted = readPasted(textOf(values, 'address'))
    if (typeof pasted === 'string') return show(context, pastePage({ values, errors: { address: pasted } }))
    try {
      const binding = bindingOf(context.req.header('cookie'))
      return show(context, signInPage(await inlet.signIns.finish({ ...pasted, binding })))
    } catch (error) {
      const failure = toFailure(error)
      if (failure.code === 'internal') throw error
      return show(context, signInPage(failure), 400)
    }
  })

  async function byToken(context: Context, values: URLSearchParams): Promise<Response> {
    const info = infoAt(context)
    const authFields = valuesOf(info.authFields, values, 'auth')
    try {
      const connection = await connectionIn(inlet, info, values)
      const { shortName } = info.source
      const made = await inlet.connections.create({ ...connection, shortName, authFields, validate: true })
      return context.redirect(`/connections/${made.id}`, 303)
    } catch (error) {
      return form(context, info, { values, errors: wrongToken(error, info) })
    }
  }

  async function byBrowser(context: Context, values: URLSearchParams): Promise<Response> {
    const info = infoAt(context)
    const { shortName } = info.source
    try {
      const connection = await connectionIn(inlet, info, values)
      const start = await begin(context, dashboard, info, values, { shortName, connection })
      return await show(context, continuePage({ info, start }))
    } catch (error) {
      return form(context, info, { values, errors: wrongClient(error) })
    }
  }

  /** @throws Failure `not_found` (`unknown-source`) */
  function infoAt(context: Context): SourceInfo {
    return inlet.sources.get(context.req.param('short_name') ?? '')
  }

  async function form(context: Context, info: SourceInfo, filled: Filled): Promise<Response> {
    const timing = { cron: hourly, timezone: machineTimezone() }
    const collections = await allCollections(inlet)
    const given = { info, collections, timing, filled, redirect: callbackOf(dashboard), now: clock.now() }
    return show(context, connectPage({ ...given, hasClient: hasClient(info.plugin.id) }))
  }
}

type Connection = Omit<CreateConnection, 'shortName' | 'authFields' | 'client' | 'validate'>

/** Begins a sign-in of this browser, and sees to it that no other one can finish it. */
export async function begin(
  context: Context,
  dashboard: DashboardContext,
  info: SourceInfo,
  values: URLSearchParams,
  what: { shortName: string; connection: Connection } | { connectionId: string },
) {
  const binding = bindingOf(context.req.header('cookie')) ?? newBinding()
  const start = await dashboard.inlet.signIns.begin({
    ...what,
    ...givenClient(info, values),
    redirectUri: callbackOf(dashboard),
    binding,
  })
  context.header('Set-Cookie', setBinding(binding))
  return start
}

/** @throws Failure `invalid` at `client.client_id` for a secret without it */
function givenClient(info: SourceInfo, values: URLSearchParams) {
  const text = (name: string) => textOf(values, `client.${name}`) || undefined
  const fields = valuesOf(extraFields(info), values, 'client') as Record<string, string>
  const [clientId, clientSecret, redirectUri] = [text('client_id'), text('client_secret'), text('redirect_uri')]
  return { client: { clientId, clientSecret, redirectUri }, fields }
}

/**
 * What the form says of a connection. A new collection is made with it, and not before.
 * @throws Failure `invalid` naming every wrong field of the connection
 */
async function connectionIn(inlet: Inlet, { source }: SourceInfo, values: URLSearchParams): Promise<Connection> {
  const name = textOf(values, 'name') || undefined
  const { cron, timezone } = timingOf(values)
  const config = valuesOf(source.configFields, values, 'config')
  check([
    () => name !== undefined && checkName(name),
    () => readFields(source.configFields, config, 'config_fields'),
    () => readSchedule(cron ?? hourly, timezone),
  ])
  const chosen = textOf(values, 'collection')
  const newName = textOf(values, 'new_collection') || `${source.title} collection`
  const known = chosen === '' ? (await allCollections(inlet)).find(one => one.name === newName)?.readableId : chosen
  return { name, collection: known, collectionName: newName, config, cronSchedule: cron, timezone }
}

/** All that is wrong at once, not one mistake after the other. */
function check(steps: readonly (() => unknown)[]): void {
  const failures = steps.flatMap(step => {
    try {
      step()
      return []
    } catch (error) {
      return [toFailure(error)]
    }
  })
  const [first] = failures
  if (first)
    throw new Failure(first.code, first.message, { fields: failures.flatMap(({ fields }) => fields), cause: first })
}

/** What the provider says against a token is said at the token. */
export function wrongToken(error: unknown, info: SourceInfo): Record<string, string> {
  const failure = expected(error)
  if (failure.fields.length > 0) return errorsOf(failure, titlesOf(info))
  const { title } = info.plugin
  switch (failure.code) {
    case 'unauthorized':
    case 'token_expired':
    case 'token_revoked':
      return {
        'auth.access_token': `${title} does not accept this token: it may be cut off, mistyped, expired or revoked.`,
      }
    case 'scope_missing':
    case 'refresh_failed':
      return { 'auth.access_token': sentence(`${title} accepts it, but not for this: ${failure.message}`) }
    case 'client_invalid':
      return { 'auth.client_id': sentence(failure.message) }
  }
  return { '': sentence(failure.message) }
}

export function wrongClient(error: unknown): Record<string, string> {
  const failure = expected(error)
  if (failure.problem !== 'client-missing') return errorsOf(failure)
  return { 'client.client_id': 'Give the client ID: the steps above say how to get one.' }
}

/** A bug is not the person's to mend, and what is not there has a page of its own. */
function expected(error: unknown): Failure {
  const failure = toFailure(error)
  if (failure.code === 'internal' || failure.code === 'not_found') throw error
  return failure
}

function titlesOf({ authFields, source }: SourceInfo): Record<string, string> {
  const titles = (prefix: string, fields: SourceInfo['authFields']) =>
    fields.map(({ name, title }) => [`${prefix}.${name}`, title] as const)
  const all = [...titles('auth', authFields), ...titles('config', source.configFields)]
  return { ...Object.fromEntries(all), name: 'Name', cron: 'The schedule', timezone: 'The time zone' }
}

/** @returns a sentence where it is not the address of a callback */
function readPasted(
  address: string,
): { state: string; code?: string | undefined; error?: string | undefined } | string {
  if (!URL.canParse(address)) return 'This is no address: copy all of it, from http to its end.'
  const { searchParams } = new URL(address)
  const state = searchParams.get('state')
  const [code, error] = [searchParams.get('code') ?? undefined, searchParams.get('error') ?? undefined]
  if (state && (code !== undefined || error !== undefined)) return { state, code, error }
  return 'This address brings no sign-in: it must have “state” and “code” in it. Copy the one that the browser ended at.'
}
