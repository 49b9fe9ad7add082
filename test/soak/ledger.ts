/**
 * What a provider knows of the tokens it gave, and what follows from it: which refresh token is good now, whether a
 * client has shown that it holds an answer, and whether a sign-in that is over was lost by the client or had to be.
 *
 * A client is killed at any moment, so an answer may never reach it. What it may never do is lose one that it had: the
 * proof that it had it is that it used the access token which came with it, since it stores before it uses.
 */

/**
 * How often a refresh token works: for ever (Google); until the access token that replaced it is used (a provider with
 * grace); or once, whatever became of the answer.
 */
export type Reuse = 'for ever' | 'until the next is used' | 'once'

/** One time that a refresh token was presented. */
export interface Asking {
  /** Which start of the client asked. */
  life: number
  outcome: 'under way' | 'granted' | 'refused' | 'trouble'
  /** When the answer was handed to the network, in monotonic milliseconds. */
  answeredAtMs: number | undefined
  /** Whether the provider itself kept the answer back. */
  isDropped: boolean
}

interface RefreshToken {
  text: string
  /** Which start of the client it was given to. */
  givenIn: number
  askings: Asking[]
  /** The access token that came with its successor has been used. */
  isOver: boolean
}

interface AccessToken {
  chain: Chain
  /** What it was obtained with; none for the first of a sign-in. */
  from: RefreshToken | undefined
  isDead: boolean
  diesAtMs: number
}

/** One sign-in of a person: everything that came from it. */
export interface Chain {
  reuse: Reuse
  firstRefreshToken: string
  firstAccessToken: string
  current: RefreshToken
  /** Good beside the current one for as long as the newest access token was not used. */
  previous: RefreshToken | undefined
  newest: AccessToken
  /** The last that was presented. */
  presented: RefreshToken | undefined
}

export interface Grant {
  accessToken: string
  refreshToken: string
}

/**
 * - `provider`: an answer was cut off, and the provider has no grace.
 * - `twice`: an answer and that to its one repeat were cut off.
 * - `unsent`: the same, but a kill came after the client had noted that it would ask and before it did.
 */
export type Unavoidable = 'provider' | 'twice' | 'unsent'

export interface Ledger {
  signIn(reuse: Reuse): Chain
  /** A refresh token is presented; whether it is good is told when the work is done, and not before. */
  present(refreshToken: string, isDropped: boolean): Asking | undefined
  /** The provider's work: new tokens, or a refusal. */
  work(refreshToken: string, asking: Asking, lifetimeMs: number): Grant | undefined
  /** An access token is used at the API. @returns whether it is good */
  use(accessToken: string): boolean
  /** Whether keeping an answer back now would leave the client its repeat. */
  mayDrop(refreshToken: string): boolean
  /** Every access token of a sign-in dies. */
  expire(chain: Chain): void
  /** From now on another start of the client asks. */
  begin(life: number): void
  /** The client is dead. */
  end(life: number): void
  /**
   * Why a sign-in is over that the client says needs a person.
   * @returns one of the ways in which it had to be, or a sentence where the client lost what it had
   */
  judge(chain: Chain, reason: string): Unavoidable | { lost: string }
  /** What no client may do, a sentence each. */
  readonly misdeeds: readonly string[]
  readonly refreshes: number
  /** Everything secret that was ever given begins so. */
  readonly mark: string
}

/** A client that lived this long after an answer had the time to seal it, in milliseconds. */
const sealingMs = 2000

