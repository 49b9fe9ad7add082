import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { launchdAgent } from '../../../daemon/service/launchd.ts'
import { systemdUnit } from '../../../daemon/service/systemd.ts'
import { runInlet } from '../../support/command-run.ts'

let folder: string
let environment: Record<string, string>
let told: () => Promise<string[]>

/** A home with a `systemctl` and a `launchctl` that note what they are told, and do as `answer` says. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlet service 100% $HOME '))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const log = join(folder, 'told')
  await mkdir(join(folder, 'bin'))
  for (const name of ['systemctl', 'launchctl']) {
    const script = `#!/bin/sh\necho "${name} $*" >> '${log}'\n[ -e '${folder}/refuses' ] && { echo 'Failed to connect to bus' >&2; exit 1; }\nexit 0\n`
    await writeFile(join(folder, 'bin', name), script)
    await chmod(join(folder, 'bin', name), 0o755)
  }
  environment = { HOME: folder, PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }
  told = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(line => line !== '')
})

const inlet = (words: string, more: Record<string, string> = {}) =>
  runInlet(`service ${words}`, { folder, environment: { ...environment, ...more } })

const unitPath = () => join(folder, '.config/systemd/user/inlet.service')

describe('inlet service', () => {
  it('installs, tells and removes a unit of systemd', async () => {
    expect((await inlet('status --manager systemd')).code).toBe(6)
    const installed = await inlet('install --manager systemd', { INLET_PORT: '9001' })
    expect([installed.code, installed.err]).toEqual([0, ''])
    expect(installed.out).toMatch(/^It runs\..*loginctl enable-linger/s)
    expect(await told()).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable inlet.service',
      'systemctl --user restart inlet.service',
    ])
    const unit = await readFile(unitPath(), 'utf8')
    expect(unit).toContain(`Environment="INLET_PORT=9001"`)
    expect(unit).toContain(`ReadWritePaths="${join(folder, 'data').replaceAll('%', '%%')}"`)
    expect((await inlet('status --manager systemd')).code).toBe(0)
    const removed = await inlet('uninstall --manager systemd')
    expect([removed.code, removed.out]).toEqual([0, expect.stringContaining('Data and configuration stay')])
    expect(await told()).toContain('systemctl --user disable --now inlet.service')
    expect((await inlet('uninstall --manager systemd')).code).toBe(6)
  })

  it('writes no secret into it, but names a private file for them and what is wanted in it', async () => {
    const secrets = { INLET_PASSPHRASE: 'canary words', INLET_API_KEY: 'canary-key', SLACK_ID: 'canary-id' }
    const config = { providers: { slack: { clientId: `$\{SLACK_ID}` } } }
    await writeFile(join(folder, 'config.json'), JSON.stringify(config))
    const installed = await inlet('install --manager systemd', secrets)
    const file = join(folder, '.config/inlet/environment')
    expect(installed.out).toContain(
      `It needs SLACK_ID, INLET_API_KEY, INLET_PASSPHRASE: write NAME=value lines into ${file}`,
    )
    const written = (await readFile(unitPath(), 'utf8')) + (await readFile(file, 'utf8')) + installed.out
    expect(written).not.toContain('canary')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await writeFile(file, 'SLACK_ID=x\nINLET_PASSPHRASE=y\nINLET_API_KEY=z\n')
    const again = await inlet('install --manager systemd', secrets)
    expect(again.out).not.toContain('It needs')
    expect(await readFile(file, 'utf8')).toContain('SLACK_ID=x')
  })

  it('where the manager does not answer, leaves the files and says what to type', async () => {
    await writeFile(join(folder, 'refuses'), '')
    const installed = await inlet('install --manager systemd')
    expect([installed.code, installed.out]).toEqual([
      4,
      expect.stringMatching(/not started: Failed to connect to bus.*systemctl --user enable inlet\.service/s),
    ])
    expect(await told()).toEqual(['systemctl --user daemon-reload'])
    expect((await inlet('status --manager systemd')).code).toBe(5)
    const absent = await inlet('install --manager launchd', { PATH: '/nonexistent' })
    expect([absent.code, absent.out]).toEqual([4, expect.stringContaining('launchctl is not installed here')])
  })

  it('shows what it would do, and does nothing', async () => {
    const shown = await inlet('install --manager systemd --dry-run')
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('[Service]')])
    expect(shown.err).toContain('systemctl --user enable inlet.service')
    expect(await told()).toEqual([])
    await expect(stat(unitPath())).rejects.toThrow()
    expect((await inlet('install --name ../x')).code).not.toBe(0)
  })

  it('installs an agent of launchd', async () => {
    const installed = await inlet('install --manager launchd')
    expect([installed.code, installed.err]).toEqual([0, ''])
    const path = join(folder, 'Library/LaunchAgents/local.inlet.plist')
    expect(await told()).toEqual([`launchctl bootstrap gui/${process.getuid?.()} ${path}`])
    expect(await readFile(path, 'utf8')).toContain('<key>KeepAlive</key>')
  })
})

const program = {
  name: 'inlet',
  node: '/opt/no de/bin/node',
  entry: '/home/a "b" \\c/$HOME/100%/inlet.js',
  folder: '/home/a b/100% $X',
  dataDir: '/home/a "b" \\c/$HOME/100%/data',
  environment: { INLET_CONFIG: '/etc/a & b <c>/100%.json' },
  environmentFile: '/home/a b/100%/environment',
}

describe('the unit', () => {
  const unit = systemdUnit(program, { isSandboxed: true })

  it('keeps paths as they are, whatever is in them', () => {
    const lines = unit.split('\n')
    expect(lines).toContain('ExecStart="/opt/no de/bin/node" "/home/a \\"b\\" \\\\c/$$HOME/100%%/inlet.js" "start"')
    expect(lines).toContain('WorkingDirectory=/home/a b/100%% $X')
    expect(lines).toContain('Environment="INLET_CONFIG=/etc/a & b <c>/100%%.json"')
    expect(lines).toContain('EnvironmentFile=-/home/a b/100%%/environment')
  })

  it('leaves out what needs namespaces where those are forbidden', () => {
    const plain = systemdUnit(program, { isSandboxed: false })
    expect(plain).toContain('NoNewPrivileges=yes')
    expect(plain).not.toMatch(/Protect|ReadWritePaths|PrivateTmp|Inaccessible/)
    expect(unit).toMatch(/ProtectSystem=strict/)
    expect(unit).not.toMatch(/MemoryDenyWriteExecute|CapabilityBoundingSet|PrivateDevices/)
  })

  it.skipIf(spawnSync('systemd-analyze', ['--version']).error !== undefined)(
    'is one that systemd itself takes',
    async () => {
      const path = join(folder, 'inlet.service')
      const here = { ...program, node: process.execPath, dataDir: folder, folder, entry: import.meta.filename }
      await writeFile(path, systemdUnit(here, { isSandboxed: true }))
      const env = { ...process.env, XDG_RUNTIME_DIR: folder }
      const verified = spawnSync('systemd-analyze', ['verify', '--user', path], { env, encoding: 'utf8' })
      expect([verified.status, verified.stdout + verified.stderr]).toEqual([0, ''])
    },
  )
})

it('the agent of launchd is a property list that says what was meant', () => {
  const agent = launchdAgent(program, '/home/a & b/Logs')
  const python = 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))'
  const read = JSON.parse(execFileSync('python3', ['-c', python], { input: agent, encoding: 'utf8' }))
  expect(read).toEqual({
    Label: 'local.inlet',
    ProgramArguments: [program.node, `--env-file-if-exists=${program.environmentFile}`, program.entry, 'start'],
    WorkingDirectory: program.folder,
    EnvironmentVariables: program.environment,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 5,
    ExitTimeOut: 30,
    ProcessType: 'Background',
    Umask: 0o077,
    StandardOutPath: '/home/a & b/Logs/inlet.log',
    StandardErrorPath: '/home/a & b/Logs/inlet.error.log',
  })
})
