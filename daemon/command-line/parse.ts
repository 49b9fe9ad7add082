/** From the words of a command line to a call of a command. What was typed is repeated only where it can be no secret. */
import { parseArgs } from 'node:util'
import { Failure } from '../../core/errors.ts'
import { closest } from '../../core/fields.ts'
import { type Call, type Command, commonOptions, type OptionDeclaration, optionsOf } from './command.ts'

export interface ParsedCall {
  command: Command
  /** Such as `vault status`. */
  path: string
  call: Call
}

export interface Found {
  /** Absent where none was named. */
  command?: Command | undefined
  path: string
  /** What follows its name, and the common options that came before. */
  rest: readonly string[]
}

const commonFlags = new Set(Object.keys(commonOptions).map(name => `--${name}`)).add('-h')

/**
 * The command that the words name. `rest` begins with what may name none.
 * @throws Failure `invalid` for a first word that is no command
 */
export function findCommand(words: readonly string[], commands: readonly Command[]): Found {
  const at = words.findIndex(word => !commonFlags.has(word))
  const name = words[at]
  if (name === undefined || name.startsWith('-')) return { path: '', rest: words }
  const command = commands.find(candidate => candidate.name === name)
  if (!command) throw misuse(unknownCommand(name, commands), '')
  const found = { command, path: name, rest: words.toSpliced(at, 1) }
  const inner = command.commands && findInner(found.rest, command.commands)
  return inner ? { ...inner, path: `${name} ${inner.path}` } : found
}

function findInner(words: readonly string[], commands: readonly Command[]): Found | undefined {
  const at = words.findIndex(word => !commonFlags.has(word))
  const command = commands.find(candidate => candidate.name === words[at])
  return command && { command, path: command.name, rest: words.toSpliced(at, 1) }
}

