/** Notion. Source: https://developers.notion.com/reference/intro */
import { oauth2, type Plugin } from '../../core/plugin.ts'
import { classify } from './classify.ts'
import { notionClientGuide } from './client-guide.ts'
import { proxy } from './proxy.ts'
import { notionSource } from './source.ts'

const notionVersion = '2025-09-03'

export const notion: Plugin = {
  id: 'notion',
  title: 'Notion',
  // https://developers.notion.com/reference/create-a-token: each refresh gives a new refresh token, or null for the old one.
  auth: oauth2({
    client: 'basic',
    body: 'json',
    headers: { 'notion-version': notionVersion },
    repeatable: false,
    // https://developers.notion.com/docs/authorization: what is allowed is chosen page by page, and there is no PKCE.
    authorizeParameters: { owner: 'user' },
    pkce: 'never',
    errors: { unauthorized: 'client_invalid', rate_limited: 'rate_limited', conflict_error: 'unavailable' },
  }),
  endpoints: {
    api: 'https://api.notion.com',
    authorize: 'https://api.notion.com/v1/oauth/authorize',
    token: 'https://api.notion.com/v1/oauth/token',
  },
  origins: endpoints => (endpoints.api ? [endpoints.api] : []),
  headers: { 'notion-version': notionVersion },
  // Three requests a second on average, bursts allowed: https://developers.notion.com/reference/request-limits
  limits: { requestsPerSecond: 3, burst: 30, concurrent: 4 },
  classify,
  clientGuide: notionClientGuide,
  proxy,
  sources: [notionSource],
}
