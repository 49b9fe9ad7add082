/** Asana. Source: https://developers.asana.com/reference/rest-api-reference */
import { oauth2, type Plugin } from '../../core/plugin.ts'
import { classify } from './classify.ts'
import { asanaClientGuide } from './client-guide.ts'
import { proxy } from './proxy.ts'
import { asanaSource } from './source.ts'

export const asana: Plugin = {
  id: 'asana',
  title: 'Asana',
  // https://developers.asana.com/docs/oauth: the client in the form body; a refresh keeps the refresh token.
  auth: oauth2({ unnamedScopes: ['default'] }),
  endpoints: {
    api: 'https://app.asana.com/api/1.0',
    authorize: 'https://app.asana.com/-/oauth_authorize',
    token: 'https://app.asana.com/-/oauth_token',
  },
  origins: endpoints => (endpoints.api ? [endpoints.api] : []),
  // 150 a minute on free plans, 1,500 on paid ones (https://developers.asana.com/docs/rate-limits).
  limits: { requestsPerSecond: 2.5, burst: 20, concurrent: 4 },
  classify,
  clientGuide: asanaClientGuide,
  proxy,
  sources: [asanaSource],
}
