import type { ProxyRules } from '../../core/plugin.ts'

export const proxy: ProxyRules = {
  judge({ method, path, parameters }) {
    // Where Google's tokens are made and looked into: https://www.googleapis.com/discovery/v1/apis/oauth2/v2/rest
    if (/^oauth2\/v\d+\/(?:token|tokeninfo|revoke)/i.test(path)) return 'never'
    // What spares browsers a preflight: a method and headers that stand in the query
    // (https://google.github.io/closure-library/api/goog.net.rpc.HttpCors.html).
    if (parameters.some(name => /^\$?http(?:method|headers)$/i.test(name))) return 'writes'
    // https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
    return method === 'POST' && path === 'calendar/v3/freeBusy' ? 'reads' : undefined
  },
}
