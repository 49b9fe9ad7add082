import { defineCommand, type OptionDeclaration } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'

const common = {
  name: { value: 'NAME', default: 'inlet', description: 'of the service, for more than one' },
  manager: {
    value: 'MANAGER',
    choices: ['systemd', 'launchd'],
    description: 'who runs it; default what this system has',
  },
} as const satisfies Record<string, OptionDeclaration>

const dryRun = { 'dry-run': { description: 'show what would be done, and do nothing' } } as const

const install = defineCommand({
  name: 'install',
  summary: 'have inlet started with your session, and again when it fails',
  description: [
    'Writes a unit for your systemd user manager, or an agent for launchd on macOS, and starts it. The configuration (config.json in this folder, or the file that INLET_CONFIG names), the data folder, INLET_HOST, INLET_PORT and INLET_LOG_LEVEL are taken as they are now. Run it again after you have moved inlet or Node.',
    'Secrets are not written into it, as others may read it: put INLET_MASTER_KEY_FILE, INLET_PASSPHRASE, INLET_API_KEY, GOOGLE_CLIENT_SECRET and their kin as NAME=value into the file of variables that it names, which only you can read.',
    'With systemd it can write to its data folder alone, gains no rights, sees no ~/.ssh, and is held to the system calls of a service. Where a system forbids namespaces to users, its start fails with 226/NAMESPACE: use --no-sandbox there, which leaves out what needs them.',
  ],
  options: {
    ...common,
    'environment-file': {
      value: 'FILE',
      description: 'the file of variables; default in ~/.config/inlet',
      completes: 'file',
    },
    'no-sandbox': { description: 'with systemd, without what needs namespaces' },
    'no-start': { description: 'write the files, and start nothing' },
    ...dryRun,
  },
  examples: [
    { command: 'inlet service install --dry-run', says: 'What it would write' },
    { command: 'inlet service install', says: 'From now on it runs' },
  ],
  exits: { 4: 'the files are written, but the manager could not be told' },
  async run({ options }, context) {
    const { installService } = await import('./service-work.ts')
    return installService(options, context)
  },
})

const uninstall = defineCommand({
  name: 'uninstall',
  summary: 'stop it, and remove what was installed; data and configuration stay',
  options: { ...common, ...dryRun },
  examples: [{ command: 'inlet service uninstall', says: 'It runs no more by itself' }],
  async run({ options }, context) {
    const { uninstallService } = await import('./service-work.ts')
    return uninstallService(options, context)
  },
})

const status = defineCommand({
  name: 'status',
  summary: 'whether it is installed, and runs',
  options: common,
  examples: [{ command: 'inlet service status', says: 'Does it run?' }],
  exits: { 5: clientExits[5], 6: 'it is not installed' },
  async run({ options }, context) {
    const { tellService } = await import('./service-work.ts')
    return tellService(options, context)
  },
})

export const service = defineCommand({
  name: 'service',
  group: 'run',
  summary: 'have inlet run in the background: install, uninstall, status',
  examples: [{ command: 'inlet service install', says: 'Started now, and with each of your sessions' }],
  commands: [install, uninstall, status],
})
