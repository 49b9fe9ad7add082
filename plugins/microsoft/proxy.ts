import type { ProxyRules } from '../../core/plugin.ts'

/** Actions that answer and change nothing, though they are asked for by POST. A `$batch` may hold anything. */
const reading = [
  /** https://learn.microsoft.com/graph/api/search-query */
  /^search\/query$/,
  /** https://learn.microsoft.com/graph/api/calendar-getschedule */
  /^(?:me|users\/[^/]+)\/calendar\/getSchedule$/,
  /** https://learn.microsoft.com/graph/api/user-findmeetingtimes */
  /^(?:me|users\/[^/]+)\/findMeetingTimes$/,
  /** https://learn.microsoft.com/graph/api/user-translateexchangeids */
  /^(?:me|users\/[^/]+)\/translateExchangeIds$/,
]

export const proxy: ProxyRules = {
  endpoint: 'graph',
  siblings: ['beta'],
  judge: ({ method, path }) => (method === 'POST' && reading.some(form => form.test(path)) ? 'reads' : undefined),
}
