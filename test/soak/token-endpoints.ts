/** The token endpoints of three families on one server: slow, in trouble at times, and each with its own manners. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from '../support/fake-server.ts'
import type { Chance } from './chance.ts'
import type { Asking, Grant, Ledger } from './ledger.ts'

export const families = ['slack', 'notion', 'google'] as const
export type Family = (typeof families)[number]

export interface TokenEndpoints {
  server: FakeServer
  /** In times of calm there is no trouble, and tokens live long enough for a run. */
  isCalm: boolean
  /** Told when a request has come, and again when its answer is on its way. */
  onStep: () => void
  close(): Promise<void>
}

export const client = { id: 'soak-client', secret: 'soak-secret-of-the-client' }

const longestWaitMs = 120
/** Notion does not say how long a token lives. */
const livesInSilence: readonly Family[] = ['notion']
const shortLifeMs = { lowest: 1500, highest: 6000 }
const longLifeMs = 120_000

type Fate = 'answer' | 'trouble' | 'too many' | 'drop' | 'truncate'

export async function startTokenEndpoints(ledger: Ledger, chance: Chance): Promise<TokenEndpoints> {
  const fates = new WeakMap<FakeRequest, { fate: Fate; asking: Asking | undefined }>()
  const server = await startFakeServer(
    families.map(family => ({
      method: 'POST',
      pattern: `/${family}/token`,
      open: true,
      handler: request => answer(family, request),
    })),
  )
  const endpoints: TokenEndpoints = { server, isCalm: false, onStep() {}, close: () => server.close() }
  server.fault = request => {
    server.requests.length = 0
    const refreshToken = refreshTokenOf(request)
    const fate = chooseFate(refreshToken)
    const isKeptBack = fate === 'drop' || fate === 'truncate'
    fates.set(request, { fate, asking: ledger.present(refreshToken, isKeptBack) })
    endpoints.onStep()
    return fate === 'drop' || fate === 'truncate' ? fate : undefined
  }
  return endpoints

  function chooseFate(refreshToken: string): Fate {
    if (endpoints.isCalm) return 'answer'
    const share = chance.next()
    if (share < 0.04) return 'trouble'
    if (share < 0.08) return 'too many'
    if (share < 0.12 && ledger.mayDrop(refreshToken)) return share < 0.1 ? 'drop' : 'truncate'
    return 'answer'
  }

  async function answer(family: Family, request: FakeRequest): Promise<FakeResponse> {
    const { fate, asking } = fates.get(request) ?? { fate: 'answer' }
    await sleep(chance.between(0, longestWaitMs))
    const made = asking ? make(family, request, fate, asking) : refusals[family]
    await sleep(chance.between(0, longestWaitMs))
    if (asking) asking.answeredAtMs = performance.now()
    endpoints.onStep()
    return made
  }

  function make(family: Family, request: FakeRequest, fate: Fate, asking: Asking): FakeResponse {
    if (fate === 'trouble' || fate === 'too many') {
      asking.outcome = 'trouble'
      return fate === 'trouble' ? { status: 500, body: {} } : { status: 429, headers: { 'retry-after': '1' }, body: {} }
    }
    const lifetimeMs = endpoints.isCalm ? longLifeMs : chance.between(shortLifeMs.lowest, shortLifeMs.highest)
    const grant = ledger.work(refreshTokenOf(request), asking, lifetimeMs)
    return grant ? { body: bodyOf(family, grant, lifetimeMs) } : refusals[family]
  }
}

const refusals: Readonly<Record<Family, FakeResponse>> = {
  slack: { body: { ok: false, error: 'invalid_refresh_token' } },
  notion: { status: 400, body: { error: 'invalid_grant' } },
  google: { status: 400, body: { error: 'invalid_grant' } },
}

function bodyOf(family: Family, { accessToken, refreshToken }: Grant, lifetimeMs: number): object {
  const lifetime = livesInSilence.includes(family) ? {} : { expires_in: Math.round(lifetimeMs / 1000) }
  const tokens = { access_token: accessToken, token_type: family === 'slack' ? 'user' : 'Bearer', ...lifetime }
  if (family === 'google') return tokens
  return { ...(family === 'slack' ? { ok: true } : {}), ...tokens, refresh_token: refreshToken }
}

function refreshTokenOf({ body, headers }: FakeRequest): string {
  const isJson = /json/.test(headers['content-type'] ?? '')
  const form: Record<string, unknown> = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
  return String(form.refresh_token)
}
