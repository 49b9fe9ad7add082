/** What the fixtures of Google's sources have in common. */
import { google } from '../../../plugins/google/index.ts'
import type { FakeRequest, FakeResponse, FakeRoute } from '../../support/fake-server.ts'
import { startFakeServer } from '../../support/fake-server.ts'
import { googleError, unauthenticated } from '../../support/google-protocol.ts'
import type { Answer, Fixture } from '../../support/source-suite/index.ts'

export type Served = Pick<Fixture, 'endpoints' | 'token' | 'answers' | 'close'> & {
  complaints(): string[]
  /** Requests whose path fits. */
  asked(path: RegExp): string[]
}

/**
 * Serves a fake of one of Google's APIs, which complains of what it does not understand.
 * @param isForgotten tells which refusals are only those of a token that the provider has forgotten
 */
export async function serve(
  routes: readonly FakeRoute[],
  isForgotten: (refusal: FakeResponse) => boolean = () => false,
): Promise<Served> {
  const complaints: string[] = []
  const judged = routes.map(route => ({
    ...route,
    async handler(request: FakeRequest): Promise<FakeResponse> {
      const answer = await route.handler(request)
      if (answer.status === 400 && !isForgotten(answer)) {
        complaints.push(`${request.method} ${request.path}: ${JSON.stringify(answer.body)}`)
      }
      return answer
    },
  }))
  const server = await startFakeServer(judged)
  server.tokens = new Set(['good-token'])
  return {
    endpoints: { ...google.endpoints, api: server.url, gmail: server.url },
    token: 'good-token',
    answers: {
      unauthorized: toAnswer(unauthenticated),
      // Google's older way to say it, which is not a 429.
      rateLimited: seconds => ({
        ...toAnswer(googleError(403, 'userRateLimitExceeded')),
        headers: { 'retry-after': String(seconds) },
      }),
      forbidden: toAnswer(googleError(403, 'forbidden')),
      missing: toAnswer(googleError(404, 'notFound')),
    },
    complaints: () => [...server.unknown, ...complaints],
    asked: path => server.requests.flatMap(request => (path.test(request.path) ? [request.path] : [])),
    close: () => server.close(),
  }
}

function toAnswer({ status = 200, body }: FakeResponse): Answer {
  return { status, body }
}
