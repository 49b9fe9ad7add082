import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../core/errors.ts'
import { isFolderLocked } from '../../core/store/lock.ts'
import { writeDurably } from '../../core/vault/adapter.ts'
import { diskFiles } from '../../core/vault/files.ts'
import type { CommandContext } from '../command-line/context.ts'
import type { ExitCode } from '../command-line/exit-codes.ts'
import { loadPlace } from '../config.ts'
import { type Manager, type ManagerName, managerOf, tell } from '../service/manager.ts'
import { hasControls, type ServiceProgram } from '../service/program.ts'
import { onFiles } from './backup-files.ts'

interface Named {
  name: string
  manager: ManagerName | undefined
}

export interface InstallCall extends Named {
  'environment-file': string | undefined
  'no-sandbox': boolean
  'no-start': boolean
  'dry-run': boolean
}

export async function installService(call: InstallCall, context: CommandContext): Promise<ExitCode> {
  const manager = managerFor(call, context)
  const program = programFor(call, context)
  const content = manager.content(program, { isSandboxed: !call['no-sandbox'] })
  const commands = call['no-start'] ? [] : manager.start
  if (call['dry-run']) {
    await context.answer({ path: manager.path, content, commands: manager.start }, [content.trimEnd()])
    context.tell(`This would be ${manager.path}, and then:`)
    for (const words of commands) context.tell(`  ${words.join(' ')}`)
    return 0
  }
  await onFiles(manager.path, async () => {
    for (const folder of manager.folders) await mkdir(folder, { recursive: true })
    await mkdir(program.dataDir, { recursive: true, mode: 0o700 })
    await writeDurably(diskFiles, manager.path, content)
    // For all to read: there is nothing secret in it.
    await chmod(manager.path, 0o644)
  })
  const wanted = await onFiles(program.environmentFile, () => prepareVariables(program.environmentFile, context))
  const failed = await tellAll(commands, context)
  const about = variablesWanted(wanted, program.environmentFile)
  const state = call['no-start']
    ? 'It is written'
    : failed
      ? `It is written, but not started: ${failed.said}`
      : 'It runs'
  const lines = [
    `${state}. ${manager.path}`,
    ...(failed ? ['To start it:', ...failed.left.map(words => `  ${words.join(' ')}`)] : []),
    ...about,
    ...manager.hints,
  ]
  await context.answer(
    {
      path: manager.path,
      started: !failed && !call['no-start'],
      environment_file: program.environmentFile,
      variables: wanted,
    },
    lines,
  )
  return failed ? 4 : 0
}

export async function uninstallService(
  call: Named & { 'dry-run': boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const manager = managerFor(call, context)
  if (!(await isThere(manager.path))) throw notInstalled(call.name)
  if (call['dry-run']) {
    for (const words of manager.stop) context.tell(words.join(' '))
    await context.answer({ path: manager.path, commands: manager.stop }, [`${manager.path} would be removed.`])
    return 0
  }
  const failed = await tellAll(manager.stop, context)
  await onFiles(manager.path, () => rm(manager.path))
  // Forgets the file; where there is no manager, there is nothing to forget.
  for (const words of manager.start.slice(0, 1))
    if (words.includes('daemon-reload')) await tell(words, context.environment)
  await context.answer({ path: manager.path, stopped: !failed }, [
    `${manager.path} is removed${failed ? `; it could not be stopped: ${failed.said}` : ', and it is stopped'}. Data and configuration stay.`,
  ])
  return 0
}

export async function tellService(call: Named, context: CommandContext): Promise<ExitCode> {
  const manager = managerFor(call, context)
  if (!(await isThere(manager.path))) throw notInstalled(call.name)
  const { isDone: active } = await tell(manager.isRunning, context.environment)
  const { dataDir } = loadPlace(context)
  const inUse = isFolderLocked(dataDir)
  await context.answer({ path: manager.path, active, data_dir: dataDir, data_dir_in_use: inUse }, [
    `${manager.path}: ${active ? 'it runs' : 'it does not run'}`,
    ...(inUse && !active ? [`An inlet runs on ${dataDir}, but not as this service.`] : []),
  ])
  return active ? 0 : 5
}

function managerFor({ name, manager }: Named, { environment }: CommandContext): Manager {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/.test(name)) {
    throw new Failure('bad_config', '--name takes letters, digits, - and _')
  }
  const own = { linux: 'systemd', darwin: 'launchd' } as const
  const found = manager ?? own[process.platform as keyof typeof own]
  if (!found) throw new Failure('bad_config', 'inlet knows no service manager of this system: start it with its own')
  return managerOf(found, name, environment.HOME || homedir(), environment)
}