/** @param now monotonic milliseconds */
export function createLedger(now: () => number): Ledger {
  const mark = 'soak-secret'
  const refreshTokens = new Map<string, { chain: Chain; token: RefreshToken }>()
  const accessTokens = new Map<string, AccessToken>()
  const ends = new Map<number, number>()
  const misdeeds: string[] = []
  let numbers = 0
  let refreshes = 0
  let life = 0

  return {
    mark,
    misdeeds,
    get refreshes() {
      return refreshes
    },
    signIn(reuse) {
      const [refreshToken, accessToken] = [newRefreshToken(), `${mark}-access-${++numbers}`]
      const chain: Partial<Chain> = { reuse, current: refreshToken, firstRefreshToken: refreshToken.text }
      const newest = { chain: chain as Chain, from: undefined, isDead: false, diesAtMs: Number.POSITIVE_INFINITY }
      Object.assign(chain, { newest, firstAccessToken: accessToken })
      accessTokens.set(accessToken, newest)
      refreshTokens.set(refreshToken.text, { chain: chain as Chain, token: refreshToken })
      return chain as Chain
    },
    present(text, isDropped) {
      const found = refreshTokens.get(text)
      if (!found) {
        misdeeds.push('a refresh token was presented that was never given')
        return undefined
      }
      const { chain, token } = found
      chain.presented = token
      if (token.isOver) misdeeds.push('a refresh token came back after what replaced it had been used')
      if (token.askings.some(({ outcome }) => outcome === 'refused'))
        misdeeds.push('a refresh token that had been refused was presented again')
      const asking: Asking = { life, outcome: 'under way', answeredAtMs: undefined, isDropped }
      token.askings.push(asking)
      return asking
    },
    work(text, asking, lifetimeMs) {
      const { chain, token } = refreshTokens.get(text) ?? {}
      if (!chain || !token || !isGood(chain, token)) {
        asking.outcome = 'refused'
        return undefined
      }
      asking.outcome = 'granted'
      refreshes++
      const accessToken = `${mark}-access-${++numbers}`
      chain.newest = { chain, from: token, isDead: false, diesAtMs: now() + lifetimeMs }
      accessTokens.set(accessToken, chain.newest)
      if (chain.reuse === 'for ever') return { accessToken, refreshToken: token.text }
      const next = newRefreshToken()
      refreshTokens.set(next.text, { chain, token: next })
      chain.previous = chain.reuse === 'once' ? undefined : token
      chain.current = next
      return { accessToken, refreshToken: next.text }
    },
    use(text) {
      const token = accessTokens.get(text)
      if (!token || token.isDead || token.diesAtMs <= now()) return false
      if (token.chain.newest === token && token.from && token.chain.reuse !== 'for ever') {
        token.from.isOver = true
        token.chain.previous = undefined
      }
      return true
    },
    mayDrop(text) {
      const { chain, token } = refreshTokens.get(text) ?? {}
      if (chain?.reuse === 'for ever') return true
      return chain?.reuse === 'until the next is used' && token?.askings.length === 0
    },
    expire(chain) {
      for (const token of accessTokens.values()) if (token.chain === chain) token.isDead = true
    },
    begin(number) {
      life = number
    },
    end(number) {
      ends.set(number, now())
    },
    judge,
  }

  function newRefreshToken(): RefreshToken {
    return { text: `${mark}-refresh-${++numbers}`, givenIn: life, askings: [], isOver: false }
  }

  function isGood(chain: Chain, token: RefreshToken): boolean {
    return token === chain.current || token === chain.previous
  }

  /** Whether the client cannot have known the answer, or had no time to store what it knew. */
  function isCutOff({ life, answeredAtMs, isDropped }: Asking): boolean {
    const endedAtMs = ends.get(life)
    if (isDropped || answeredAtMs === undefined) return true
    return endedAtMs !== undefined && endedAtMs < answeredAtMs + sealingMs
  }

  function judge(chain: Chain, reason: string): Unavoidable | { lost: string } {
    if (chain.reuse === 'for ever') return { lost: `a refresh token that is good for ever was given up: ${reason}` }
    // Who came as far as to use the last answer holds the token that came with it, presented or not.
    const held = chain.presented?.isOver === false ? chain.presented : chain.current
    const { askings, givenIn } = held
    const heard = askings.filter(asking => asking.outcome === 'granted' && !isCutOff(asking))
    if (heard.length > 0) return { lost: `an answer that had arrived was lost: ${reason}` }
    const cutOff = askings.filter(isCutOff).length
    if (/answers to a refresh and to its one repeat were lost.*sign in again/.test(reason)) {
      if (cutOff > 1) return 'twice'
      // A kill may have come between the client's note and its request, which is to be seen nowhere.
      const cutHere = (end: number) =>
        askings.some(asking => asking.life === end && !asking.isDropped && isCutOff(asking))
      const unseen = [...ends.keys()].filter(end => end >= givenIn && !cutHere(end)).length
      return cutOff + unseen > 1 ? 'unsent' : { lost: `the one repeat was not made: ${reason}` }
    }
    if (/answer to an earlier refresh was lost.*sign in again/.test(reason)) {
      const isRefused = askings.at(-1)?.outcome === 'refused' && askings.some(({ outcome }) => outcome === 'granted')
      return cutOff > 0 && isRefused && chain.reuse === 'once'
        ? 'provider'
        : { lost: `no answer had been cut off: ${reason}` }
    }
    return { lost: `no reason that a person could act on: ${reason}` }
  }
}
