/** Microsoft Graph. Source: https://learn.microsoft.com/graph/overview */
import { oauth2, type Plugin } from '../../core/plugin.ts'
import { graphUrl } from './api.ts'
import { classify } from './classify.ts'
import { microsoftClientGuide } from './client-guide.ts'
import { onedrive } from './onedrive.ts'
import { outlookCalendar } from './outlook-calendar.ts'
import { outlookMail } from './outlook-mail.ts'
import { proxy } from './proxy.ts'

export const microsoft: Plugin = {
  id: 'microsoft',
  title: 'Microsoft',
  // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token
  auth: oauth2({
    fields: [
      {
        name: 'tenant',
        title: 'Tenant',
        description: 'Directory id or domain of the account; default: the one in the configuration, else common.',
        type: 'string',
        default: 'common',
      },
    ],
    // https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime
    refreshTokenIdleDays: 90,
    // Without offline_access the answer brings no new refresh token.
    refreshScope: scopes => [...new Set([...scopes, 'offline_access'])].join(' '),
    authorizeParameters: { prompt: 'select_account' },
    errors: { invalid_resource: 'bad_config' },
  }),
  endpoints: {
    graph: 'https://graph.microsoft.com/v1.0',
    authorize: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize',
    token: 'https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token',
  },
  origins: endpoints => [graphUrl(endpoints)],
  // Outlook allows 10,000 requests in 10 minutes and 4 at once in a mailbox
  // (https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits).
  limits: { requestsPerSecond: 15, burst: 60, concurrent: 4 },
  classify,
  clientGuide: microsoftClientGuide,
  proxy,
  sources: [onedrive, outlookMail, outlookCalendar],
}
