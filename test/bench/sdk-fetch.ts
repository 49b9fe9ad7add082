/** A part of `sdk.ts`: fetches all of a provider with its official SDK, and throws it away. */
import { once } from 'node:events'
import { firstLoops } from './sdk-loops.ts'

interface Input {
  name: keyof typeof firstLoops
  url: string
}

const [{ name, url }] = (await once(process, 'message')) as [Input]
const startedAt = performance.now()
const items = await firstLoops[name](url)
process.send?.({ seconds: (performance.now() - startedAt) / 1000, items })
process.disconnect()
