import type { Context } from 'hono'
import { machineTimezone } from '../../../core/cron.ts'
import { Failure, isFailure, toFailure } from '../../../core/errors.ts'
import type { App } from '../../routes/support.ts'
import { callbackOf, type DashboardContext, doneNotice, show } from '../context.ts'
import { errorsOf, readForm, textOf, unfilled, valuesOf } from '../form.ts'
import { type Html, html } from '../html.ts'
import { notice } from '../layout.ts'
import { continuePage } from '../pages/connect.ts'
import { checkNotice, connectionPage, deletePage, type Posted, signInAgainPage } from '../pages/connection.ts'
import { jobPage } from '../pages/job.ts'
import { jobPath } from '../parts.ts'
import { runsSentence, timingOf } from '../schedule.ts'
import { look, type Seen } from '../state.ts'
import { sentence } from '../words.ts'
import { begin, wrongClient, wrongToken } from './connect.ts'

const one = '/connections/:source_connection_id'
const job = `${one}/jobs/:job_id` as const
const jobsShown = 20

export function addConnectionPageRoutes(app: App, dashboard: DashboardContext): void {
  const { inlet, clock, hasClient } = dashboard

  app.get(one, context => whole(context, {}, doneNotice(context)))
  app.post(`${one}/run`, async context => {
    const id = idOf(context)
    try {
      return context.redirect(jobPath(await inlet.connections.run(id)), 303)
    } catch (error) {
      if (isFailure(error) && error.jobId !== undefined)
        return context.redirect(`/connections/${id}/jobs/${error.jobId}`, 303)
      return whole(context, {}, bad(error))
    }
  })
  app.post(`${one}/check`, async context => {
    try {
      return await whole(context, {}, checkNotice(await inlet.connections.check(idOf(context))))
    } catch (error) {
      return whole(context, {}, bad(error))
    }
  })
  app.post(`${one}/schedule`, async context => {
    const values = await readForm(context.req.raw)
    const timing = timingOf(values)
    try {
      if (values.get('action') === 'preview') {
        const message = notice('info', runsSentence(timing, clock.now()))
        return await whole(context, { schedule: { values, errors: {} } }, message)
      }
      await inlet.connections.update(idOf(context), { cronSchedule: timing.cron, timezone: timing.timezone })
      return done(context, 'schedule')
    } catch (error) {
      return whole(context, { schedule: { values, errors: errorsOf(expected(error)) } }, '')
    }
  })
  app.post(`${one}/name`, async context => {
    const values = await readForm(context.req.raw)
    try {
      await inlet.connections.update(idOf(context), { name: textOf(values, 'name') })
      return done(context, 'name')
    } catch (error) {
      return whole(context, { name: { values, errors: errorsOf(expected(error)) } }, '')
    }
  })
  app.post(`${one}/token`, async context => {
    const id = idOf(context)
    const values = await readForm(context.req.raw)
    const { shortName } = await inlet.connections.get(id)
    const info = inlet.sources.get(shortName)
    try {
      const authFields = valuesOf(info.authFields, values, 'auth')
      await inlet.connections.update(id, { authFields, validate: true })
    } catch (error) {
      return whole(context, { token: { values, errors: wrongToken(error, info) } }, '')
    }
    // It waited for this token: whether it can go on at once is no matter of the token's.
    await inlet.connections.run(id).catch(() => {})
    return done(context, 'token')
  })
  app.get(`${one}/sign-in`, async context => again(context, await seenAt(context), false, unfilled))
  app.post(`${one}/sign-in`, async context => {
    const values = await readForm(context.req.raw)
    const seen = await seenAt(context)
    const { connection } = seen
    const info = inlet.sources.get(connection.shortName)
    try {
      const start = await begin(context, dashboard, info, values, { connectionId: connection.id })
      return await show(context, continuePage({ info, start }))
    } catch (error) {
      const isMissing = isFailure(error) && error.problem === 'client-missing'
      return again(context, seen, isMissing, { values, errors: wrongClient(error) })
    }
  })
  app.get(`${one}/delete`, async context => show(context, deletePage(await seenAt(context))))
  app.post(`${one}/delete`, async context => {
    const values = await readForm(context.req.raw)
    const choice = values.get('data')
    if (choice !== 'keep' && choice !== 'delete') throw new Failure('invalid', 'choose whether its data goes too')
    await inlet.connections.delete(idOf(context), { deleteData: choice === 'delete' })
    return context.redirect('/?done=deleted', 303)
  })
  app.get(job, async context => {
    const connection = await inlet.connections.get(idOf(context))
    const found = await inlet.jobs.get(connection.id, context.req.param('job_id'))
    return show(context, jobPage(connection, found, doneNotice(context), clock.now()))
  })
  app.post(`${job}/cancel`, async context => {
    const [id, jobId] = [idOf(context), context.req.param('job_id')]
    try {
      await inlet.jobs.cancel(id, jobId)
    } catch (error) {
      // It ended while the button was pressed.
      if (!isFailure(error, 'conflict')) throw error
      return context.redirect(`/connections/${id}/jobs/${jobId}`, 303)
    }
    return context.redirect(`/connections/${id}/jobs/${jobId}?done=cancelled`, 303)
  })

  async function seenAt(context: Context): Promise<Seen> {
    return look(inlet, await inlet.connections.get(idOf(context)))
  }

  async function whole(context: Context, posted: Posted, message: Html | ''): Promise<Response> {
    const seen = await seenAt(context)
    const { connection } = seen
    const jobs = await inlet.jobs.list(connection.id, { skip: 0, limit: jobsShown })
    const collection = await inlet.collections.get(connection.collection).catch(() => undefined)
    const timing = { cron: connection.cronSchedule, timezone: connection.timezone ?? machineTimezone() }
    const given = { seen, jobs, collection, timing, message, posted, now: clock.now() }
    return show(context, connectionPage(given))
  }

  function again(
    context: Context,
    seen: Seen,
    isMissing: boolean,
    filled: Parameters<typeof signInAgainPage>[0]['filled'],
  ) {
    const { connection, info } = seen
    const isKnown = info !== undefined && hasClient(info.plugin.id)
    const needsClient = isMissing || (!isKnown && connection.authState === 'pending_auth')
    return show(context, signInAgainPage({ seen, redirect: callbackOf(dashboard), needsClient, filled }))
  }
}

function idOf(context: Context): string {
  return context.req.param('source_connection_id') ?? ''
}

function done(context: Context, what: string): Response {
  return context.redirect(`/connections/${idOf(context)}?done=${what}`, 303)
}

function bad(error: unknown): Html {
  return notice('bad', html`<p>${sentence(expected(error).message)}</p>`)
}

/** A bug is not the person's to mend, and what is not there has a page of its own. */
function expected(error: unknown): Failure {
  const failure = toFailure(error)
  if (failure.code === 'internal' || failure.code === 'not_found') throw error
  return failure
}
