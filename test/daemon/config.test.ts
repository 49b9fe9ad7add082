import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isFailure } from '../../core/errors.ts'
import { type DaemonConfig, loadConfig } from '../../daemon/config.ts'

const families = [{ id: 'google', endpoints: ['api', 'gmail', 'authorize', 'token'] }, { id: 'asana' }]

async function load(
  content: unknown,
  environment: Record<string, string> = {},
): Promise<{ config: DaemonConfig; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  if (content !== undefined) {
    await writeFile(join(folder, 'config.json'), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return { config: loadConfig({ environment, folder, families }), folder }
}

async function refusal(content: unknown, environment: Record<string, string> = {}): Promise<string> {
  try {
    await load(content, environment)
  } catch (error) {
    if (isFailure(error, 'bad_config')) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

/** What the file says for a value that is read from the environment. */
function from(variable: string): string {
  return `\${${variable}}`
}

const defaults = {
  server: { host: 'localhost', port: 8001, allowedHosts: [], allowedOrigins: [] },
  logLevel: 'info',
  sync: { concurrency: 4, timeoutMinutes: 240 },
  proxy: { write: false },
  history: { jobsDays: 90, eventsDays: 30 },
  plugins: [],
  providers: {},
  apiKey: undefined,
}

describe('the configuration', () => {
  it.each([
    ['no file', undefined],
    ['an empty object', {}],
    ['empty sections', { server: {}, sync: {}, history: {}, proxy: {}, providers: {} }],
  ])('needs nothing: %s gives the defaults', async (_what, content) => {
    const { config, folder } = await load(content)
    expect(config).toEqual({ ...defaults, dataDir: join(folder, 'data') })
  })

  it('takes every key', async () => {
    const google = {
      clientId: 'id',
      clientSecret: 'secret',
      tenant: 'common',
      endpoints: { api: 'http://127.0.0.1:9/x/', token: 'https://token.example/{tenant}/token' },
      limits: { requestsPerSecond: 0.5, burst: 2, concurrent: 1 },
    }
    const given = {
      server: {
        host: '0.0.0.0',
        port: 0,
        allowedHosts: ['inlet.example', 'other.example:8443'],
        allowedOrigins: ['https://app.example'],
        rateLimit: 10,
      },
      dataDir: '/somewhere/else',
      logLevel: 'debug',
      sync: { concurrency: 1, timeoutMinutes: 0.5 },
      proxy: { write: true },
      history: { jobsDays: 1, eventsDays: 365 },
      plugins: ['./mine.ts', 'inlet-plugin-other'],
      providers: { google, asana: { endpoints: { anything: 'http://localhost:1' } } },
    }
    const { config } = await load(given)
    const endpoints = { ...google.endpoints, api: 'http://127.0.0.1:9/x' }
    const providers = { ...given.providers, google: { ...google, endpoints } }
    expect(config).toEqual({ ...given, providers, apiKey: undefined })
  })

  it('may begin with a byte order mark, as some editors write it', async () => {
    expect((await load('\uFEFF{"server":{"port":5}}')).config.server.port).toBe(5)
  })

  it('reads values from the environment, numbers too', async () => {
    const { config } = await load(
      {
        server: { port: from('PORT'), allowedHosts: [from('NAME')] },
        providers: { google: { clientSecret: from('SECRET') } },
      },
      { PORT: '5', SECRET: 'from outside', NAME: 'a.example' },
    )
    expect(config.server).toMatchObject({ port: 5, allowedHosts: ['a.example'] })
    expect(config.providers.google).toEqual({ clientSecret: 'from outside' })
  })

  it('leaves a name alone that is not the whole value', async () => {
    const { config } = await load({ providers: { google: { clientId: `x${from('NAME')}` } } })
    expect(config.providers.google?.clientId).toBe(`x${from('NAME')}`)
  })

  it('gives way to INLET_HOST and its kin, whatever the file says', async () => {
    const { config, folder } = await load(
      { server: { host: from('MISSING'), port: 1 }, dataDir: './a', logLevel: 'info' },
      { INLET_HOST: '127.0.0.1', INLET_PORT: '2', INLET_DATA_DIR: 'b', INLET_LOG_LEVEL: 'error', INLET_API_KEY: 'k' },
    )
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 2 })
    expect(config).toMatchObject({ dataDir: resolve(folder, 'b'), logLevel: 'error', apiKey: 'k' })
  })

  it('is the file that INLET_CONFIG names', async () => {
    const { folder } = await load(undefined)
    const path = join(folder, 'other.json')
    await writeFile(path, '{"server":{"port":3}}')
    expect(loadConfig({ environment: { INLET_CONFIG: path }, folder, families }).server.port).toBe(3)
    expect(await refusal(undefined, { INLET_CONFIG: 'nowhere.json' })).toMatch(/nowhere\.json.*does not exist/)
  })

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('takes the loopback host %s', async host => {
    expect((await load({ server: { host } })).config.server.host).toBe(host)
  })

  it.each([
    ...['0.0.0.0', '::', '[::]', '0', 'inlet.example', '192.168.1.2', 'LOCALHOST', 'localhost.', '127.1'],
    ...['2130706433', '0x7f.1', '127.0.0.1.nip.io', '::ffff:127.0.0.1'],
  ])('takes %s only with names it is reached by', async host => {
    expect(await refusal({ server: { host } })).toMatch(/server\.host .*server\.allowedHosts/)
    expect((await load({ server: { host, allowedHosts: ['a.example'] } })).config.server.host).toBe(host)
  })

  it('has an example that is good, and shows every key', async () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'config.example.json'), 'utf8')
    const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '')
    expect(names.length).toBeGreaterThan(5)
    const environment = Object.fromEntries(names.map(name => [name, 'x']))
    const folder = tmpdir()
    const path = join(import.meta.dirname, '..', '..', 'config.example.json')
    const all = ['google', 'microsoft', 'asana', 'slack', 'notion'].map(id => ({ id }))
    const config = loadConfig({ environment: { ...environment, INLET_CONFIG: path }, folder, families: all })
    expect(Object.keys(config.providers).sort()).toEqual(all.map(({ id }) => id).sort())
    for (const key of ['rateLimit', 'allowedHosts', 'timeoutMinutes', 'logLevel', 'dataDir'])
      expect(text).toContain(key)
  })
})

