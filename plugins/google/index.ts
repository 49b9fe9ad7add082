import { oauth2, type Plugin } from '../../core/plugin.ts'
import { baseUrl } from './api.ts'
import { calendar } from './calendar.ts'
import { classify } from './classify.ts'
import { googleClientGuide } from './client-guide.ts'
import { drive } from './drive.ts'
import { gmail } from './gmail.ts'
import { proxy } from './proxy.ts'

export const google: Plugin = {
  id: 'google',
  title: 'Google',
  // https://developers.google.com/identity/protocols/oauth2/web-server: what RFC 6749 does not name.
  auth: oauth2({
    // Six months without use (https://developers.google.com/identity/protocols/oauth2#expiration).
    refreshTokenIdleDays: 180,
    // Without consent asked for anew, the second sign-in of a person brings no refresh token.
    authorizeParameters: { access_type: 'offline', prompt: 'consent' },
    errors: {
      deleted_client: 'client_invalid',
      disabled_client: 'client_invalid',
      restricted_client: 'client_invalid',
      admin_policy_enforced: 'token_revoked',
    },
  }),
  endpoints: {
    api: 'https://www.googleapis.com',
    gmail: 'https://gmail.googleapis.com',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
  },
  origins: endpoints => [baseUrl(endpoints, 'api'), baseUrl(endpoints, 'gmail')],
  limits: {
    ...{ requestsPerSecond: 50, burst: 100, concurrent: 8 },
    // 6,000 units a minute, of which a message costs 5 (https://developers.google.com/workspace/gmail/api/reference/quota).
    lanes: { gmail: { requestsPerSecond: 20, burst: 1200 } },
  },
  classify,
  clientGuide: googleClientGuide,
  proxy,
  sources: [gmail, drive, calendar],
}
