import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, startTestDaemon, type TestDaemon } from './harness.ts'

let daemon: TestDaemon

beforeAll(async () => {
  daemon = await startTestDaemon()
})

afterAll(() => daemon.close())

const canaries = {
  access: 'canary-access-1f3a',
  refresh: 'canary-refresh-2b7c',
  secret: 'canary-client-secret-3d9e',
  override: 'canary-override-4e1f',
  wrong: 'canary-wrong-5a2b',
}

/** Everything a client gets, as text. */
const answers: string[] = []

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<unknown> {
  const answer = await daemon.ask(method, path, { body, headers })
  answers.push(`${method} ${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${answer.text}`)
  return answer.body
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const paths = names.map(name => join(folder, name))
  const kinds = await Promise.all(paths.map(path => stat(path)))
  return paths.filter((_path, index) => kinds[index]?.isFile())
}

describe('a secret', () => {
  it('is in no answer, no line of the log, no file but sealed ones, and never in an address', async () => {
    daemon.slack.server.tokens?.add(canaries.access)
    const credential = {
      access_token: canaries.access,
      refresh_token: canaries.refresh,
      client_id: 'public',
      client_secret: canaries.secret,
    }
    const { id } = await connect(daemon, { auth_fields: credential })
    for (const path of ['', '?show_auth_fields=true', '/jobs']) await ask('GET', `/source-connections/${id}${path}`)
    await ask('GET', '/source-connections')
    const { id: jobId } = (await ask('POST', `/source-connections/${id}/run`, { access_token: canaries.override })) as {
      id: string
    }
    await daemon.until<{ status: string }>(
      `/source-connections/${id}/jobs/${jobId}`,
      ({ status }) => status === 'failed',
    )
    await ask('GET', `/source-connections/${id}/jobs/${jobId}`)
    await ask('GET', `/source-connections/${id}/jobs/${jobId}/events`)
    const mistakes: unknown[] = [
      { short_name: 'slack', auth_fields: { access_token: ` ${canaries.access}` } },
      { short_name: 'slack', auth_fields: { access_token: [canaries.access] } },
      { short_name: 'slack', auth_fields: canaries.access },
      { short_name: 'slack', authentication: { client_secret: canaries.secret } },
      { short_name: 'slack', auth_fields: credential, authentication: { access_token: canaries.wrong } },
      { short_name: 'slack', auth_fields: credential, validate: 'yes' },
      { short_name: 'slack', auth_fields: { access_token: canaries.wrong }, validate: true },
      `{"auth_fields": {"access_token": ${canaries.access}}}`,
      `"${canaries.access}"`,
    ]
    for (const body of mistakes) await ask('POST', '/source-connections', body)
    for (const body of mistakes) await ask('PATCH', `/source-connections/${id}`, body)
    await ask('POST', `/source-connections/${id}/run`, { access_token: ` ${canaries.override}` })
    await ask('GET', '/sources', undefined, { 'X-API-Key': canaries.wrong })
    await ask('GET', '/sources', undefined, { Authorization: `Bearer ${canaries.wrong}`, 'X-API-Key': 'x' })
    await ask('PATCH', `/source-connections/${id}`, { auth_fields: { access_token: canaries.access } })
    await ask('DELETE', `/source-connections/${id}`)
    await connect(daemon, { auth_fields: credential })

    expect(answers.length).toBeGreaterThan(25)
    const printed = daemon.printed.join('\n')
    expect(printed).toContain('"msg":"request"')
    const files = await filesOf(join(daemon.folder, 'data'))
    expect(files.some(path => path.includes('/vault/'))).toBe(true)
    const stored = await Promise.all(files.map(path => readFile(path, 'latin1')))
    const asked = daemon.slack.server.requests.map(request => `${request.path}?${request.query}`)
    expect(asked.length).toBeGreaterThan(5)
    const places = { answers: answers.join('\n'), printed, stored: stored.join('\n'), asked: asked.join('\n') }
    for (const [place, text] of Object.entries(places)) {
      const found = Object.entries(canaries).filter(([, canary]) => text.includes(canary))
      expect([place, found.map(([name]) => name)]).toEqual([place, []])
    }
  })

  it('of the API itself is in its file alone', async () => {
    const said = [...answers, ...daemon.printed].join('\n')
    expect(said).not.toContain(daemon.key)
    expect(said).toContain(join(daemon.folder, 'data', 'api-key'))
    const others = (await filesOf(join(daemon.folder, 'data'))).filter(path => !path.endsWith('/api-key'))
    const contents = await Promise.all(others.map(path => readFile(path, 'latin1')))
    expect(contents.length).toBeGreaterThan(2)
    expect(contents.filter(content => content.includes(daemon.key))).toEqual([])
  })
})
