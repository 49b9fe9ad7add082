/**
 * The addresses in areas, told by the first part of a path. An area is loaded when it is first asked for: most of what
 * there is, the dashboard, the API's description or the tools for assistants, is not needed by every inlet every day.
 */
import type { DashboardContext } from './dashboard/context.ts'
import { callbackPath } from './own-origin.ts'
import type { App } from './routes/support.ts'

/** Adds the routes of one file to an application. */
export type AddRoutes = (app: App, context: DashboardContext) => void

/** In the order in which the API's description has them. */
const parts = {
  signIn: async () => (await import('./routes/sign-in.ts')).addSignInRoutes,
  whiteLabels: async () => (await import('./routes/white-labels.ts')).addWhiteLabelRoutes,
  connections: async () => (await import('./routes/source-connections.ts')).addConnectionRoutes,
  jobs: async () => (await import('./routes/jobs.ts')).addJobRoutes,
  sources: async () => (await import('./routes/sources.ts')).addSourceRoutes,
  collections: async () => (await import('./routes/collections.ts')).addCollectionRoutes,
  search: async () => (await import('./routes/search.ts')).addSearchRoutes,
  entities: async () => (await import('./routes/entities.ts')).addEntityRoutes,
  events: async () => (await import('./routes/events.ts')).addEventRoutes,
  webhooks: async () => (await import('./routes/webhooks.ts')).addWebhookRoutes,
  health: async () => (await import('./routes/health.ts')).addHealthRoutes,
  vault: async () => (await import('./routes/vault.ts')).addVaultRoutes,
  backup: async () => (await import('./routes/backup.ts')).addBackupRoutes,
  keys: async () => (await import('./routes/keys.ts')).addKeyRoutes,
  mcp: async () => (await import('./routes/mcp.ts')).addMcpRoutes,
  proxy: async () => (await import('./routes/proxy.ts')).addProxyRoutes,
  metrics: async () => (await import('./routes/metrics.ts')).addMetricsRoutes,
  problems: async () => (await import('./routes/problems.ts')).addProblemRoutes,
  docs: async () => (await import('./routes/docs.ts')).addDocsRoutes,
  dashboard: async () => (await import('./dashboard/index.ts')).addDashboard,
  /** The last: it describes all the others. */
  description: async () => (await import('./routes/openapi.ts')).addOpenApiRoute,
} satisfies Record<string, () => Promise<AddRoutes>>

type Part = keyof typeof parts

/** The parts that have routes under the first part of a path, in the order above. */
const areas = {
  'source-connections': ['connections', 'jobs'],
  /** Where a sign-in begins and ends: between connections, and with a page. */
  signIn: ['signIn', 'connections', 'jobs', 'dashboard'],
  'white-labels': ['whiteLabels'],
  sources: ['sources'],
  collections: ['collections', 'search', 'entities'],
  entities: ['entities'],
  events: ['events'],
  webhooks: ['webhooks'],
  healthz: ['health'],
  readyz: ['health'],
  vault: ['vault'],
  backup: ['backup'],
  keys: ['keys'],
  mcp: ['mcp'],
  proxy: ['proxy'],
  metrics: ['metrics'],
  problems: ['problems'],
  docs: ['docs'],
  dashboard: ['dashboard'],
  /** Everything. */
  'openapi.json': Object.keys(parts) as Part[],
  /** Where nothing is. */
  none: [],
} satisfies Record<string, readonly Part[]>

export type Area = keyof typeof areas

/** The pages of the dashboard, which are one area. */
const pages = new Set(['', 'connect', 'connections', 'search', 'settings', 'sign-in', 'sign-out'])

const signInPath = new RegExp(
  `^${callbackPath}(/|$)|^/source-connections/[^/]+/(oauth2_url|code_to_token_credentials)$`,
)

/** @param path without a slash at its end */
export function areaOf(path: string): Area {
  if (signInPath.test(path)) return 'signIn'
  const [, first = ''] = path.split('/', 2)
  if (pages.has(first)) return 'dashboard'
  return first !== 'signIn' && Object.hasOwn(areas, first) ? (first as Area) : 'none'
}

export async function partsOf(area: Area): Promise<readonly AddRoutes[]> {
  return Promise.all(areas[area].map(part => parts[part]()))
}
