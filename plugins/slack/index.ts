/** Slack. Source: https://docs.slack.dev/apis/web-api */
import { isJsonObject, oauth2, type Plugin } from '../../core/plugin.ts'
import { classify } from './classify.ts'
import { slackClientGuide } from './client-guide.ts'
import { proxy } from './proxy.ts'
import { slackSource } from './source.ts'

export const slack: Plugin = {
  id: 'slack',
  title: 'Slack',
  auth: oauth2({
    // Token rotation: each refresh token works once (https://docs.slack.dev/authentication/using-token-rotation).
    repeatable: false,
    authorizeScope: { parameter: 'user_scope', separator: ',' },
    // A client that is not registered for PKCE redirects to https alone (https://docs.slack.dev/authentication/using-pkce).
    pkce: 'loopback',
    errorOf: body => (body.ok === false ? (body.error ?? 'unknown') : undefined),
    errors: {
      invalid_refresh_token: 'token_revoked',
      invalid_grant_type: 'bad_config',
      token_revoked: 'token_revoked',
      token_expired: 'token_revoked',
      account_inactive: 'token_revoked',
      invalid_client_id: 'client_invalid',
      bad_client_secret: 'client_invalid',
      no_scopes: 'scope_missing',
      ratelimited: 'rate_limited',
      internal_error: 'unavailable',
      fatal_error: 'unavailable',
      service_unavailable: 'unavailable',
      request_timeout: 'unavailable',
      team_added_to_org: 'unavailable',
    },
    // The first answer holds a bot's token on top and a person's in `authed_user`; a refresh answers its own on top.
    tokensOf: body => {
      const { authed_user: person } = body
      return isJsonObject(person) && typeof person.access_token === 'string' ? person : body
    },
  }),
  endpoints: {
    api: 'https://slack.com/api',
    authorize: 'https://slack.com/oauth/v2/authorize',
    token: 'https://slack.com/api/oauth.v2.access',
    files: 'https://files.slack.com',
  },
  origins: ({ api, files }) => [api, files].filter(url => url !== undefined),
  // Slack limits each method by the minute and tells when; this only keeps a run from flooding it.
  limits: { requestsPerSecond: 20, burst: 40, concurrent: 4 },
  classify,
  clientGuide: slackClientGuide,
  proxy,
  sources: [slackSource],
}
