import { beforeEach, describe, expect, it } from 'vitest'
import { createSessions, type Sessions } from '../../../core/sign-in/sessions.ts'
import { fakeClock, settle } from '../../support/fake-clock.ts'
import { collectGarbage } from '../../support/garbage.ts'

interface Held {
  secret: string
}

const lifeMs = 20 * 60_000

let clock: ReturnType<typeof fakeClock>
let closing: AbortController
let sessions: Sessions<Held>

beforeEach(() => {
  clock = fakeClock()
  closing = new AbortController()
  sessions = createSessions(clock, closing.signal)
})

const over = expect.objectContaining({ problem: 'sign-in-over' })
const all = () => sessions.find(() => true)

/** Opens one that nothing but the sessions holds. @returns whether it is in memory still */
function openUnheld(): () => Promise<boolean> {
  const held = new WeakRef({ secret: 'token' })
  sessions.open(held.deref() as Held)
  return async () => {
    await collectGarbage()
    return held.deref() !== undefined
  }
}

describe('what nobody came back for', () => {
  it('is out of memory when its time is over, though nobody signs in again', async () => {
    const isHeld = openUnheld()
    await clock.advance(lifeMs - 1)
    expect(await isHeld()).toBe(true)
    await clock.advance(1)
    expect(await isHeld()).toBe(false)
  })

  it('is out of memory when inlet closes', async () => {
    const isHeld = openUnheld()
    await clock.advance(1000)
    expect(await isHeld()).toBe(true)
    closing.abort()
    expect(await isHeld()).toBe(false)
    expect(clock.sleeping).toBe(0)
  })

  it('can be taken until its very end, and is known as over then', async () => {
    const [first, second] = [sessions.open({ secret: 'a' }), sessions.open({ secret: 'b' })]
    await clock.advance(lifeMs - 1)
    expect(sessions.take(first.state).secret).toBe('a')
    await clock.advance(1)
    expect(() => sessions.take(second.state)).toThrow(over)
    expect(sessions.knows(second.state)).toBe(true)
  })
})

it('closing ends what waits', async () => {
  const { state } = sessions.open({ secret: 'a' })
  closing.abort()
  await settle()
  expect(all()).toEqual([])
  expect(() => sessions.take(state)).toThrow(over)
})

it('one is found as long as it may be taken, the newest first, with what is left of its life', async () => {
  sessions.open({ secret: 'old' })
  await clock.advance(lifeMs - 1000)
  sessions.open({ secret: 'new' })
  const found = () => all().map(({ session, leftMs }) => [session.secret, leftMs])
  expect(found()).toEqual([
    ['new', lifeMs],
    ['old', 1000],
  ])
  await clock.advance(1000)
  expect(found()).toEqual([['new', lifeMs - 1000]])
})
