/** The dashboard: pages for a person, rendered here, with a small script for what is live. */
import type { App } from '../routes/support.ts'
import { addAssetRoutes } from './assets.ts'
import type { DashboardContext } from './context.ts'
import { addConnectRoutes } from './routes/connect.ts'
import { addConnectionPageRoutes } from './routes/connection.ts'
import { addOverviewRoutes } from './routes/overview.ts'
import { addSessionRoutes } from './routes/session.ts'

export function addDashboard(app: App, context: DashboardContext): void {
  addAssetRoutes(app)
  for (const add of [addSessionRoutes, addOverviewRoutes, addConnectRoutes, addConnectionPageRoutes]) add(app, context)
}
