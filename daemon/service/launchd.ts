/** The property list of a launchd agent (launchd.plist(5)). */
import { restartSeconds, type ServiceProgram, stopSeconds } from './program.ts'

type Value = string | number | boolean | readonly string[] | { readonly [name: string]: string | boolean }

/** @param logs the folder for what it prints */
export function launchdAgent(program: ServiceProgram, logs: string): string {
  const { node, entry, folder, environment, environmentFile } = program
  const members: Record<string, Value> = {
    Label: labelOf(program.name),
    // launchd reads no file of variables; Node does.
    ProgramArguments: [node, `--env-file-if-exists=${environmentFile}`, entry, 'start'],
    WorkingDirectory: folder,
    EnvironmentVariables: environment,
    RunAtLoad: true,
    // Started again after a crash, not after it was told to stop.
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: restartSeconds,
    ExitTimeOut: stopSeconds,
    ProcessType: 'Background',
    Umask: 0o077,
    StandardOutPath: `${logs}/${program.name}.log`,
    StandardErrorPath: `${logs}/${program.name}.error.log`,
  }
  const lines = Object.entries(members).flatMap(([name, value]) => [`  <key>${name}</key>`, `  ${written(value)}`])
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
${lines.join('\n')}
</dict>
</plist>
`
}

export function labelOf(name: string): string {
  return `local.${name}`
}

function written(value: Value): string {
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>'
  if (typeof value === 'number') return `<integer>${value}</integer>`
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`
  if (Array.isArray(value)) return `<array>${value.map(written).join('')}</array>`
  const entries = Object.entries(value).map(([name, member]) => `<key>${escaped(name)}</key>${written(member)}`)
  return `<dict>${entries.join('')}</dict>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
