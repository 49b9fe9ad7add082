import type { Emulator } from 'emulate'
import type { TestDaemon } from '../daemon/harness.ts'

/** What the clients are tried on, filled in before the first test. */
export interface Subject {
  daemon: TestDaemon
  /** Google, where a product has a client. */
  google: Emulator
}

/** Of the client that the product has at Google. */
export const product = {
  redirect: 'https://product.example/back',
  secrets: { client_id: 'product', client_secret: 'secret-of-the-product' },
}