/** Variables that the service gets as they are now. None of them is secret. */
const taken = ['INLET_HOST', 'INLET_PORT', 'INLET_LOG_LEVEL']

const entry = fileURLToPath(new URL('../inlet.js', import.meta.url))

function programFor(call: InstallCall, context: CommandContext): ServiceProgram {
  const { environment, folder } = context
  const { dataDir } = loadPlace(context)
  const config = environment.INLET_CONFIG && resolve(folder, environment.INLET_CONFIG)
  const variables = [
    ...(config ? [['INLET_CONFIG', config]] : []),
    ['INLET_DATA_DIR', dataDir],
    ...taken.flatMap(name => (environment[name] ? [[name, environment[name]]] : [])),
  ] as [string, string][]
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config')
  const file =
    call['environment-file'] ?? join(home, 'inlet', call.name === 'inlet' ? 'environment' : `${call.name}.environment`)
  const program: ServiceProgram = {
    ...{ name: call.name, node: process.execPath, entry, folder, dataDir },
    environment: Object.fromEntries(variables),
    environmentFile: resolve(folder, file),
  }
  const texts = [program.node, entry, folder, dataDir, program.environmentFile, ...variables.map(([, value]) => value)]
  if (texts.some(hasControls)) throw new Failure('bad_config', 'a path has a character in it that no service takes')
  if (/[/\\]_npx[/\\]/.test(entry)) {
    context.warn(
      'inlet was started from a cache of npx, which may be emptied: install it, and run this again from there',
    )
  }
  return program
}

/** Makes the file of variables, empty, where it is missing. @returns names of those that the configuration takes */
async function prepareVariables(file: string, { environment, folder }: CommandContext): Promise<string[]> {
  const config = await readFile(resolve(folder, environment.INLET_CONFIG || 'config.json'), 'utf8').catch(() => '')
  const names = [...config.matchAll(/"\$\{([A-Za-z_][A-Za-z0-9_]*)\}"/g)].map(match => match[1] ?? '')
  const secrets = ['INLET_API_KEY', 'INLET_MASTER_KEY', 'INLET_MASTER_KEY_FILE', 'INLET_PASSPHRASE']
  const wanted = [...new Set([...names, ...secrets.filter(name => environment[name])])]
  if (!(await isThere(file))) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const lines = [
      '# Variables of inlet as a service, NAME=value a line. Only you can read this file.',
      ...wanted.map(name => `# ${name}=`),
    ]
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' })
  }
  const content = await readFile(file, 'utf8')
  return wanted.filter(name => !new RegExp(`^\\s*${name}=`, 'm').test(content))
}

function variablesWanted(names: readonly string[], file: string): string[] {
  if (names.length === 0) return []
  return [`It needs ${names.join(', ')}: write NAME=value lines into ${file}, and start it again.`]
}

async function tellAll(
  commands: readonly (readonly string[])[],
  { environment }: CommandContext,
): Promise<{ said: string; left: readonly (readonly string[])[] } | undefined> {
  for (const [index, words] of commands.entries()) {
    const { isDone, said } = await tell(words, environment)
    if (!isDone) return { said, left: commands.slice(index) }
  }
  return undefined
}

async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  )
}

function notInstalled(name: string): Failure {
  return new Failure('not_found', `there is no service ${name} of inlet's: inlet service install makes it`)
}
