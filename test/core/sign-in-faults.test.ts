import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Failure } from '../../core/errors.ts'
import { createInlet, type Inlet } from '../../core/index.ts'
import { startFakeServer } from '../support/fake-server.ts'
import { type ScriptedPlugin, scriptedPlugin } from '../support/scripted-source.ts'

async function open(plugin: ScriptedPlugin, token = 'http://127.0.0.1:1/token'): Promise<Inlet> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  const providers = { scripted: { clientId: 'client', endpoints: { token } } }
  const inlet = await createInlet({ dataDir, plugins: [plugin], environment: {}, providers })
  onTestFinished(async () => {
    await inlet.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  return inlet
}

describe('new auth fields that come while the old ones are being refused', () => {
  it('are not taken for the refused ones when the job of the old ones ends', async () => {
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const plugin = scriptedPlugin(async function* () {
      begun.resolve()
      await release.promise
      throw new Failure('token_revoked', 'sign in again')
    })
    const inlet = await open(plugin)
    const { id } = await inlet.connections.create({
      shortName: 'scripted',
      authFields: { access_token: 'old' },
      syncImmediately: false,
    })
    const job = await inlet.connections.run(id)
    await begun.promise
    await inlet.connections.update(id, { authFields: { access_token: 'new' } })
    release.resolve()
    for await (const _progress of inlet.jobs.follow(id, job.id, AbortSignal.timeout(10_000)));
    expect(await inlet.jobs.get(id, job.id)).toMatchObject({ status: 'failed', errorCategory: 'token_revoked' })
    expect(await inlet.connections.get(id)).toMatchObject({
      authState: 'ready',
      lastErrorMessage: null,
      totalRuns: 1,
      failedRuns: 1,
    })
  })

  it('are not taken for the refused ones when a refresh before a run ends', async () => {
    const asked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const server = await startFakeServer([
      {
        method: 'POST',
        pattern: '/token',
        open: true,
        async handler() {
          asked.resolve()
          await release.promise
          return { status: 400, body: { error: 'invalid_grant' } }
        },
      },
    ])
    onTestFinished(() => server.close())
    const inlet = await open(scriptedPlugin(), `${server.url}/token`)
    const { id } = await inlet.connections.create({
      shortName: 'scripted',
      authFields: { access_token: 'old', refresh_token: 'refresh', expires_at: '2020-01-01T00:00:00Z' },
      syncImmediately: false,
    })
    const running = inlet.connections.run(id).then(
      () => 'it ran',
      () => 'it did not',
    )
    await asked.promise
    await inlet.connections.update(id, { authFields: { access_token: 'new' } })
    release.resolve()
    await running
    expect(await inlet.connections.get(id)).toMatchObject({ authState: 'ready', lastErrorMessage: null })
  })
})
