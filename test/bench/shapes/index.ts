/** Starts the providers of `serve.ts`, and says how inlet is to reach them. */
import type { ProviderSettings } from '../../../core/inlet.ts'
import { startService } from '../programs.ts'
import type { Counts } from './serve.ts'

export interface Shapes {
  url: string
  /** For `providers` of the configuration; without a pace, and with as many requests at once as the plugins ask for. */
  providers: Record<'slack' | 'google' | 'notion', ProviderSettings>
  /** So many new items. */
  change(counts: Counts): Promise<void>
  /** Requests answered so far. */
  requests(): Promise<number>
  /** What a first listing asks for: paths, and the bodies of those that are posted. */
  listing(name: keyof Counts): Promise<{ path: string; body?: string; contentType?: string }[]>
  stop(): Promise<void>
}

export async function startShapes(counts: Counts): Promise<Shapes> {
  const { url, ask, stop } = await startService('shapes/serve.ts', [JSON.stringify(counts)])
  const limits = { requestsPerSecond: 1_000_000, burst: 1_000_000 }
  return {
    url,
    providers: {
      slack: { endpoints: { api: `${url}/slack/api` }, limits },
      google: { endpoints: { gmail: url }, limits },
      notion: { endpoints: { api: `${url}/notion` }, limits },
    },
    async change(changes) {
      await ask(JSON.stringify(changes))
    },
    requests: async () => Number(await (await fetch(`${url}/requests`)).text()),
    listing: async name =>
      (await (await fetch(`${url}/list`, { method: 'POST', body: `/${name}` })).json()) as Awaited<
        ReturnType<Shapes['listing']>
      >,
    stop,
  }
}
