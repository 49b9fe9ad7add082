import { expect, it } from 'vitest'
import { followingRequest } from '../../daemon/following-request.ts'
import { collectGarbage } from '../support/garbage.ts'

/** What a library keeps that listens for the end of a request. */
function signalOf(ended: AbortSignal): AbortSignal {
  return followingRequest('http://localhost/mcp', { method: 'POST', signal: ended }).signal
}

it('the end of a request is heard by who keeps its signal alone', async () => {
  const asked = new AbortController()
  const signal = signalOf(asked.signal)
  let heard = 0
  signal.addEventListener('abort', () => heard++)
  await collectGarbage()
  asked.abort('gone')
  expect([heard, signal.aborted, signal.reason]).toEqual([1, true, 'gone'])
})

it('a request whose end has come already is ended', () => {
  expect(signalOf(AbortSignal.abort()).aborted).toBe(true)
})
