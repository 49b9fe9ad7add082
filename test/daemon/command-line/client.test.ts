import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../../core/clock.ts'
import { Failure } from '../../../core/errors.ts'
import { whileUnreachable } from '../../../daemon/commands/patience.ts'
import { startDaemon } from '../../../daemon/main.ts'
import { runInlet } from '../../support/command-run.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { connect, startTestDaemon } from '../harness.ts'

/** Something else that listens where inlet did, and a data folder that is left of it. */
async function stranger() {
  const asked: (string | string[] | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers['x-api-key'])
    response.end('<html></html>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'inlet-stranger-'))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'data', 'api-key'), 'canary-key')
  onTestFinished(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  const environment = { INLET_HOST: '127.0.0.1', INLET_PORT: String((server.address() as AddressInfo).port) }
  return { asked, folder, environment }
}

describe('the client of the commands', () => {
  it("does not give the data folder's key to what listens at the port while no inlet runs on the folder", async () => {
    const { asked, folder, environment } = await stranger()
    const ended = await runInlet('connections', { folder, environment })
    expect(ended).toMatchObject({ code: 5, out: '', err: expect.stringContaining('no inlet runs on') })
    expect(asked).toEqual([])
  })

  it('says so where something else answers than an inlet', async () => {
    const { folder, environment } = await stranger()
    const ended = await runInlet('connections', { folder, environment: { ...environment, INLET_API_KEY: 'a-key' } })
    expect(ended).toMatchObject({ code: 5, err: expect.stringContaining('is no inlet') })
  })

  it("sends no key of the environment to another machine that only a folder's own file names", async () => {
    const { asked, folder, environment } = await stranger()
    // An address of this machine that is not written as one.
    const server = { host: '::ffff:127.0.0.1', port: Number(environment.INLET_PORT) }
    await writeFile(join(folder, 'config.json'), JSON.stringify({ server }))
    const refused = await runInlet('connections', { folder, environment: { INLET_API_KEY: 'a-key' } })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('would have INLET_API_KEY sent') })
    expect(asked).toEqual([])
    const meant = { INLET_API_KEY: 'a-key', INLET_CONFIG: join(folder, 'config.json') }
    expect(await runInlet('connections', { folder, environment: meant })).toMatchObject({ code: 5 })
    expect(asked).toEqual(['a-key'])
  })

  it('ends with 7 for a wrong key, and for one that may not do it', async () => {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    await connect(daemon, { name: 'Mine' })
    const made = await daemon.ask('POST', '/keys', { body: { name: 'reader', scope: 'read' } })
    const { key } = made.body as { key: string }
    const run = (words: string, apiKey: string) =>
      runInlet(words, { folder: '/', environment: { INLET_PORT: String(daemon.port), INLET_API_KEY: apiKey } })
    expect(await run('connections', 'wrong')).toMatchObject({
      code: 7,
      err: expect.stringContaining('API key is wrong'),
    })
    expect(await run('connections', key)).toMatchObject({ code: 0, out: expect.stringContaining('Mine') })
    const refused = await run('sync Mine --json', key)
    expect([refused.code, JSON.parse(refused.err)]).toEqual([7, expect.objectContaining({ status: 403, exit_code: 7 })])
  })

  it('waits longer and longer while inlet is away, and not for what is wrong', async () => {
    const clock = fakeClock()
    const { signal } = new AbortController()
    const lost: string[] = []
    let attempts = 0
    const work = async () => {
      if (++attempts < 5) throw new Failure('unavailable', `away ${attempts}`)
      return 'there'
    }
    const onLost = ({ message }: Failure) => void lost.push(message)
    expect(await clock.run(whileUnreachable(work, { clock, signal, onLost }))).toBe('there')
    expect([clock.slept, lost]).toEqual([[250, 500, 1000, 2000], ['away 1']])
    const wrong = async () => Promise.reject(new Failure('not_found', 'gone'))
    await expect(whileUnreachable(wrong, { clock, signal, onLost })).rejects.toThrow('gone')
    const never = async () => Promise.reject(new Failure('unavailable', 'away'))
    await expect(clock.run(whileUnreachable(never, { clock, signal, onLost, attempts: 3 }))).rejects.toThrow('away')
  })

  it('follows the changes over a restart of inlet, and gives none twice', async () => {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    const { id } = await connect(daemon, { name: 'Mine' })
    const environment = { INLET_PORT: String(daemon.port) }
    const stop = new AbortController()
    const names: string[] = []
    const following = runInlet('changes --follow', {
      ...{ folder: daemon.folder, environment, interrupted: stop.signal },
      onLine(lines) {
        names.push(...lines.split('\n').map(line => JSON.parse(line).name as string))
        if (names.includes('guavas')) stop.abort()
      },
    })
    while (!names.includes('cherries')) await new Promise(resolve => setImmediate(resolve))
    await daemon.stop()
    const silent = { say: () => undefined, logTo: { write: () => undefined } }
    const next = await startDaemon({ version: '0', environment, folder: daemon.folder, clock: systemClock, ...silent })
    daemon.slack.post('C00000001', 'guavas')
    await daemon.ask('POST', `/source-connections/${id}/run`)
    expect((await following).code).toBe(130)
    await next.stop()
    expect(new Set(names).size).toBe(names.length)
  })
})
