import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { createRoute, z } from '@hono/zod-openapi'
import { backupBody } from '../schemas/backup.ts'
import { loopbackOnly } from './loopback.ts'
import { type App, jsonBody, problemAnswers, readBody } from './support.ts'

const archive = z.string().meta({ format: 'binary', description: 'The bytes of the archive', examples: ['(bytes)'] })

/** States no scope: what it answers has the owner's own key in it. */
const make = createRoute({
  method: 'post',
  path: '/backup',
  operationId: 'makeBackup',
  tags: ['The daemon'],
  summary: 'A copy of the whole data folder as one archive, while everything goes on',
  description:
    "A tar archive, which ends with the SHA-256 of each of its files. For the owner's key alone, from the machine itself only. One at a time.",
  middleware: [loopbackOnly('a backup is given'), readBody],
  request: jsonBody(backupBody),
  responses: {
    200: {
      content: { 'application/gzip': { schema: archive }, 'application/x-tar': { schema: archive } },
      description: 'The archive',
    },
    ...problemAnswers('loopback-only', 'conflict', 'data-folder'),
  },
})

/** Half of the time of zlib's own choice, for a few percent of size. */
const level = 4

export function addBackupRoutes(app: App): void {
  app.openapi(make, async context => {
    const { include_key: includeKey, compressed = true } = context.req.valid('json')
    const { content, about } = await context.var.inlet.backups.make({ includeKey })
    const bytes = Readable.from(content, { objectMode: false })
    // An end that comes too early reaches the reader as such, and the other way round.
    const body = compressed ? pipeline(bytes, createGzip({ level }), () => undefined) : bytes
    const name = `inlet-${about.createdAt.replace(/[-:]|\.\d+/g, '')}.tar${compressed ? '.gz' : ''}`
    return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, {
      headers: {
        'Content-Type': compressed ? 'application/gzip' : 'application/x-tar',
        'Content-Disposition': `attachment; filename="${name}"`,
      },
    })
  })
}
