import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { newSigningSecret, problemOfSigningSecret, sign } from '../../../core/webhooks/signature.ts'

describe('a signature', () => {
  it('is what the official library makes of the same secret, id, time and body', () => {
    for (const bytes of [24, 32, 64]) {
      const secret = `whsec_${Buffer.alloc(bytes, bytes).toString('base64')}`
      for (const body of ['', '{"type":"a"}', JSON.stringify({ name: 'Jürgen, "日本"' })]) {
        const timestamp = 1_767_225_600
        const theirs = new Webhook(secret).sign('evt_1', new Date(timestamp * 1000), body)
        expect(sign(secret, { id: 'evt_1', timestamp, body })).toBe(theirs)
      }
    }
    expect.assertions(9)
  })

  it('is the one that the specification prints as its example of a library', () => {
    // https://github.com/standard-webhooks/standard-webhooks: libraries/javascript, the test of signing.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }
    expect(sign(secret, message)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})

describe('a secret', () => {
  it('is made anew each time, and is good', () => {
    const made = Array.from({ length: 20 }, newSigningSecret)
    expect(new Set(made).size).toBe(20)
    expect(made.map(problemOfSigningSecret)).toEqual(made.map(() => undefined))
  })

  it.each([
    ['without its prefix', Buffer.alloc(32).toString('base64'), /whsec_/],
    ['of 23 bytes', `whsec_${Buffer.alloc(23, 1).toString('base64')}`, /24 to 64/],
    ['of 65 bytes', `whsec_${Buffer.alloc(65, 1).toString('base64')}`, /24 to 64/],
    ['in another base64', `whsec_${Buffer.alloc(32, 255).toString('base64url')}`, /base64/],
    ['with something after it', `whsec_${Buffer.alloc(32, 1).toString('base64')} `, /base64/],
  ])('%s is none', (_what, secret, problem) => {
    expect(problemOfSigningSecret(secret)).toMatch(problem)
  })
})
