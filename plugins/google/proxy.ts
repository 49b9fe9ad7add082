import type { ProxyRules } from '../../core/plugin.ts'

export const proxy: ProxyRules = {
  judge({ method, path }) {
    // Where Google's tokens are made and looked into: https://www.googleapis.com/discovery/v1/apis/oauth2/v2/rest
    if (/^oauth2\/v\d+\/(?:token|tokeninfo|revoke)/i.test(path)) return 'never'
    // https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
    return method === 'POST' && path === 'calendar/v3/freeBusy' ? 'reads' : undefined
  },
}