/** @throws Failure `invalid`: an option or word too much or too little, or a value that is not taken */
export function parseCall(
  command: Command,
  path: string,
  rest: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Call {
  const declared = optionsOf(command)
  const fail = (sentence: string) => misuse(`inlet ${path} ${sentence}`, path)
  const { tokens } = parseArgs({
    args: [...rest],
    options: Object.fromEntries(
      Object.entries(declared).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<string, (string | true)[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(declared, token.name) ? declared[token.name] : undefined
    const refusal = Object.hasOwn(command.refuses ?? {}, token.name) ? command.refuses?.[token.name] : undefined
    if (refusal !== undefined) throw fail(refusal)
    if (!option) throw fail(unknownOption(token.rawName, declared))
    given.set(token.name, [...(given.get(token.name) ?? []), givenValue(token, option, fail)])
  }
  const options: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(declared)) {
    options[name] = readOption(name, option, given.get(name), environment, fail)
  }
  return { options, words: readWords(command, positionals, fail) }
}

type Fail = (sentence: string) => Failure

/** @param path such as `vault status`; empty for `inlet` itself */
export function misuse(sentence: string, path: string): Failure {
  return new Failure('invalid', `${sentence}${sentence.endsWith('?') ? '' : `: see inlet ${path && `${path} `}--help`}`)
}

interface OptionToken {
  rawName: string
  value?: string | undefined
  inlineValue?: boolean | undefined
}

function givenValue(
  { rawName, value, inlineValue }: OptionToken,
  option: OptionDeclaration,
  fail: Fail,
): string | true {
  if (option.value === undefined) {
    if (value !== undefined) throw fail(`takes no value for ${rawName}`)
    return true
  }
  // What looks like the next option is one, but for a dash alone, which stands for the standard input.
  const isNext = !inlineValue && value !== undefined && value !== '-' && value.startsWith('-')
  if (value === undefined || isNext) throw fail(`needs a value for ${rawName}: ${rawName} ${option.value}`)
  return value
}

function readOption(
  name: string,
  option: OptionDeclaration,
  given: readonly (string | true)[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  fail: Fail,
): unknown {
  if (option.value === undefined) return given !== undefined
  const texts = (given ?? []).filter(value => value !== true)
  if (option.multiple) return texts.map(text => readValue(`--${name}`, option, text, fail))
  if (texts.length > 1) throw fail(`takes --${name} once`)
  const [text] = texts
  if (text !== undefined) return readValue(`--${name}`, option, text, fail)
  const set = option.variable === undefined ? undefined : environment[option.variable]
  return set ? readValue(option.variable ?? name, option, set, fail) : option.default
}

function readValue(place: string, option: OptionDeclaration, text: string, fail: Fail): string | number {
  if (text === '') throw fail(`needs a value for ${place} that is not empty`)
  if (option.choices && !option.choices.includes(text)) {
    const meant = meantBy(text, option.choices)
    throw fail(
      meant
        ? `does not take that for ${place}: did you mean "${meant}"?`
        : `takes ${oneOf(option.choices)} for ${place}`,
    )
  }
  if (option.kind !== 'integer') return text
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = option
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= minimum && number <= maximum) return number
  const range = option.maximum === undefined ? `from ${minimum} on` : `from ${minimum} to ${maximum}`
  throw fail(`takes a whole number ${range} for ${place}`)
}

function readWords(command: Command, positionals: readonly string[], fail: Fail): Record<string, unknown> {
  const declared = Object.entries(command.words ?? {})
  const words: Record<string, unknown> = {}
  let left = positionals
  for (const [name, word] of declared) {
    const [text] = left
    if (word.required && text === undefined) throw fail(`needs ${shownWord(name)}: ${word.description}`)
    if (word.choices)
      for (const some of word.multiple ? left : left.slice(0, 1)) checkChoice(name, word.choices, some, fail)
    words[name] = word.multiple ? left : text
    left = word.multiple ? [] : left.slice(1)
  }
  if (left.length > 0) throw fail(tooMany(command, positionals))
  return words
}

function checkChoice(name: string, choices: readonly string[], text: string, fail: Fail): void {
  if (choices.includes(text)) return
  const meant = meantBy(text, choices)
  throw fail(meant ? `does not take that: did you mean "${meant}"?` : `takes ${oneOf(choices)} as ${shownWord(name)}`)
}

function tooMany(command: Command, positionals: readonly string[]): string {
  const inner = command.commands?.map(({ name }) => name) ?? []
  const meant = meantBy(positionals[0] ?? '', inner)
  if (meant) return `does not know that: did you mean "${meant}"?`
  const names = Object.keys(command.words ?? {}).map(shownWord)
  if (names.length === 0) return 'takes no words, only options'
  return `takes ${names.join(' and ')}, and was given more (quote what has spaces in it)`
}

/** Such as `SOURCE` for `source`. */
export function shownWord(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

export function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? String(choices[0]) : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

function unknownCommand(name: string, commands: readonly Command[]): string {
  const meant = meantBy(
    name,
    commands.map(command => command.name),
  )
  const shown = isPlain(name) ? `"${name}"` : 'that'
  return meant ? `inlet does not know ${shown}: did you mean "inlet ${meant}"?` : `inlet does not know ${shown}`
}

function unknownOption(rawName: string, declared: Readonly<Record<string, OptionDeclaration>>): string {
  if (!isPlain(rawName)) return 'was given an option that it does not know'
  const meant = meantBy(rawName.replace(/^-+/, ''), Object.keys(declared))
  return meant ? `does not know "${rawName}": did you mean "--${meant}"?` : `does not know "${rawName}"`
}

/** The known name that was probably meant: the only one that begins so, or one that is spelt nearly so. */
export function meantBy(text: string, known: readonly string[]): string | undefined {
  const longer = text === '' ? [] : known.filter(name => name.startsWith(text))
  return longer.length === 1 ? longer[0] : closest(text, known)
}

/** A name that somebody made up for a command or an option, and no token in a wrong place. */
function isPlain(text: string): boolean {
  return /^-{0,2}[a-z]+(?:-[a-z]+)*$/i.test(text) && text.length <= 24
}
