/** What a user gets: a clone that starts, a package that installs. Both are made from the project as it is now. */
import { spawnSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, createApiClient, type Job, type SearchHit } from './support/api-client.ts'
import { startDaemonProcess } from './support/daemon-process.ts'
import { type Emulators, startEmulators } from './support/demo/emulators.ts'
import { blockOf } from './support/readme.ts'
import { machineNode, newNodeEnvironment, run, succeed, userEnvironment } from './support/shell.ts'
import { copyProject } from './support/working-copy.ts'

const root = join(import.meta.dirname, '..')
const oldest = [24, 15] as const

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet-package-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function health(url: string): Promise<number> {
  return (await fetch(`${url}/healthz`)).status
}

describe('a fresh clone', () => {
  it("starts, serves and stops with the README's first command on the machine's own Node, and runs tests with its second", {
    timeout: 300_000,
  }, async () => {
    const clone = join(folder, 'clone')
    await copyProject(clone)

    const daemon = await startDaemonProcess({
      command: ['bash', '-c', blockOf('start').text],
      folder: clone,
      baseEnvironment: userEnvironment(),
      startLimitMs: 240_000,
    })
    expect(await health(daemon.url)).toBe(200)
    // What this start has compiled is kept at its end: what is there by now, installing has.
    const compiled = await readdir(join(clone, 'node_modules', '.cache', 'inlet'), { recursive: true })
    expect(compiled.length).toBeGreaterThan(300)
    await daemon.stop()
    expect(daemon.output()).toContain('inlet listens on')
    expect(daemon.output()).not.toMatch(/install.?scripts|allow.?scripts|deprecated/i)

    // The packages are there from the first command, and the whole suite would begin with this test again.
    const command = blockOf('test').text.trim().replace('npm ci && npm test', 'npm test -- test/architecture.test.ts')
    expect(command).toMatch(/^npm test -- /)
    const tests = await succeed('bash', ['-c', command], { cwd: clone })
    expect(tests.output).toMatch(/Tests .*\d+ passed/)
  })
})

