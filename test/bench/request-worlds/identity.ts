/** What a source asks to know whose account it is, which happens once, in a connection's first job. */
import { createApi } from '../../../core/api.ts'
import { Secret, systemClock } from '../../../core/index.ts'
import { createPacer } from '../../../core/pacer.ts'
import { createTransport } from '../../../core/transport.ts'
import { plugins } from '../../../plugins/index.ts'
import type { Account } from './world.ts'

export async function identify(shortName: string, { providers }: Account): Promise<void> {
  const plugin = plugins.find(({ sources }) => sources.some(source => source.shortName === shortName))
  const source = plugin?.sources.find(candidate => candidate.shortName === shortName)
  if (!plugin || !source) throw new Error(`no source ${shortName}`)
  const endpoints = { ...plugin.endpoints, ...providers[plugin.id]?.endpoints }
  const transport = createTransport()
  const tokens = {
    token: async () => ({ secret: new Secret('good-token'), generation: 1 }),
    renew: () => Promise.reject(new Error('refused')),
  }
  const clock = systemClock
  const pacer = createPacer(clock, {})
  const { signal } = new AbortController()
  try {
    const api = createApi({ plugin, endpoints, tokens, pacer, transport, clock, signal, random: Math.random })
    await source.identify({ api, endpoints })
  } finally {
    await transport.close()
  }
}
