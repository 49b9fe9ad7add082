import { beforeEach, describe, expect, it } from 'vitest'
import { type Asking, type Chain, createLedger, type Ledger, type Reuse } from './ledger.ts'

const once = 'the answer to an earlier refresh was lost, and the repeat was refused: sign in again'
const twice = 'the answers to a refresh and to its one repeat were lost: sign in again'

let nowMs: number
let ledger: Ledger

beforeEach(() => {
  nowMs = 0
  ledger = createLedger(() => nowMs)
  ledger.begin(1)
})

/** A refresh with the token that is current at the provider, or the one given; `undefined` where it is refused. */
function refresh(chain: Chain, token = chain.current.text): { asking: Asking; accessToken: string | undefined } {
  const asking = ledger.present(token, false)
  if (!asking) throw new Error('it was never given')
  const grant = ledger.work(token, asking, 60_000)
  asking.answeredAtMs = nowMs
  return { asking, accessToken: grant?.accessToken }
}

/** The client is killed so long after what happened last, and starts again. */
function kill(life: number, afterMs: number): void {
  nowMs += afterMs
  ledger.end(life)
  ledger.begin(life + 1)
}

describe('the judge of the soak', () => {
  it('calls it unavoidable when a kill cut the answer of a provider without grace off, and it says so', () => {
    const chain = ledger.signIn('once')
    const first = chain.current.text
    refresh(chain)
    kill(1, 10)
    expect(refresh(chain, first).accessToken).toBeUndefined()
    expect(ledger.judge(chain, once)).toBe('provider')
    expect(ledger.misdeeds).toEqual([])
  })

  it('calls it unavoidable when both the answer and that to the repeat were cut off', () => {
    const chain = ledger.signIn('until the next is used')
    const first = chain.current.text
    refresh(chain)
    kill(1, 10)
    expect(refresh(chain, first).accessToken).toBeDefined()
    kill(2, 10)
    expect(ledger.judge(chain, twice)).toBe('twice')
  })

  it.each<[string, (chain: Chain) => void, string]>([
    [
      'an answer that the client had had the time to seal',
      chain => {
        refresh(chain)
        kill(1, 5000)
      },
      once,
    ],
    ['a repeat that was never made', chain => refresh(chain), twice],
    [
      'a reason that says nothing',
      chain => {
        refresh(chain)
        kill(1, 10)
      },
      'it does not work',
    ],
    [
      'an answer whose access token was used',
      chain => {
        const { accessToken = '' } = refresh(chain)
        ledger.use(accessToken)
        kill(1, 10)
      },
      once,
    ],
  ])('calls it lost: %s', (_what, happen, reason) => {
    const chain = ledger.signIn('once')
    const first = chain.current.text
    happen(chain)
    refresh(chain, first)
    expect(ledger.judge(chain, reason)).toEqual({ lost: expect.stringContaining(reason) })
  })

  it('calls it lost whatever the reason where a refresh token is good for ever', () => {
    expect(ledger.judge(ledger.signIn('for ever'), once)).toMatchObject({ lost: expect.any(String) })
  })

  it('notices a client that forgets what it has used, asks again what was refused, and makes tokens up', () => {
    const chain = ledger.signIn('once')
    const first = chain.current.text
    ledger.use(refresh(chain).accessToken ?? '')
    refresh(chain, first)
    refresh(chain, first)
    ledger.present('made up', false)
    expect(ledger.misdeeds).toHaveLength(4)
  })
})

describe('the provider of the soak', () => {
  it.each<[Reuse, boolean, boolean]>([
    ['for ever', true, true],
    ['until the next is used', true, false],
    ['once', false, false],
  ])('that lets a refresh token be used %s keeps to it', (reuse, repeated, afterUse) => {
    const chain = ledger.signIn(reuse)
    const first = chain.current.text
    expect(refresh(chain).accessToken).toBeDefined()
    const { accessToken } = refresh(chain, first)
    expect(accessToken !== undefined).toBe(repeated)
    expect(ledger.use(accessToken ?? '')).toBe(repeated)
    expect(refresh(chain, first).accessToken !== undefined).toBe(afterUse)
  })

  it('lets access tokens die of their time, and all at once when it is told to', () => {
    const chain = ledger.signIn('once')
    const { accessToken = '' } = refresh(chain)
    expect(ledger.use(accessToken)).toBe(true)
    nowMs = 60_000
    expect(ledger.use(accessToken)).toBe(false)
    expect(ledger.use(chain.firstAccessToken)).toBe(true)
    ledger.expire(chain)
    expect(ledger.use(chain.firstAccessToken)).toBe(false)
  })
})
