/** The OpenAPI document as the daemon serves it, and its routes, without a daemon. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { createInlet } from '../../core/index.ts'
import { silentLog } from '../../core/log.ts'
import { apiKey } from '../../daemon/api-key.ts'
import type { OpenApiDocument } from '../../daemon/openapi/document.ts'
import { createServer } from '../../daemon/server.ts'
import { plugins } from '../../plugins/index.ts'

export interface Served {
  document: OpenApiDocument
  routes: readonly { method: string; path: string }[]
}

export async function servedDocument(): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-document-'))
  const inlet = await createInlet({ dataDir: folder, plugins })
  try {
    const own = { apiKey: apiKey('a-key'), port: () => 8001, version: '0.0.0', clock: systemClock, log: silentLog }
    const server = createServer({ inlet, ...own })
    const request = new Request('http://localhost:8001/openapi.json', { headers: { host: 'localhost:8001' } })
    const answer = await server.fetch(request)
    return { document: (await answer.json()) as OpenApiDocument, routes: await server.routes() }
  } finally {
    await inlet.close()
    await rm(folder, { recursive: true, force: true })
  }
}
