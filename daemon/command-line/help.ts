/** `--help`, made from the declarations. */
import { type Command, commonOptions, type Group, type OptionDeclaration } from './command.ts'
import { exitCodes } from './exit-codes.ts'
import { shownWord } from './parse.ts'
import { widthOf, wrap } from './text.ts'

/** Lines that are longer are hard to read, whatever the terminal has room for. */
const mostColumns = 100

/** @param available columns of the terminal, where it is one */
export function commandHelp(command: Command, path: string, available = mostColumns): string {
  const width = Math.max(40, Math.min(available, mostColumns))
  const paragraphs = [
    usage(command, path),
    wrap(capital(`${command.summary}.`), width),
    ...(command.description ?? []).map(paragraph => wrap(paragraph, width)),
    section(
      'Commands',
      (command.commands ?? []).map(({ name, summary }) => [name, summary]),
      width,
    ),
    section(
      'Words',
      Object.entries(command.words ?? {}).map(([name, { description, choices }]) => [
        shownWord(name),
        choices ? `${description}: ${choices.join(', ')}` : description,
      ]),
      width,
    ),
    section('Options', optionRows({ ...command.options, ...commonOptions }), width),
    section('Environment', Object.entries(command.variables ?? {}), width),
    exampleLines(command),
    exitLines(command, width),
  ]
  return joined(paragraphs)
}

export function overview(commands: readonly Command[], available = mostColumns): string {
  const width = Math.max(40, Math.min(available, mostColumns))
  const rowsOf = (group: Group) =>
    commands.filter(command => (command.group ?? 'keep') === group).map(({ name, summary }) => [name, summary] as const)
  const groups: readonly [Group, string][] = [
    ['run', 'Run it'],
    ['connect', 'Connect sources, and sync them'],
    ['read', 'Read what is there'],
    ['keep', 'Look after it'],
  ]
  return joined([
    ['Usage: inlet [COMMAND] [OPTIONS] [WORDS]'],
    wrap(
      'Keeps your Google, Microsoft, Asana, Slack and Notion data flowing into a searchable store on your own machine.',
      width,
    ),
    ...groups.map(([group, title]) => section(title, rowsOf(group), width)),
    section(
      'Options of every command',
      [...optionRows(commonOptions), ['    --version', 'show the version (inlet --version)']],
      width,
    ),
    wrap('inlet COMMAND --help tells more of a command, with examples. Without a command, inlet starts.', width),
    wrap(
      'It reads config.json in the folder it is started in, or the file that INLET_CONFIG names. INLET_HOST, INLET_PORT, INLET_DATA_DIR, INLET_API_KEY and INLET_LOG_LEVEL win over the file. Commands find the inlet that runs the same way.',
      width,
    ),
    wrap(
      'Data go to the standard output, words and progress to the standard error. With --json every command answers one JSON document, or a line of JSON for each thing where it goes on; where it fails, a problem (RFC 9457) in one line of JSON is on the standard error.',
      width,
    ),
    section(
      'Exit codes',
      Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
      width,
    ),
  ])
}

function usage(command: Command, path: string): string[] {
  const words = Object.entries(command.words ?? {}).map(([name, { required, multiple }]) => {
    const shown = `${shownWord(name)}${multiple ? '...' : ''}`
    return required ? shown : `[${shown}]`
  })
  const lines =
    command.usage ??
    (command.run
      ? [[path, ...(Object.keys(command.options ?? {}).length > 0 ? ['[OPTIONS]'] : []), ...words].join(' ')]
      : (command.commands ?? []).map(({ name }) => `${path} ${name}`))
  return lines.map((line, index) => `${index === 0 ? 'Usage: ' : '       '}inlet ${line}`)
}

function optionRows(options: Readonly<Record<string, OptionDeclaration>>): [string, string][] {
  return Object.entries(options).map(([name, option]) => {
    const short = option.short ? `-${option.short}, ` : '    '
    const notes = [
      option.choices && `one of ${option.choices.join(', ')}`,
      option.default !== undefined && `default ${option.default}`,
      option.variable && `else ${option.variable} in the environment`,
      option.multiple && 'may be repeated',
    ].filter(note => note !== undefined && note !== false)
    const said = notes.length > 0 ? `${option.description} (${notes.join('; ')})` : option.description
    return [`${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, said]
  })
}

/** Names on the left, what they mean on the right, wrapped under itself. */
function section(title: string, rows: readonly (readonly [string, string])[], width: number): string[] {
  if (rows.length === 0) return []
  const left = Math.min(30, Math.max(...rows.map(([name]) => widthOf(name)), 3))
  const lines = rows.flatMap(([name, text]): (readonly [string, string?])[] => {
    const [first = '', ...others] = wrap(text, Math.max(24, width - left - 4))
    const hanging = others.map((line): [string, string] => ['', line])
    const fits = widthOf(name) <= left
    return fits ? [[name, first], ...hanging] : [[name], ['', first], ...hanging]
  })
  return [
    `${title}:`,
    ...lines.map(([name, text]) => `  ${name.padEnd(left)}${text === undefined ? '' : `  ${text}`}`.trimEnd()),
  ]
}

function exampleLines({ examples = [] }: Command): string[] {
  if (examples.length === 0) return []
  const shown = examples.map(({ says, command }) => [`  # ${says}`, ...command.split('\n').map(line => `  ${line}`)])
  return ['Examples:', ...shown.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))]
}

function exitLines({ exits = {}, run }: Command, width: number): string[] {
  if (!run) return []
  const meanings: Record<string, string> = { 0: exitCodes[0], 1: exitCodes[1], 2: exitCodes[2], ...exits }
  return section('Exit codes', Object.entries(meanings), width)
}

function joined(paragraphs: readonly (readonly string[])[]): string {
  return paragraphs
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
