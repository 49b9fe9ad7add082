/** Both official clients of Airweave, unmodified, in one run against one daemon. */
import { createEmulator } from 'emulate'
import { afterAll, beforeAll } from 'vitest'
import { startTestDaemon } from '../daemon/harness.ts'
import { behaviourPromises } from './behaviour.ts'
import { examplePromises } from './examples.ts'
import { methodPromises } from './methods.ts'
import { requestPromises } from './requests.ts'
import { product, type Subject } from './subject.ts'

const subject = {} as Subject

beforeAll(async () => {
  const client = { ...product.secrets, redirect_uris: [product.redirect] }
  const seed = { google: { users: [{ email: 'ada@people.example', name: 'Ada' }], oauth_clients: [client] } }
  subject.google = await createEmulator({ service: 'google', port: 0, seed })
  const { url } = subject.google
  const endpoints = { api: url, gmail: url, token: `${url}/oauth2/token`, authorize: `${url}/o/oauth2/v2/auth` }
  subject.daemon = await startTestDaemon({ config: { providers: { google: { endpoints } } } })
})

afterAll(async () => {
  await subject.daemon?.close()
  await subject.google?.close()
})

methodPromises(subject)
requestPromises(subject)
behaviourPromises(subject)
examplePromises(subject)
