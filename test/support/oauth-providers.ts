/** The token endpoints of the five providers as declarations, each with the quirks that its vendor documents. */
import { type Auth, oauth2 } from '../../core/plugin.ts'

/** https://developers.google.com/identity/protocols/oauth2/web-server#offline */
export const googleAuth: Auth = oauth2({ errors: { deleted_client: 'client_invalid' } })

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token */
export const microsoftAuth: Auth = oauth2({
  fields: [
    {
      name: 'tenant',
      title: 'Tenant',
      description: 'Directory id or domain; common for every account.',
      type: 'string',
      default: 'common',
    },
  ],
  refreshScope: scopes => [...scopes, 'offline_access'].join(' '),
})

/** https://developers.asana.com/docs/oauth */
export const asanaAuth: Auth = oauth2({})

/** https://docs.slack.dev/authentication/using-token-rotation */
export const slackAuth: Auth = oauth2({
  repeatable: false,
  errorOf: body => (body.ok === false ? body.error : undefined),
  errors: {
    invalid_refresh_token: 'token_revoked',
    token_revoked: 'token_revoked',
    token_expired: 'token_revoked',
    invalid_client_id: 'client_invalid',
    bad_client_secret: 'client_invalid',
    ratelimited: 'rate_limited',
  },
  tokensOf: body => (body.token_type === 'user' || !body.authed_user ? body : body.authed_user),
})

/** https://developers.notion.com/reference/refresh-a-token */
export const notionAuth: Auth = oauth2({
  repeatable: false,
  client: 'basic',
  body: 'json',
  headers: { 'notion-version': '2025-09-03' },
  errors: { unauthorized: 'client_invalid' },
})
