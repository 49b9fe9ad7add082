import type { ProxyRules } from '../../core/plugin.ts'
import { classify } from './classify.ts'

/**
 * Slack takes GET and POST for every method (https://docs.slack.dev/apis/web-api#basics), so that its name alone says
 * what it does. These ends of names only read, in whichever family.
 */
const readingEnds = new Set([
  ...['list', 'info', 'history', 'replies', 'members', 'get', 'lookup', 'test', 'identity', 'userInfo'],
  ...['getPermalink', 'getPresence', 'lookupByEmail', 'teamInfo', 'accessLogs', 'billableInfo', 'integrationLogs'],
  ...['listConnectInvites'],
])
const reading = new Set(['users.conversations', 'search.all', 'search.files', 'search.messages'])

/** They hand out tokens, or end them. */
const ofTokens =
  /^(?:oauth\.|openid\.connect\.token$|tooling\.tokens\.|auth\.revoke$|apps\.auth\.external\.|apps\.uninstall$)/i

export const proxy: ProxyRules = {
  judge({ method: verb, path }) {
    const method = path.replace(/\/+$/, '')
    if (ofTokens.test(method)) return 'never'
    if (!/^\w+(?:\.\w+)+$/.test(method) || !['GET', 'HEAD', 'POST'].includes(verb)) return 'writes'
    const end = method.slice(method.lastIndexOf('.') + 1)
    return reading.has(method) || readingEnds.has(end) ? 'reads' : 'writes'
  },
  // Each method waits for its own `Retry-After`.
  lane: path => path.replace(/\/+$/, ''),
  isTokenRefused(status, beginning) {
    // As Slack begins every good answer.
    if (/^\s*\{\s*"ok"\s*:\s*true/.test(beginning)) return false
    const body = parsed(beginning)
    return body === undefined ? undefined : classify(status, body)?.code === 'unauthorized'
  },
}

/** `undefined` where it is none, or not yet. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
