import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import { settle } from '../support/fake-clock.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the clock of the machine', () => {
  it('is moved by nobody who puts a timer of his own in place of the global one', async () => {
    const replaced = vi.spyOn(globalThis, 'setTimeout').mockImplementation(work => {
      void Promise.resolve().then(() => work())
      return setImmediate(() => {}) as never
    })
    const end = new AbortController()
    let isOver = false
    const sleep = systemClock.sleep(30_000, end.signal).then(() => {
      isOver = true
    })
    await settle()
    expect([isOver, replaced.mock.calls.length]).toEqual([false, 0])
    const reason = new Failure('closing', 'not needed any more')
    end.abort(reason)
    await expect(sleep).rejects.toBe(reason)
  })

  it('does not begin to wait for what was given up before', async () => {
    const reason = new Failure('closing', 'not needed any more')
    await expect(systemClock.sleep(30_000, AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
