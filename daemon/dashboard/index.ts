/** The dashboard: pages for a person, rendered here, with a small script for what is live. */
import type { App } from '../routes/support.ts'
import type { ProblemBody } from '../schemas/common.ts'
import { addAssetRoutes, assetPaths } from './assets.ts'
import type { DashboardContext } from './context.ts'
import { problemHtml } from './pages/problem.ts'
import { addConnectRoutes } from './routes/connect.ts'
import { addConnectionPageRoutes } from './routes/connection.ts'
import { addOverviewRoutes } from './routes/overview.ts'
import { addSessionRoutes } from './routes/session.ts'

export function addDashboard(app: App, context: DashboardContext): void {
  addAssetRoutes(app)
  for (const add of [addSessionRoutes, addOverviewRoutes, addConnectRoutes, addConnectionPageRoutes]) add(app, context)
}

/** What is answered without a key or session: signing in, and what those pages look like. */
export function isOpenPage(method: string, path: string): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  if (path === '/sign-in') return isRead || method === 'POST'
  return isRead && assetPaths.includes(path)
}

/** A problem as a page. */
export async function problemPage(problem: ProblemBody, headers: Readonly<Record<string, string>>): Promise<Response> {
  const text = String(await problemHtml(problem))
  return new Response(text, {
    status: problem.status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=UTF-8' },
  })
}
