/** The unit of a systemd user manager (systemd.service(5), systemd.exec(5)). */
import { restartSeconds, type ServiceProgram, stopSeconds } from './program.ts'

export interface UnitOptions {
  /** False leaves out what needs namespaces: some kernels and distributions forbid them to users. */
  isSandboxed: boolean
}

/**
 * What a user manager can enforce. Left out on purpose: `MemoryDenyWriteExecute`, as V8 compiles at run time; and
 * `CapabilityBoundingSet`, `PrivateDevices`, `ProtectClock`, `ProtectKernelModules`, `ProtectKernelLogs`, for which a
 * user manager has not the rights (the start fails with 218/CAPABILITIES): a user's process has no capabilities, and
 * with `NoNewPrivileges` gets none.
 */
const hardening = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
]

/** These need a namespace of mounts, for which the manager makes one of users (`PrivateUsers=`). */
function sandbox(dataDir: string): string[] {
  return [
    'ProtectSystem=strict',
    `ReadWritePaths=${quoted(dataDir)}`,
    'InaccessiblePaths=-%h/.ssh -%h/.gnupg',
    'PrivateTmp=yes',
    'ProtectControlGroups=yes',
    'ProtectKernelTunables=yes',
  ]
}

export function systemdUnit(program: ServiceProgram, { isSandboxed }: UnitOptions): string {
  const { node, entry, folder, dataDir, environment, environmentFile } = program
  const command = [node, entry, 'start'].map(word => quoted(word).replaceAll('$', '$$$$')).join(' ')
  const lines = [
    '[Unit]',
    'Description=inlet: your own data, flowing into a store on this machine',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=10',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command}`,
    `WorkingDirectory=${percent(folder)}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `EnvironmentFile=-${percent(environmentFile)}`,
    'Restart=on-failure',
    `RestartSec=${restartSeconds}`,
    `TimeoutStopSec=${stopSeconds}`,
    'KillMode=mixed',
    ...hardening,
    ...(isSandboxed ? sandbox(dataDir) : []),
    '',
    '[Install]',
    'WantedBy=default.target',
  ]
  return `${lines.join('\n')}\n`
}

/** One word, whatever is in it (systemd.syntax(7), "Quoting"). */
function quoted(word: string): string {
  return `"${percent(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** `%` begins a specifier (systemd.unit(5), "Specifiers"). */
function percent(text: string): string {
  return text.replaceAll('%', '%%')
}
