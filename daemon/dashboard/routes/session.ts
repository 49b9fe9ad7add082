import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { Failure } from '../../../core/errors.ts'
import { problemOf } from '../../problems.ts'
import { type App, answer, jsonBody, noMembers, problemAnswers, readBody } from '../../routes/support.ts'
import { text, timeWhen } from '../../schemas/common.ts'
import { type DashboardContext, show } from '../context.ts'
import { cookieValues, endSession, sessionCookie, setSession } from '../cookies.ts'
import { readForm, textOf, unfilled } from '../form.ts'
import { signInForm } from '../pages/sign-in.ts'
import { sentence } from '../words.ts'

const linkSchema = z.object({ url: text('Opens the dashboard'), expires_at: timeWhen('Until when it does') }).meta({
  id: 'SignInLink',
  description: 'A link that works once',
  examples: [
    { url: 'http://localhost:8001/sign-in?code=code-that-works-once', expires_at: '2026-01-31T10:00:00.000Z' },
  ],
})

const newLink = createRoute({
  method: 'post',
  path: '/sign-in/links',
  operationId: 'createSignInLink',
  tags: ['The daemon'],
  summary: "A link that opens the dashboard, once, within half an hour; for the owner's key alone",
  middleware: readBody,
  request: jsonBody(noMembers),
  responses: {
    200: answer(linkSchema, 'The link'),
    ...problemAnswers(),
  },
})

export function addSessionRoutes(app: App, { sessions, guards, port, signInLink }: DashboardContext): void {
  app.get('/sign-in', async context => {
    const code = context.req.query('code')
    // Whoever looks ahead, such as a browser's own guess at what comes next, must not use the code up.
    const isAhead = context.req.method === 'HEAD' || context.req.header('sec-purpose')?.includes('prefetch') === true
    if (code === undefined || isAhead) return show(context, signInForm(unfilled))
    if (sessions.redeem(code)) return enter()
    return refuse(
      context,
      guards.wrong('this link was used already, has expired, or is not whole: a new one lets you in'),
    )
  })
  app.post('/sign-in', async context => {
    const key = textOf(await readForm(context.req.raw), 'key')
    const caller = key === '' ? new Failure('invalid', 'give the API key') : guards.caller({ apiKey: key })
    if (caller instanceof Failure) return refuse(context, caller, 'key')
    // A session would outlive the key that opened it.
    if (caller.isOwner) return enter()
    return refuse(
      context,
      new Failure('forbidden', 'this is a key for programs: the one in the data folder lets you in'),
      'key',
    )
  })
  app.post('/sign-out', async context => {
    const name = sessionCookie(port())
    for (const value of cookieValues(context.req.header('cookie'), name)) {
      if (sessions.fits(value)) sessions.close(value)
    }
    return new Response(null, { status: 303, headers: { Location: '/sign-in', 'Set-Cookie': endSession(name) } })
  })
  app.openapi(newLink, context => {
    const { url, expiresAt } = signInLink()
    return context.json({ url, expires_at: expiresAt }, 200)
  })

  function enter(): Response {
    const cookie = setSession(sessionCookie(port()), sessions.open())
    return new Response(null, { status: 303, headers: { Location: '/', 'Set-Cookie': cookie } })
  }

  async function refuse(context: Parameters<typeof show>[0], failure: Failure, at = ''): Promise<Response> {
    const { status, headers } = problemOf(failure, 'body')
    const form = signInForm({ ...unfilled, errors: { [at]: sentence(failure.message) } })
    const response = await show(context, form, status === 429 ? 429 : status === 401 ? 401 : 422)
    if (headers['Retry-After'] !== undefined) response.headers.set('Retry-After', headers['Retry-After'])
    return response
  }
}
