import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createInlet } from '../../core/index.ts'
import { google } from '../../plugins/google/index.ts'
import { createFakeGmail } from '../support/fake-gmail.ts'
import { startFakeServer } from '../support/fake-server.ts'

it('a token that dies in the middle of a hundred parallel requests is refreshed exactly once', async () => {
  const gmail = createFakeGmail()
  gmail.knobs.pageSize = 50
  gmail.knobs.batch = 'missing'
  for (let index = 0; index < 120; index++) gmail.add({ subject: `mail ${index}` })
  let refreshes = 0
  let refused = 0
  const server = await startFakeServer([
    ...gmail.routes,
    {
      method: 'POST',
      pattern: '/token',
      open: true,
      handler: () => ({ body: { access_token: `token-${++refreshes}`, token_type: 'Bearer', expires_in: 3600 } }),
    },
  ])
  server.tokens = new Set(['token-0'])
  server.fault = (request, number) => {
    if (number === 40) server.tokens = new Set(['token-1'])
    if (request.headers.authorization === 'Bearer token-0' && number >= 40) refused++
    return undefined
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const endpoints = { api: server.url, gmail: server.url, token: `${server.url}/token`, authorize: server.url }
  const limits = { concurrent: 100, requestsPerSecond: 10_000, burst: 10_000 }
  const inlet = await createInlet({ dataDir, plugins: [google], providers: { google: { endpoints, limits } } })
  try {
    const { id } = await inlet.connections.create({
      shortName: 'gmail',
      authFields: { access_token: 'token-0', refresh_token: 'refresh', client_id: 'client', client_secret: 'secret' },
      syncImmediately: false,
    })
    const job = await inlet.connections.run(id)
    let last = job
    for await (const progress of inlet.jobs.follow(id, job.id, AbortSignal.timeout(20_000))) last = progress.job
    expect(last).toMatchObject({ status: 'completed', encountered: { gmail_message: 120 } })
    expect(refused).toBeGreaterThan(1)
    expect(refreshes).toBe(1)
  } finally {
    await inlet.close()
    await server.close()
    await rm(dataDir, { recursive: true })
  }
})
