/** The command line: a table of commands, each a file in `commands/`. */
import { Failure } from '../core/errors.ts'
import { closest } from '../core/fields.ts'
import { dashboard } from './commands/dashboard.ts'
import { doctor } from './commands/doctor.ts'
import { start } from './commands/start.ts'
import { vault } from './commands/vault.ts'

export interface Command {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** What `inlet NAME --help` prints: usage, what it does, options, exit codes. */
  help: string
  /** Resolves with the exit code; 0 is good, 1 failed, 2 was called in a wrong way. Throws `Failure` for what a person can mend. */
  run(words: readonly string[], surroundings: CommandSurroundings): Promise<number>
}

/** All that a command takes from its process, so that it can run inside a test. */
export interface CommandSurroundings {
  version: string
  environment: Readonly<Record<string, string | undefined>>
  /** Where `config.json` is looked for. */
  folder: string
  /** A line on the standard output, and on the standard error. */
  say(line: string): void
  complain(line: string): void
  /** Asks for a secret without showing what is typed; absent for the terminal, if there is one. */
  ask?: ((question: string) => Promise<string>) | undefined
}

const commands: readonly Command[] = [start, dashboard, doctor, vault]

/** @returns the exit code */
export async function runCommand(words: readonly string[], surroundings: CommandSurroundings): Promise<number> {
  const { version, say, complain } = surroundings
  const [name = 'start', ...rest] = words
  if (['--help', '-h', 'help'].includes(name)) {
    const asked = commands.find(command => command.name === rest[0])
    say(asked?.help.trimEnd() ?? overview())
    return 0
  }
  if (name === '--version' || name === '-v') {
    say(version)
    return 0
  }
  const command = commands.find(candidate => candidate.name === name)
  if (!command) {
    const meant = closest(
      name,
      commands.map(candidate => candidate.name),
    )
    complain(
      `inlet does not know "${words.join(' ')}": ${meant ? `did you mean "inlet ${meant}"?` : 'see inlet --help'}`,
    )
    return 2
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    say(command.help.trimEnd())
    return 0
  }
  try {
    return await command.run(rest, surroundings)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    complain(error.message)
    return 1
  }
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length), 9) + 2
  const row = (name: string, summary: string) => `  ${name.padEnd(width)}${summary}`
  return `Usage: inlet [COMMAND]

Keeps your Google, Microsoft, Asana, Slack and Notion data flowing into a searchable store on your own machine.

${commands.map(({ name, summary }) => row(name, summary)).join('\n')}
${row('--help', 'show this; inlet COMMAND --help tells more')}
${row('--version', 'show the version')}

It reads config.json in the folder it is started in, or the file that INLET_CONFIG names.
INLET_HOST, INLET_PORT, INLET_DATA_DIR, INLET_API_KEY and INLET_LOG_LEVEL win over the file.`
}
