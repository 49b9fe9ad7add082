/** The dashboard's own files, read when they are first asked for. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isFresh } from '../fresh.ts'
import type { App } from '../routes/support.ts'
import { assetTypes } from './open-pages.ts'

export function addAssetRoutes(app: App): void {
  for (const [name, type] of Object.entries(assetTypes)) {
    const content = readFileSync(new URL(`./client/${name}`, import.meta.url), 'utf8')
    const tag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
    app.get(`/dashboard/${name}`, context => {
      const headers = { ETag: tag, 'Cache-Control': 'no-cache' }
      if (isFresh(context.req.header('if-none-match'), tag)) return context.body(null, 304, headers)
      return context.body(content, 200, { ...headers, 'Content-Type': `${type}; charset=utf-8` })
    })
  }
}
