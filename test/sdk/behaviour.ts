/** What the official clients do by themselves: errors of their own, retries, timeouts, aborts, raw answers. */
import { AirweaveSDK as First, AirweaveSDKClient as FirstClient, AirweaveSDKError as FirstError } from 'sdk1'
import { AirweaveSDK as Todays, AirweaveSDKClient as TodaysClient, AirweaveSDKError as TodaysError } from 'sdk7'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect, type TestDaemon } from '../daemon/harness.ts'
import type { Subject } from './subject.ts'

let daemon: TestDaemon

interface Options {
  maxRetries?: number
  timeoutInSeconds?: number
  abortSignal?: AbortSignal
  headers?: Record<string, string>
}

const once = { maxRetries: 0 }
const nobody = '00000000-0000-4000-8000-000000000000'
const credential = { access_token: 'good-token' }

/** The few calls that these tests need, under each client's own names. */
const generations = [
  {
    generation: '0.1.51',
    ...{ Failed: FirstError, Invalid: First.UnprocessableEntityError },
    pauseMs: [800, 1200] as const,
    open(apiKey = daemon.key) {
      const { collections, sourceConnections } = new FirstClient({ apiKey, environment: daemon.url })
      return {
        collect: (name: string, options: Options = once) => collections.createCollection({ name }, options),
        read: (id: string, options: Options = once) => collections.getCollection(id, options),
        connect: (name: string, collection: string, options: Options = once) =>
          sourceConnections.createSourceConnection(
            { name, short_name: 'slack', collection, auth_fields: credential },
            options,
          ),
        connectWith: (fields: object, options: Options = once) =>
          sourceConnections.createSourceConnection(
            { name: 'Wrong', short_name: 'slack', auth_fields: { ...fields } },
            options,
          ),
        run: (id: string, options: Options = once) => sourceConnections.runSourceConnection(id, {}, options),
      }
    },
  },
  {
    generation: '0.7.20',
    ...{ Failed: TodaysError, Invalid: Todays.UnprocessableEntityError },
    // As `Retry-After` says.
    pauseMs: [30_000, 30_000] as const,
    open(apiKey = daemon.key) {
      const names = { frameworkName: 'a framework', frameworkVersion: '1.0' }
      const { collections, sourceConnections } = new TodaysClient({ apiKey, environment: daemon.url, ...names })
      return {
        collect: (name: string, options: Options = once) => collections.create({ name }, options),
        read: (id: string, options: Options = once) => collections.get(id, options),
        connect: (name: string, collection: string, options: Options = once) =>
          sourceConnections.create(
            { name, short_name: 'slack', readable_collection_id: collection, authentication: credential },
            options,
          ),
        connectWith: (fields: object, options: Options = once) =>
          sourceConnections.create(
            {
              ...{ name: 'Wrong', short_name: 'slack', readable_collection_id: 'nowhere' },
              authentication: { credentials: { ...fields } },
            },
            options,
          ),
        run: (id: string, options: Options = once) => sourceConnections.run(id, {}, options),
      }
    },
  },
]

/** A connection whose token is dead, so that a run asks the token endpoint first. */
async function connectDead(): Promise<string> {
  const { id } = await connect(daemon)
  const fields = { refresh_token: 'refresh-1', expires_at: '2020-01-01T00:00:00Z' }
  const body = { auth_fields: { ...credential, ...fields } }
  expect((await daemon.ask('PATCH', `/source-connections/${id}`, { body })).status).toBe(200)
  return id
}

async function connectionsIn(collection: string): Promise<unknown[]> {
  return (await daemon.ask('GET', `/source-connections?collection=${collection}`)).body as unknown[]
}

/** Holds the next wait of such a length, which a client begins on its own before it asks again. */
function holdPause(shortestMs: number, longestMs: number): { begun: Promise<void>; end(): void } {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const real = globalThis.setTimeout
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((work, ms, ...given) => {
    if (ms === undefined || ms < shortestMs || ms > longestMs) return real(work, ms, ...given)
    begun.resolve()
    void ended.promise.then(() => work())
    return real(() => {}, 0)
  })
  return { begun: begun.promise, end: ended.resolve }
}

/** Slack takes requests, and answers none before the end; then none that it has. */
function holdSlack(): { begun: Promise<void>; end(): void } {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<'drop'>()
  daemon.slack.server.fault = () => {
    begun.resolve()
    return ended.promise
  }
  return {
    begun: begun.promise,
    end() {
      daemon.slack.server.fault = undefined
      ended.resolve('drop')
    },
  }
}

