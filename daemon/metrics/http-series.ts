/** What is counted of requests to the API: by route, never by address. */
import { createMeter, type Series } from '../../core/meter.ts'

export interface HttpMeter {
  /** @param route as it is declared; @param seconds until the answer began */
  answered(request: { method: string; route: string; status: number; seconds: number }): void
  series(): Series[]
}

/** Anyone may make up others. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function createHttpMeter(): HttpMeter {
  const meter = createMeter({
    inlet_http_requests_total: {
      ...{ type: 'counter', labels: ['route', 'method', 'status'] },
      help: 'Requests to the API that were answered.',
    },
    inlet_http_request_duration_seconds: {
      ...{ type: 'histogram', labels: ['route'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] },
      help: 'How long answers took to begin.',
    },
  })
  return {
    answered({ method, route, status, seconds }) {
      const labels = { route, method: methods.has(method) ? method : 'other', status: String(status) }
      meter.count('inlet_http_requests_total', labels)
      meter.observe('inlet_http_request_duration_seconds', { route }, seconds)
    },
    series: meter.series,
  }
}