describe('the package', () => {
  let emulators: Emulators
  let project: string
  let tarball: string

  beforeAll(async () => {
    emulators = await startEmulators()
    const source = join(folder, 'source')
    await copyProject(source)
    await symlink(join(root, 'node_modules'), join(source, 'node_modules'))
    await succeed('bash', ['-c', blockOf('pack').text], { cwd: source, env: newNodeEnvironment() })
    const [name] = (await readdir(source)).filter(file => file.endsWith('.tgz'))
    tarball = join(source, name ?? '')
    project = join(folder, 'project')
    await mkdir(project)
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
    const install = blockOf('install').text.replace(/\S+\.tgz/, tarball)
    await succeed('bash', ['-c', install], { cwd: project, env: newNodeEnvironment() })
  }, 240_000)
  afterAll(async () => {
    await emulators?.close()
  })

  const installed = (...path: string[]) => join(project, 'node_modules', 'inlet', ...path)

  it('holds what is run and read, and neither sources nor tests but the suite for sources', async () => {
    const { stdout } = await succeed('tar', ['-tzf', tarball], { cwd: folder })
    const files = stdout
      .trim()
      .split('\n')
      .map(path => path.replace(/^package\//, ''))
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'config.example.json',
      'dist/daemon/inlet.js',
      'dist/daemon/dashboard/client/style.css',
      'dist/daemon/dashboard/client/script.js',
      'dist/daemon/dashboard/client/icon.svg',
      'dist/core/index.d.ts',
      ...['maps.br', 'LICENSE'].map(name => `dist/core/content/pdf/character-maps/${name}`),
      'dist/daemon/client/index.d.ts',
      ...['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'].map(
        name => `dist/daemon/docs/swagger-ui/${name}`,
      ),
    ]) {
      expect(files).toContain(file)
    }
    const others = files.filter(
      path =>
        !/^dist\/(core|daemon|plugins|test\/support\/source-suite)\/.+|^dist\/test\/support\/fake-server\.|^dist\/package\.json$|^[^/]+$/.test(
          path,
        ),
    )
    expect(others).toEqual([])
    expect(files.filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([])
  })

  it('imports no file by an ending that it does not have any more', async () => {
    const files = await readdir(installed('dist'), { recursive: true, withFileTypes: true })
    const scripts = files.filter(file => file.isFile() && file.name.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(50)
    for (const { parentPath, name } of scripts) {
      expect(await readFile(join(parentPath, name), 'utf8'), name).not.toMatch(
        /(from|import) *\(?['"`]\.{1,2}\/[^'"`\n]*\.ts['"`]/,
      )
    }
  })

  it('has a command that npx finds and starts', { timeout: 60_000 }, async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    const env = newNodeEnvironment()
    const shown = await succeed('npx', ['--no-install', 'inlet', '--version'], { cwd: project, env })
    expect(shown.stdout.trim()).toBe(version)
    const daemon = await startDaemonProcess({
      command: ['npx', '--no-install', 'inlet', 'start'],
      folder: project,
      baseEnvironment: env,
    })
    expect(await health(daemon.url)).toBe(200)
    await daemon.stop()
    await expect(health(daemon.url)).rejects.toThrow()
  })

  it('has what assistants start, from any folder, as the README says', { timeout: 60_000 }, async () => {
    const env = newNodeEnvironment()
    const daemon = await startDaemonProcess({
      command: [join(project, 'node_modules', '.bin', 'inlet'), 'start'],
      folder: project,
      baseEnvironment: env,
    })
    const key = (await readFile(daemon.apiKeyFile, 'utf8')).trim()
    const elsewhere = join(folder, 'elsewhere')
    await mkdir(elsewhere)
    const client = new Client({ name: 'test', version: '1' })
    const surroundings = { ...env, INLET_API_KEY: key, INLET_PORT: new URL(daemon.url).port }
    await client.connect(
      new StdioClientTransport({
        ...{ command: 'npx', args: ['--no', '--prefix', project, 'inlet', 'mcp'], cwd: elsewhere },
        env: Object.fromEntries(Object.entries(surroundings).filter(isSet)),
      }),
    )
    expect((await client.listTools()).tools.length).toBe(6)
    await client.close()
    await daemon.stop()
  })

  it('has a daemon that serves, syncs with its worker threads, and ends with 0 at SIGTERM', {
    timeout: 60_000,
  }, async () => {
    // By itself: npx, as npm, answers for its own shell at a signal and not for what runs in it.
    const daemon = await startDaemonProcess({
      command: [join(project, 'node_modules', '.bin', 'inlet'), 'start'],
      folder: join(project, 'syncing'),
      config: { providers: emulators.providers },
      baseEnvironment: newNodeEnvironment(),
    })
    expect(await health(daemon.url)).toBe(200)
    for (const path of ['/docs', '/docs/swagger-ui-bundle.js', '/docs/docs.css'])
      expect((await fetch(daemon.url + path)).status).toBe(200)
    const api = await createApiClient(daemon.url, daemon.apiKeyFile)
    await api.call('POST', '/collections', { name: 'Papers', readable_id: 'papers' })
    const { id, latest_sync_job_id } = await api.call<Connection>('POST', '/source-connections', {
      short_name: 'google_drive',
      collection: 'papers',
      auth_fields: { access_token: emulators.tokens.google },
    })
    const seen: string[] = []
    for await (const { data } of api.events<Job>(`/source-connections/${id}/jobs/${latest_sync_job_id}/events`))
      seen.push(data.status)
    expect(seen.at(-1)).toBe('completed')
    // A mail in a file is always converted in a thread of its own, and the store works in others.
    const { results } = await api.call<{ results: SearchHit[] }>('GET', '/collections/papers/search?query=foghorn')
    expect(results.map(({ name }) => name)).toEqual(['A letter from the keeper.eml'])
    const script = `import { apiKeyFromFile, createClient } from 'inlet/client'
      const [baseUrl, file] = process.argv.slice(1)
      const inlet = createClient({ baseUrl, apiKey: apiKeyFromFile(file) })
      for await (const { entities } of inlet.changes('papers')) for (const { name } of entities) console.log(name)`
    const words = ['--input-type=module', '-e', script, daemon.url, daemon.apiKeyFile]
    const { stdout } = await succeed('node', words, { cwd: project, env: newNodeEnvironment() })
    expect(stdout).toContain('A letter from the keeper.eml\n')
    expect(await daemon.stop()).toBe(0)
  })

  it("embeds as the README's script does", { timeout: 60_000 }, async () => {
    // The one change: where the providers live.
    const { text } = blockOf('embed')
    const script = text.replace(/createInlet\(\{/, `createInlet({ providers: ${JSON.stringify(emulators.providers)},`)
    expect(script).not.toBe(text)
    await writeFile(join(project, 'embed.mjs'), script)
    const env = { ...newNodeEnvironment(), SLACK_TOKEN: emulators.tokens.slack }
    const { stdout } = await succeed('node', ['embed.mjs'], { cwd: project, env })
    expect(stdout).toContain('completed')
    expect(stdout).toContain('<mark>')
  })

  it('has types that hold under the strictest settings, and refuse what is wrong', { timeout: 60_000 }, async () => {
    const right = [
      "import { createInlet, Failure, isFailure, type Inlet } from 'inlet'",
      "import { oauth2, type Plugin, type Source } from 'inlet/plugin'",
      "import { plugins } from 'inlet/plugins'",
      "import { apiKeyFromFile, createClient, type Entity, InletError } from 'inlet/client'",
      "import { google } from 'inlet/plugins/google'",
      "import { slack } from 'inlet/plugins/slack'",
      'export const families: readonly Plugin[] = [google, slack, ...plugins]',
      "export const inlet: Promise<Inlet> = createInlet({ dataDir: './data', plugins: families })",
      'export async function names(): Promise<string[]> {',
      '  try {',
      '    return (await (await inlet).connections.list({ skip: 0, limit: 10 })).map(({ name }) => name)',
      '  } catch (error) {',
      "    if (isFailure(error, 'not_found')) throw new Failure('internal', error.message)",
      '    throw error',
      '  }',
      '}',
      'export const fields = oauth2({}).fields.map(({ name }) => name)',
      "export const shortNames: Source['shortName'][] = plugins.flatMap(({ sources }) => sources.map(({ shortName }) => shortName))",
    ]
    await writeFile(join(project, 'right.ts'), right.join('\n'))
    await writeFile(
      join(project, 'wrong.ts'),
      [
        "import { createInlet } from 'inlet'",
        'export const inlet = createInlet({ dataDir: 1, plugins: [] })',
        "import { createClient } from 'inlet/client'",
        "export const job = createClient().getJob({ job_id: 'a' })",
        "export const made = createClient().createSourceConnection({ body: { shortname: 'slack' } })",
      ].join('\n'),
    )
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--skipLibCheck',
      'false',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
    ]
    const check = (file: string) =>
      run(join(root, 'node_modules', '.bin', 'tsc'), [...options, file], { cwd: project, env: newNodeEnvironment() })
    expect(await check('right.ts')).toMatchObject({ output: '', exitCode: 0 })
    const { output } = await check('wrong.ts')
    expect(output.match(/^wrong\.ts\(\d+/gm)).toEqual(['wrong.ts(2', 'wrong.ts(4', 'wrong.ts(5'])
    expect(output).toMatch(/^wrong\.ts\(2,\d+\): error TS2322/)
  })

  it("tests a source of one's own, with node:test", { timeout: 120_000 }, async () => {
    await copyFile(join(root, 'test', 'support', 'example-plugin.ts'), join(project, 'notebook.ts'))
    await copyFile(join(root, 'test', 'support', 'fake-notebook.ts'), join(project, 'fake-notebook.ts'))
    await writeFile(
      join(project, 'notebook.test.ts'),
      blockOf('testing').text.replace(
        /^import .* from 'vitest'/m,
        "import { after as afterAll, test } from 'node:test'",
      ),
    )
    const env = newNodeEnvironment()
    const { stdout } = await succeed('node', ['--test', 'notebook.test.ts'], { cwd: project, env })
    expect(stdout).toMatch(/pass 2\d\n/)
    expect(stdout).toMatch(/fail 0\n/)
  })

  it('brings no development tool with it', async () => {
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const tools = Object.keys(manifest.devDependencies ?? {}).filter(name => !name.startsWith('@types/'))
    const names = await readdir(join(project, 'node_modules'))
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter(name => tools.includes(name))).toEqual([])
    expect(manifest).not.toHaveProperty('private')
  })

  const old = machineNode()
  const version = old === undefined ? '' : spawnSync(old, ['--version'], { encoding: 'utf8' }).stdout.trim()
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number)
  const isOld = old !== undefined && (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
  const sentence = (node: string) => `inlet needs Node.js ${oldest.join('.')} or newer, and this is ${node}.\n`

  it.runIf(isOld)(`tells the machine's own, too old Node (${version}) so in one sentence`, async () => {
    const outcome = await run(old ?? '', [installed('dist', 'daemon', 'inlet.js'), 'start'], { cwd: project })
    expect(outcome).toMatchObject({ exitCode: 1, output: sentence(version.slice(1)) })
  })

  it('tells a Node that says it is of version 24.14.9, or 18, so in one sentence', async () => {
    for (const claimed of ['24.14.9', '18.20.4']) {
      const claim = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${claimed}'}})`
      const outcome = await run(process.execPath, ['--import', claim, installed('dist', 'daemon', 'inlet.js')], {
        cwd: project,
      })
      expect(outcome).toMatchObject({ exitCode: 1, output: sentence(claimed) })
    }
  })
})

describe('the last line of CI', () => {
  const summary = async (testResults: object[]) => {
    const file = join(folder, 'report.json')
    await writeFile(file, JSON.stringify({ testResults }))
    const { exitCode, stdout } = await run('node', [join(root, '.ci', 'summary.mjs'), file], { cwd: root })
    return [stdout, exitCode]
  }
  const tests = (...statuses: string[]) => ({
    status: statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map(status => ({ status })),
  })

  it('counts what the test runner reported, and what it could not load', async () => {
    expect(await summary([tests('passed', 'passed'), tests('passed')])).toEqual(['3 passed, 0 failed\n', 0])
    expect(await summary([tests('passed', 'skipped', 'pending')])).toEqual(['1 passed, 0 failed, 2 skipped\n', 0])
    expect(await summary([tests('passed', 'failed')])).toEqual(['1 passed, 1 failed\n', 1])
    expect(await summary([tests('passed'), { status: 'failed', assertionResults: [] }])).toEqual([
      '1 passed, 1 failed\n',
      1,
    ])
    expect(await summary([])).toEqual(['0 passed, 0 failed\n', 1])
  })
})
