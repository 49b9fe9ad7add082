/** The command line: a table of commands, each a declaration in `commands/`. */
import { Failure } from '../core/errors.ts'
import { type Command, commonOptions } from './command-line/command.ts'
import { type CommandSurroundings, createContext } from './command-line/context.ts'
import { type ExitCode, exitCodeOf } from './command-line/exit-codes.ts'
import { commandHelp, overview } from './command-line/help.ts'
import { findCommand, meantBy, misuse, parseCall } from './command-line/parse.ts'
import { problemLine } from './command-line/problem.ts'
import { cleanLines } from './command-line/text.ts'
import { start } from './commands/start.ts'

export type { CommandSurroundings } from './command-line/context.ts'
export { processSurroundings } from './command-line/process.ts'

/** @returns the exit code, of the one table in `command-line/exit-codes.ts` */
export async function runCommand(words: readonly string[], surroundings: CommandSurroundings): Promise<ExitCode> {
  const asked = readCommonOptions(words)
  try {
    return await run(words, surroundings, asked)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const code = exitCodeOf(error)
    surroundings.complain(asked.isJson ? problemLine(error, code) : cleanLines(error.message))
    return code
  }
}

interface Asked {
  isJson: boolean
  isPlain: boolean
  isHelp: boolean
}

async function run(words: readonly string[], surroundings: CommandSurroundings, asked: Asked): Promise<ExitCode> {
  const { version, environment, screen } = surroundings
  const context = createContext(surroundings, asked)
  const [first] = words
  if (first === '--version' || first === '-v') {
    await context.answer({ version }, [version])
    return 0
  }
  const isHelpCommand = first === 'help'
  const commands = await commandsFor(words, asked)
  const { command, path, rest } = findCommand(isHelpCommand ? words.slice(1) : words, commands)
  if (isHelpCommand || asked.isHelp) {
    const help = command ? commandHelp(command, path, screen?.columns) : overview(commands, screen?.columns)
    await context.answer({ help }, help.split('\n'))
    return 0
  }
  const called = command ?? startWithout(rest)
  const name = command ? path : called.name
  if (!called.run) throw misuse(innerNeeded(called, name, rest), name)
  const code = await called.run(parseCall(called, name, rest, environment), context)
  return code ?? 0
}

/** Looked at before anything else, so that a mistake in the words is told as it was asked for. */
function readCommonOptions(words: readonly string[]): Asked {
  const end = words.indexOf('--')
  const before = end === -1 ? words : words.slice(0, end)
  const has = (name: keyof typeof commonOptions) => before.includes(`--${name}`)
  return { isJson: has('json'), isPlain: has('no-color'), isHelp: has('help') || before.includes('-h') }
}

/** The other commands are loaded where one of them may be meant: a daemon that starts does without. */
async function commandsFor(words: readonly string[], { isHelp }: Asked): Promise<readonly Command[]> {
  const isStart = words.every(word => word === start.name || word.startsWith('-'))
  return isStart && !isHelp ? [start] : (await import('./commands/index.ts')).commands
}

/** Without a command, inlet starts. */
function startWithout(rest: readonly string[]): Command {
  const unknown = rest.find(word => !Object.keys(commonOptions).some(name => word === `--${name}`))
  if (unknown !== undefined) throw misuse('inlet was given an option that it does not know', '')
  return start
}

function innerNeeded({ commands: inner = [] }: Command, name: string, rest: readonly string[]): string {
  const names = inner.map(command => command.name)
  const meant = meantBy(rest.find(word => !word.startsWith('-')) ?? '', names)
  return meant
    ? `inlet ${name} does not know that: did you mean "${meant}"?`
    : `inlet ${name} takes one of ${names.join(', ')}`
}
