/**
 * What a command is: a declaration. Reading its words, `--help`, completions and "did you mean" all derive from it, so
 * that none of them can say another thing than the others.
 */
import type { CommandContext } from './context.ts'
import type { ExitCode } from './exit-codes.ts'

/** Where values of a word or an option come from, for completions. */
export type Completes = 'source' | 'connection' | 'collection' | 'command' | 'file' | 'folder'

export interface WordDeclaration {
  description: string
  required?: boolean
  /** Takes all words that are left; only the last one may. */
  multiple?: boolean
  choices?: readonly string[]
  completes?: Completes
}

export interface OptionDeclaration {
  description: string
  /** How its value is called in `--help`, in capitals; an option without one is a flag. */
  value?: string
  kind?: 'text' | 'integer'
  /** For integers. */
  minimum?: number
  maximum?: number
  /** May be given more than once. */
  multiple?: boolean
  choices?: readonly string[]
  default?: string | number
  /** One letter. */
  short?: string
  /** The environment variable that is used where the option is not given. */
  variable?: string
  completes?: Completes
}

export interface Example {
  /** Without the prompt; may have several lines. */
  command: string
  says: string
}

export type Group = 'run' | 'connect' | 'read' | 'keep'

export interface Declaration<Words, Options> {
  name: string
  /** One line for lists of commands: what it does, in lower case. */
  summary: string
  /** Paragraphs; wrapped where they are shown. A line that begins with two spaces is left as it is. */
  description?: readonly string[]
  /** Where it is listed in `inlet --help`; for commands of the first level. */
  group?: Group
  /** How it is called, where `[OPTIONS] WORDS` does not tell. Without `inlet`. */
  usage?: readonly string[]
  /** By name, in their order; shown in capitals. */
  words?: Words
  options?: Options
  /** Options that people may expect and that are refused, by name, with why: secrets, above all. */
  refuses?: Readonly<Record<string, string>>
  /** Environment variables that matter to it, with what they are for. */
  variables?: Readonly<Record<string, string>>
  examples?: readonly Example[]
  /** Exit codes besides 0, 1 and 2, and what they mean here. */
  exits?: Readonly<Partial<Record<ExitCode, string>>>
  /** What is called by a further word, such as `inlet vault status`. */
  commands?: readonly Command[]
}

export interface Command extends Declaration<Record<string, WordDeclaration>, Record<string, OptionDeclaration>> {
  /** Absent where only its sub-commands do anything. */
  run?(call: Call, context: CommandContext): Promise<ExitCode | undefined>
}

/** What was given, checked against the declaration. */
export interface Call<Words = Record<string, unknown>, Options = Record<string, unknown>> {
  words: Words
  options: Options
}

type WordValue<Word> = Word extends { multiple: true }
  ? readonly string[]
  : Word extends { required: true }
    ? Scalar<Word>
    : Scalar<Word> | undefined

type OptionValue<Option> = Option extends { value: string }
  ? Option extends { multiple: true }
    ? readonly Scalar<Option>[]
    : Option extends { default: string | number }
      ? Scalar<Option>
      : Scalar<Option> | undefined
  : boolean

type Scalar<Declared> = Declared extends { kind: 'integer' }
  ? number
  : Declared extends { choices: readonly (infer Choice)[] }
    ? Choice
    : string

export type WordValues<Words> = { readonly [Name in keyof Words]: WordValue<Words[Name]> }
export type OptionValues<Options> = { readonly [Name in keyof Options]: OptionValue<Options[Name]> }

/**
 * A command whose `run` gets its words and options with the types that their declarations give them. It resolves with
 * nothing where all is good, else with an exit code, or throws a `Failure` whose message is for the person who called.
 */
export function defineCommand<
  const Words extends Record<string, WordDeclaration> = Record<never, WordDeclaration>,
  const Options extends Record<string, OptionDeclaration> = Record<never, OptionDeclaration>,
>(
  declaration: Declaration<Words, Options> & {
    run?(call: Call<WordValues<Words>, OptionValues<Options>>, context: CommandContext): Promise<ExitCode | undefined>
  },
): Command {
  // The parser gives what the declaration says; a type cannot tell that across the table.
  return declaration as unknown as Command
}

/** Taken by every command, before its name or after. */
export const commonOptions = {
  json: { description: 'answer in JSON, for programs; errors too' },
  'no-color': { description: 'no colours, as with the variable NO_COLOR' },
  help: { description: 'show how it is used', short: 'h' },
} as const satisfies Record<string, OptionDeclaration>

export function optionsOf(command: Command): Readonly<Record<string, OptionDeclaration>> {
  return { ...command.options, ...commonOptions }
}
