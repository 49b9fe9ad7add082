import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../../../daemon/cli.ts'
import { startTestDaemon } from '../harness.ts'
import { openBrowser } from './browser.ts'

async function run(folder: string, environment: Record<string, string>, words = ['dashboard']) {
  const said: string[] = []
  const complaints: string[] = []
  const code = await runCommand(words, {
    ...{ version: '0.0.0', environment, folder },
    ...{ say: line => void said.push(line), complain: line => void complaints.push(line) },
  })
  return { code, said, complaints }
}

describe('inlet dashboard', () => {
  it('prints a link that lets a browser in, once', async () => {
    const daemon = await startTestDaemon()
    onTestFinished(() => daemon.close())
    const { code, said, complaints } = await run(daemon.folder, { INLET_PORT: String(daemon.port) })
    expect([code, complaints]).toEqual([0, []])
    const [, path = ''] =
      /^Open the dashboard: http:\/\/localhost:\d+(\/sign-in\?code=[\w-]{43})$/.exec(said[0] ?? '') ?? []
    expect((await openBrowser(daemon).get(path)).status).toBe(303)
    expect((await openBrowser(daemon).get(path)).status).toBe(401)
  })

  it('says so where no inlet runs, and when it is called in a wrong way', async () => {
    const nowhere = join(import.meta.dirname, 'no-such-folder')
    const { code, complaints } = await run(nowhere, { INLET_PORT: '1' })
    expect([code, complaints]).toEqual([5, [expect.stringMatching(/no inlet runs on .*: start it with "inlet start"/)]])
    expect((await run(nowhere, {}, ['dashboard', 'now'])).code).toBe(2)
  })
})
