import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

describe('beginning a sign-in', () => {
  it('says which member of the query is wrong, where it was given', async () => {
    const { status, body } = await daemon.ask('GET', '/source-connections/slack/oauth2_url?redirect_uri=nowhere')
    expect([status, body]).toMatchObject([
      422,
      { type: '/problems/invalid-request', errors: [{ loc: ['query', 'redirect_uri'], type: 'invalid' }] },
    ])
  })
})
