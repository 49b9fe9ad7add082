/** The two service managers: where their files are, and what they are told. */
import { execFile } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { labelOf, launchdAgent } from './launchd.ts'
import type { ServiceProgram } from './program.ts'
import { systemdUnit, type UnitOptions } from './systemd.ts'

export const managerNames = ['systemd', 'launchd'] as const
export type ManagerName = (typeof managerNames)[number]

export interface Manager {
  /** The file that it reads. */
  path: string
  content(program: ServiceProgram, options: UnitOptions): string
  /** Folders that must be there. */
  folders: readonly string[]
  /** In their order, each a program and its words; the first that fails ends it. */
  start: readonly (readonly string[])[]
  stop: readonly (readonly string[])[]
  /** Ends with 0 while it runs. */
  isRunning: readonly string[]
  /** What a person may want to do besides. */
  hints: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

export function managerOf(name: ManagerName, service: string, home: string, environment: Environment): Manager {
  return name === 'systemd' ? systemd(service, home, environment) : launchd(service, home)
}

function systemd(service: string, home: string, environment: Environment): Manager {
  const unit = `${service}.service`
  const folder = join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'systemd', 'user')
  const systemctl = (...words: string[]) => ['systemctl', '--user', ...words]
  return {
    path: join(folder, unit),
    content: systemdUnit,
    folders: [folder],
    start: [systemctl('daemon-reload'), systemctl('enable', unit), systemctl('restart', unit)],
    stop: [systemctl('disable', '--now', unit)],
    isRunning: systemctl('is-active', '--quiet', unit),
    hints: [
      `To have it run also while you are not logged in: loginctl enable-linger ${userInfo().username}`,
      `Its log: journalctl --user -u ${unit} -f`,
    ],
  }
}

function launchd(service: string, home: string): Manager {
  const folder = join(home, 'Library', 'LaunchAgents')
  const logs = join(home, 'Library', 'Logs', 'inlet')
  const path = join(folder, `${labelOf(service)}.plist`)
  const domain = `gui/${process.getuid?.() ?? 0}`
  const target = `${domain}/${labelOf(service)}`
  return {
    path,
    content: program => launchdAgent(program, logs),
    folders: [folder, logs],
    start: [['launchctl', 'bootstrap', domain, path]],
    stop: [['launchctl', 'bootout', target]],
    isRunning: ['launchctl', 'print', target],
    hints: [`Its log: tail -f ${join(logs, `${service}.error.log`)}`],
  }
}

export interface Told {
  isDone: boolean
  /** What it printed, a line. */
  said: string
}

export function tell([program = '', ...words]: readonly string[], environment: Environment): Promise<Told> {
  return new Promise(resolve => {
    execFile(program, words, { env: { ...environment }, timeout: 60_000 }, (error, stdout, stderr) => {
      const missing = error && 'code' in error && error.code === 'ENOENT' ? `${program} is not installed here` : ''
      const said = missing || stderr.trim() || stdout.trim()
      resolve({ isDone: error === null, said: said.split('\n')[0] ?? '' })
    })
  })
}