const mistakes: [what: string, content: unknown, message: RegExp][] = [
  ['an unknown key', { sever: {} }, /: sever ".*did you mean "server"\?/],
  ['an unknown key within', { server: { hots: 'x' } }, /: server\.hots .*did you mean "host"\?/],
  ['an unknown provider', { providers: { gogle: {} } }, /: providers\.gogle .*did you mean "google"\?/],
  [
    'an unknown endpoint',
    { providers: { google: { endpoints: { gmial: 'https://x' } } } },
    /providers\.google\.endpoints\.gmial/,
  ],
  ['a number as text', { server: { port: '8001' } }, /: server\.port must be a number/],
  ['a text as number', { server: { host: 1 } }, /: server\.host must be a string/],
  ['a port out of range', { server: { port: 65536 } }, /: server\.port must be at most 65535/],
  ['half a port', { server: { port: 1.5 } }, /: server\.port must be an integer/],
  ['a host with a scheme', { server: { host: 'http://x' } }, /: server\.host must be a host name/],
  ['one host instead of a list', { server: { allowedHosts: 'a' } }, /: server\.allowedHosts must be an array/],
  [
    'an allowed host with a path',
    { server: { allowedHosts: ['a', 'b/c'] } },
    /: server\.allowedHosts\.1 must be a host name/,
  ],
  [
    'an origin with a path',
    { server: { allowedOrigins: ['https://a.example/'] } },
    /: server\.allowedOrigins\.0 must be an origin/,
  ],
  ['no concurrency', { sync: { concurrency: 0 } }, /: sync\.concurrency must be at least 1/],
  ['an unknown level', { logLevel: 'loud' }, /: logLevel must be one of debug, info/],
  ['an empty data folder', { dataDir: '' }, /: dataDir must not be empty/],
  [
    'http to another machine',
    { providers: { google: { endpoints: { api: 'http://a.example' } } } },
    /google\.endpoints\.api must begin with https/,
  ],
  ['no URL', { providers: { google: { endpoints: { token: 'token' } } } }, /google\.endpoints\.token must be a URL/],
  [
    'a URL with a password',
    { providers: { google: { endpoints: { api: 'https://u:p@a.example' } } } },
    /google\.endpoints\.api must not have a user name/,
  ],
  [
    'a URL with a query',
    { providers: { asana: { endpoints: { api: 'https://a.example?x' } } } },
    /asana\.endpoints\.api must not have a query/,
  ],
  ['a limit of none', { providers: { google: { limits: { burst: 0 } } } }, /google\.limits\.burst must be at least 1/],
  ['a section that is none', { server: [] }, /: server must be an object/],
  ['no object at all', [1], /the content must be an object/],
  ['null', { sync: null }, /: sync must be an object/],
  ['no JSON', '{\n  "server": {},\n}', /line 3, column 1/],
  [
    'a missing variable',
    { providers: { google: { clientId: from('NOT_SET') } } },
    /providers\.google\.clientId .* NOT_SET, which is not set/,
  ],
]

describe('a mistake in the configuration', () => {
  it.each(mistakes)('stops the start and names its place: %s', async (_what, content, message) => {
    const said = await refusal(content)
    expect(said).toMatch(message)
    expect(said).toContain('config.json')
  })

  it.each([
    ['INLET_PORT', 'abc'],
    ['INLET_PORT', '-1'],
    ['INLET_PORT', '70000'],
    ['INLET_HOST', ''],
    ['INLET_LOG_LEVEL', 'loud'],
    ['INLET_DATA_DIR', ''],
    ['INLET_API_KEY', ''],
    ['INLET_API_KEY', 'two words'],
  ])('in %s (%j) is named after the variable', async (name, value) => {
    expect(await refusal({}, { [name]: value })).toMatch(new RegExp(`^${name}\\b`))
  })

  it('is told together with every other, a line for each', async () => {
    const said = await refusal({ server: { port: 'x', hots: 1 }, logLevel: 1 })
    expect(said.split('\n')).toHaveLength(3)
  })

  it('never repeats a value, which may be a secret', async () => {
    const secret = 'shh-secret-value'
    const contents = [
      `{"providers": {"google": {"clientSecret": "${secret}" "x"}}}`,
      { providers: { google: { clientSecret: [secret] } } },
      { providers: { google: { endpoints: { api: `https://x:${secret}@a.example` } } } },
      { server: { port: secret } },
    ]
    for (const content of contents) expect(await refusal(content)).not.toContain(secret)
    expect(await refusal({ server: { port: from('SECRET') } }, { SECRET: secret })).not.toContain(secret)
    expect(contents).toHaveLength(4)
  })
})
