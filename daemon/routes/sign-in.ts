/** Signing in with a browser (RFC 6749, section 4.1): begun here, and where it comes back to. */
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { Failure, toFailure } from '../../core/errors.ts'
import type { SignInOutcome } from '../../core/inlet.ts'
import { bindingOf } from '../dashboard/cookies.ts'
import { signInPage } from '../dashboard/sign-in-page.ts'
import { callbackPath } from '../own-origin.ts'
import type { Slug } from '../problem-table.ts'
import { askingProvider, problemOf, refusal } from '../problems.ts'
import { connectionSchema } from '../schemas/connection.ts'
import { signedInConnectionBody } from '../schemas/connection-input.ts'
import {
  beginSignInQuery,
  callbackQuery,
  codeQuery,
  decisionBody,
  otherAccountSchema,
  signInStartSchema,
} from '../schemas/sign-in.ts'
import { shortNameParameter } from '../schemas/source.ts'
import { connectionBody } from '../views/connection.ts'
import { inCallersWords } from './callers-words.ts'
import { answerJson } from './json-answer.ts'
import {
  type App,
  answer,
  jsonBody,
  needs,
  problemAnswers,
  type RouteContext,
  readBody,
  readBodyOrForm,
} from './support.ts'

const tags = ['Signing in']
const ofSource = shortNameParameter

const pageSchema = z.string().meta({ examples: ['<!doctype html>…'] })

/** What may be wrong where a browser's sign-in ends. */
const endingProblems: Slug[] = [
  'sign-in-refused',
  'sign-in-failed',
  'unknown-state',
  'unknown-connection',
  'sign-in-over',
  'vault-locked',
  'data-folder',
]

const begin = createRoute({
  method: 'get',
  path: '/source-connections/{short_name}/oauth2_url',
  operationId: 'beginSignIn',
  tags,
  summary: 'Where to send a browser to sign in',
  ...needs('admin'),
  request: { params: ofSource, query: beginSignInQuery },
  responses: {
    200: answer(signInStartSchema, 'The address'),
    ...problemAnswers('unknown-source', 'unknown-connection', 'client-missing', 'sign-in-failed', 'vault-locked'),
  },
})

const trade = createRoute({
  method: 'post',
  path: '/source-connections/{short_name}/code_to_token_credentials',
  operationId: 'finishSignIn',
  tags,
  summary: 'Finish a sign-in by hand, with the code that came back; the body says what a new connection is to be',
  ...needs('admin'),
  middleware: readBody,
  request: { params: ofSource, query: codeQuery, ...jsonBody(signedInConnectionBody.optional()) },
  responses: {
    200: answer(connectionSchema, 'The connection, signed in'),
    409: answer(otherAccountSchema, 'Somebody else signed in than the one whose data the connection holds'),
    ...problemAnswers(
      'sign-in-refused',
      'sign-in-failed',
      'unknown-state',
      'unknown-source',
      'unknown-connection',
      'client-missing',
      'sign-in-over',
      'invalid-config-fields',
      'vault-locked',
    ),
  },
})

const callback = createRoute({
  method: 'get',
  path: callbackPath,
  operationId: 'receiveSignIn',
  tags,
  summary: 'The way back from the provider, for browsers; needs no key, its state is one',
  security: [],
  request: { query: callbackQuery },
  responses: {
    200: { content: { 'text/html': { schema: pageSchema } }, description: 'What came of it, as a page' },
    ...problemAnswers(...endingProblems),
  },
})

const decide = createRoute({
  method: 'post',
  path: `${callbackPath}/decision`,
  operationId: 'decideSignIn',
  tags,
  summary: 'Say what is to be done when somebody else signed in; needs no key, the decision is one',
  security: [],
  middleware: readBodyOrForm,
  request: jsonBody(decisionBody),
  responses: {
    200: {
      content: { 'application/json': { schema: connectionSchema }, 'text/html': { schema: pageSchema } },
      description: 'The connection: the new one, or the old as it was',
    },
    ...problemAnswers(...endingProblems),
  },
})

export function addSignInRoutes(app: App, { origin }: RouteContext): void {
  app.openapi(begin, async context => {
    const {
      client_id: clientId,
      source_connection_id: connectionId,
      redirect_uri: redirectUri,
    } = context.req.valid('query')
    const { short_name: shortName } = context.req.valid('param')
    context.var.inlet.sources.get(shortName)
    if (connectionId !== undefined) {
      const connection = await context.var.inlet.connections.get(connectionId)
      if (connection.shortName !== shortName)
        throw refusal('invalid-request', `the connection is one of ${connection.shortName}, not of ${shortName}`)
    }
    const input = { shortName, connectionId, client: { clientId, redirectUri }, redirectUri: origin() + callbackPath }
    const work = () => askingProvider('sign-in-failed', () => context.var.inlet.signIns.begin(input))
    // Core knows the client as it is given in a body: here each of its members is one of the query.
    const start = await inCallersWords({ authentication: [] }, work)
    return answerJson({ url: start.url, state: start.state, expires_at: start.expiresAt }, 200)
  })

  app.openapi(trade, async context => {
    const { short_name: shortName } = context.req.valid('param')
    context.var.inlet.sources.get(shortName)
    const { code, state = context.var.inlet.signIns.onlyState(shortName) } = context.req.valid('query')
    if (state === undefined)
      throw refusal('unknown-state', 'give the state that came back with the code: it says which sign-in this ends')
    const connection = context.req.valid('json')?.connection
    const outcome = await askingProvider('sign-in-failed', () =>
      context.var.inlet.signIns.finish({ state, code, connection }),
    )
    if (outcome.result !== 'other_account') return answerJson(connectionBody(outcome.connection), 200)
    const { expected, actual, decision } = outcome
    return answerJson({ connection_id: outcome.connection.id, expected, actual, decision }, 409)
  })

  app.openapi(callback, async context => {
    const { state, code, error } = context.req.valid('query')
    return asPage(context, () => {
      if (state === undefined) throw refusal('unknown-state', 'this address is where a sign-in ends: begin one first')
      return context.var.inlet.signIns.finish({ state, code, error, binding: bindingOf(context.req.header('cookie')) })
    })
  })

  app.openapi(decide, async context => {
    const { decision, choice } = context.req.valid('json')
    const work = () =>
      context.var.inlet.signIns.decide({ decision, choice, binding: bindingOf(context.req.header('cookie')) })
    if (wantsPage(context)) return asPage(context, work)
    return answerJson(connectionBody((await work()).connection), 200)
  })
}

/** What came of a sign-in, told to a person; to a program, where it did not work, as a problem. */
async function asPage(context: Context, work: () => Promise<SignInOutcome>) {
  let outcome: SignInOutcome | Failure
  try {
    outcome = await askingProvider('sign-in-failed', work)
  } catch (error) {
    outcome = toFailure(error)
    if (!wantsPage(context) || outcome.code === 'internal') throw error
  }
  const status = outcome instanceof Failure ? problemOf(outcome, 'query').status : 200
  return new Response(String(await signInPage(outcome)), {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
  }) as never
}

/** Browsers ask for pages by name. */
function wantsPage(context: Context): boolean {
  return /\btext\/html\b/.test(context.req.header('accept') ?? '')
}