export function behaviourPromises(subject: Subject): void {
  beforeAll(() => {
    daemon = subject.daemon
  })

  describe.each(generations)(
    'the client $generation',
    ({ open, Failed, Invalid, pauseMs: [shortestMs, longestMs] }) => {
      afterEach(() => {
        vi.restoreAllMocks()
        daemon.slack.server.fault = undefined
      })

      const failureOf = (work: PromiseLike<unknown>) =>
        work.then(
          () => undefined,
          (error: unknown) => error,
        )

      it('throws its own class for what is invalid, with the place of each mistake in the form of its types', async () => {
        const failure = await failureOf(open().connectWith({ token: 'x' }))
        expect(failure).toBeInstanceOf(Invalid)
        expect(failure).toBeInstanceOf(Failed)
        expect(failure).toMatchObject({ statusCode: 422, body: { type: '/problems/invalid-auth-fields' } })
        const { body, message } = failure as InstanceType<typeof Failed>
        const { errors, detail } = body as { errors: First.ValidationError[]; detail: unknown }
        expect(errors.map(({ loc }) => loc.at(-1)).sort()).toEqual(['access_token', 'token'])
        for (const { loc, msg, type } of errors)
          expect([loc[0], typeof msg, typeof type]).toEqual(['body', 'string', 'string'])
        // The type has a list where RFC 9457 has a sentence; the class makes its message from either.
        expect(detail).toEqual(expect.any(String))
        expect(message).toContain(JSON.stringify(detail))
      })

      it.each([
        ['a wrong key', 401, () => open('wrong').read('x')],
        ['an unknown collection', 404, () => open().read('no-such-collection')],
        ['an unknown connection', 404, () => open().run(nobody)],
        ['a dead token that is not refreshed', 400, async () => open().run(await connectDead())],
        [
          'a connection without a credential',
          409,
          async () => {
            const { body } = await daemon.ask('POST', '/source-connections', { body: { short_name: 'slack' } })
            return open().run((body as { id: string }).id)
          },
        ],
      ])('throws its error for %s', async (_what, statusCode, work) => {
        const failure = await failureOf(work())
        expect(failure).toBeInstanceOf(Failed)
        expect(failure).not.toBeInstanceOf(Invalid)
        expect(failure).toMatchObject({ statusCode, body: { status: statusCode, detail: expect.any(String) } })
        const { rawResponse, message } = failure as InstanceType<typeof Failed>
        expect(rawResponse?.status).toBe(statusCode)
        expect(rawResponse?.headers.get('content-type')).toBe('application/problem+json')
        expect(message).toMatch(new RegExp(`^Status code: ${statusCode}\nBody: `))
      })

      it('gives the raw answer beside the parsed one', async () => {
        const { data, rawResponse } = await open().collect('Raw answer').withRawResponse()
        expect(data.name).toBe('Raw answer')
        expect([rawResponse.status, rawResponse.headers.get('content-type')]).toEqual([201, 'application/json'])
        const { readable_id: id } = data
        const read = await open().read(id).withRawResponse()
        expect([read.rawResponse.status, read.data]).toEqual([200, data])
      })

      it('may send headers of its user’s own', async () => {
        const { readable_id: id } = await open().collect('With headers', {
          headers: { 'X-Custom-Header': 'custom value' },
        })
        expect((await open().read(id, { headers: { 'X-Custom-Header': 'custom value' } })).name).toBe('With headers')
      })

      it('repeats what a locked vault refused, and makes one connection', async () => {
        const { readable_id: collection } = await open().collect('Repeated')
        expect((await daemon.ask('POST', '/vault/lock')).status).toBe(200)
        const pause = holdPause(shortestMs, longestMs)
        const work = open().connect('Repeated', collection, { maxRetries: 1 })
        await pause.begun
        expect(await connectionsIn(collection)).toEqual([])
        expect((await daemon.ask('POST', '/vault/unlock')).status).toBe(200)
        pause.end()
        expect((await work).name).toBe('Repeated')
        expect(await connectionsIn(collection)).toHaveLength(1)
      })

      it('gives up after its time, and the daemon goes on', async () => {
        const id = await connectDead()
        const silence = holdSlack()
        const failure = await failureOf(open().run(id, { maxRetries: 0, timeoutInSeconds: 0.1 }))
        // With the `fetch` of Node it is not the class that is meant for this, but the one that all have in common.
        expect(failure).toBeInstanceOf(Failed)
        expect(failure).toMatchObject({ message: expect.stringContaining('timeout') })
        await staysWell(id, silence)
      })

      it('may be stopped by its user, and the daemon goes on', async () => {
        const id = await connectDead()
        const silence = holdSlack()
        const stop = new AbortController()
        const failure = failureOf(open().run(id, { maxRetries: 0, abortSignal: stop.signal }))
        await silence.begun
        stop.abort()
        expect(await failure).toBeInstanceOf(Failed)
        expect(await failure).toMatchObject({ message: 'The user aborted a request' })
        await staysWell(id, silence)
      })

      async function staysWell(id: string, silence: { end(): void }): Promise<void> {
        expect((await daemon.ask('GET', `/source-connections/${id}`)).status).toBe(200)
        silence.end()
        const refused = await failureOf(open().run(id))
        expect(refused).toMatchObject({ statusCode: 400, body: { type: '/problems/token-refresh-failed' } })
      }
    },
  )

  it('the client 0.7.20 may send a query of its user’s own', async () => {
    const { collections } = new TodaysClient({ apiKey: daemon.key, environment: daemon.url })
    const queryParams = { customQueryParamKey: 'custom query param value' }
    const { readable_id: id } = await collections.create({ name: 'With a query' }, { ...once, queryParams })
    expect((await collections.get(id, { ...once, queryParams })).name).toBe('With a query')
    expect((await collections.list({ search: id }, { ...once, queryParams })).length).toBe(1)
  })
}
