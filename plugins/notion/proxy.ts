import type { ProxyRules } from '../../core/plugin.ts'

/** Listings with a body: https://developers.notion.com/reference/post-search and the queries of databases. */
const reading = /^v1\/(?:search|(?:databases|data_sources)\/[\w-]+\/query)$/

export const proxy: ProxyRules = {
  judge({ method, path }) {
    if (/^v1\/oauth(?:\/|$)/i.test(path)) return 'never'
    return method === 'POST' && reading.test(path) ? 'reads' : undefined
  },
}
