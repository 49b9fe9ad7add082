/** Completions for shells, made from the table of commands. */
import { type Command, type Completes, optionsOf } from './command.ts'

export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

/** What can be typed after a command's name. */
interface Place {
  /** Such as `vault status`; empty for `inlet` itself. */
  path: string
  commands: readonly Item[]
  options: readonly (Item & { short?: string | undefined; value?: Values | undefined })[]
  /** Of the words, in their order; the last one for all that follow where it takes all. */
  words: readonly Values[]
  takesMore: boolean
}

interface Item {
  name: string
  says: string
}

/** Where values come from: a list, or what the shell or inlet knows; nothing where nobody can tell. */
type Values = { list: readonly string[] } | { kind: Completes } | undefined

export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](placesOf(commands))
}

function placesOf(commands: readonly Command[]): Place[] {
  const named = (list: readonly Command[]) => list.map(({ name, summary }) => ({ name, says: summary }))
  const root: Place = { ...placeOf('', { name: '', summary: '' }), commands: named(commands) }
  const one = (command: Command, path: string): Place[] => [
    { ...placeOf(path, command), commands: named(command.commands ?? []) },
    ...(command.commands ?? []).flatMap(inner => one(inner, `${path} ${inner.name}`)),
  ]
  return [root, ...commands.flatMap(command => one(command, command.name))]
}

function placeOf(path: string, command: Command): Place {
  const words = Object.values(command.words ?? {})
  return {
    path,
    commands: [],
    options: Object.entries(optionsOf(command)).map(([name, { description, short, value, choices, completes }]) => ({
      ...{ name, says: description, short },
      value: value === undefined ? undefined : (valuesOf(choices, completes) ?? { list: [] }),
    })),
    words: words.map(({ choices, completes }) => valuesOf(choices, completes)),
    takesMore: words.at(-1)?.multiple ?? false,
  }
}

function valuesOf(choices: readonly string[] | undefined, completes: Completes | undefined): Values {
  if (choices) return { list: choices }
  return completes ? { kind: completes } : undefined
}

/** Single quotes, in which shells leave everything as it is; descriptions in one line. */
function quoted(text: string): string {
  return `'${text.replaceAll('\n', ' ').replaceAll("'", `'\\''`)}'`
}

/** Patterns of a `case` for the word that leads on, from the command so far. */
function steps(places: readonly Place[], set: (path: string) => string): string[] {
  return places.flatMap(({ path, commands }) =>
    commands.map(({ name }) => {
      const next = path === '' ? name : `${path} ${name}`
      return `      ${quoted(`${path}/${name}`)}) ${set(next)} ;;`
    }),
  )
}

/** Patterns for options that have a value. */
function valued(places: readonly Place[]): string {
  const patterns = places.flatMap(({ path, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .flatMap(({ name, short }) => [`--${name}`, ...(short ? [`-${short}`] : [])])
      .map(option => quoted(`${path}/${option}`)),
  )
  return patterns.join('|')
}

/** What is offered, as lines of a `case` on `PATH/option` and `PATH/number of the word`. */
function offers(places: readonly Place[], offer: (values: Values) => string): string[] {
  return places.flatMap(({ path, options, words, takesMore }) => [
    ...options
      .filter(({ value }) => value !== undefined)
      .map(({ name, short, value }) => {
        const patterns = [`--${name}`, ...(short ? [`-${short}`] : [])].map(option => quoted(`${path}/${option}`))
        return `    ${patterns.join('|')}) ${offer(value)} ;;`
      }),
    ...words.map((values, index) => `    ${quoted(`${path}/${index}`)}) ${offer(values)} ;;`),
    ...(takesMore ? [`    ${quoted(`${path}/`)}[0-9]*) ${offer(words.at(-1))} ;;`] : []),
  ])
}

/** The loop that both find out with where the cursor is: the command, the option whose value is wanted, which word. */
function walk(places: readonly Place[], typed: string): string[] {
  return [
    `  for word in ${typed}; do`,
    `    if [[ -n $option ]]; then option=''; continue; fi`,
    '    case "$at/$word" in',
    ...steps(places, path => `at=${quoted(path)}; number=0`),
    `      ${valued(places)}) option=$word ;;`,
    '      */-*) ;;',
    '      *) number=$((number + 1)) ;;',
    '    esac',
    '  done',
  ]
}

function bash(places: readonly Place[]): string {
  const offer = (values: Values) => {
    if (!values) return ':'
    if ('list' in values) return values.list.length > 0 ? `_inlet_words ${values.list.map(quoted).join(' ')}` : ':'
    if (values.kind === 'file' || values.kind === 'folder') {
      return `_inlet_files ${values.kind === 'file' ? '-f' : '-d'}`
    }
    return `_inlet_values ${values.kind}`
  }
  return `# Completions of inlet for bash. Load them with: source <(inlet completions bash)

_inlet_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$plain"* ]]; then COMPREPLY+=("$(printf '%q' "$word")"); fi
  done
}

_inlet_values() {
  local value
  while IFS= read -r value; do _inlet_words "$value"; done < <("\${COMP_WORDS[0]}" completions --values "$1" 2>/dev/null)
}

_inlet_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen "$1" -- "$current")
}

_inlet() {
  COMPREPLY=()
  local current=\${COMP_WORDS[COMP_CWORD]} at='' option='' number=0 word
  local plain=\${current//[\\"\\'\\\\]/}
${walk(places, `"\${COMP_WORDS[@]:1:COMP_CWORD-1}"`).join('\n')}
  if [[ -z $option && $current == -* ]]; then
    case "$at" in
${places.map(({ path, options }) => `      ${quoted(path)}) _inlet_words ${options.map(({ name }) => `--${name}`).join(' ')} ;;`).join('\n')}
    esac
    return
  fi
  if [[ -z $option && $number == 0 ]]; then
    case "$at" in
${places
  .filter(({ commands }) => commands.length > 0)
  .map(({ path, commands }) => `      ${quoted(path)}) _inlet_words ${commands.map(({ name }) => name).join(' ')} ;;`)
  .join('\n')}
    esac
  fi
  case "$at/\${option:-$number}" in
${offers(places, offer).join('\n')}
  esac
}

complete -F _inlet inlet
`
}

function zsh(places: readonly Place[]): string {
  const offer = (values: Values) => {
    if (!values) return ':'
    if ('list' in values) return values.list.length > 0 ? `compadd -- ${values.list.map(quoted).join(' ')}` : ':'
    if (values.kind === 'file') return '_files'
    if (values.kind === 'folder') return '_files -/'
    return `compadd -- "\${(@f)$("$words[1]" completions --values ${values.kind} 2>/dev/null)}"`
  }
  const described = (items: readonly Item[], dashes = '') =>
    items.map(({ name, says }) => quoted(`${dashes}${name.replaceAll(':', '\\:')}:${says}`)).join(' ')
  return `#compdef inlet
# Completions of inlet for zsh. Load them with: source <(inlet completions zsh)

_inlet() {
  local at='' option='' word
  local -a found
  integer number=0
${walk(places, `"\${(@)words[2,CURRENT-1]}"`).join('\n')}
  if [[ -z $option && $words[CURRENT] == -* ]]; then
    case "$at" in
${places.map(({ path, options }) => `      ${quoted(path)}) found=(${described(options, '--')}) ;;`).join('\n')}
    esac
    _describe 'option' found
    return
  fi
  if [[ -z $option && $number == 0 ]]; then
    case "$at" in
${places
  .filter(({ commands }) => commands.length > 0)
  .map(({ path, commands }) => `      ${quoted(path)}) found=(${described(commands)}); _describe 'command' found ;;`)
  .join('\n')}
    esac
  fi
  case "$at/\${option:-$number}" in
${offers(places, offer).join('\n')}
  esac
}

if [[ $funcstack[1] == _inlet ]]; then _inlet "$@"; else compdef _inlet inlet; fi
`
}

function fish(places: readonly Place[]): string {
  const values = (wanted: Values) => {
    if (!wanted) return undefined
    if ('list' in wanted) return `-a ${quoted(wanted.list.join(' '))}`
    if (wanted.kind === 'file') return '-F'
    if (wanted.kind === 'folder') return `-a '(__fish_complete_directories)'`
    return `-a '(__inlet_values ${wanted.kind})'`
  }
  const line = (condition: string, rest: string) => `complete -c inlet -n ${quoted(condition)} ${rest}`
  return `# Completions of inlet for fish. Load them with: inlet completions fish | source

function __inlet_values
    set -l words (commandline -opc)
    $words[1] completions --values $argv[1] 2>/dev/null
end

# The command so far, a slash, and how many words it was given.
function __inlet_place
    set -l at ''
    set -l number 0
    set -l option ''
    for word in (commandline -opc)[2..]
        if test -n "$option"
            set option ''
            continue
        end
        switch "$at/$word"
${places
  .flatMap(({ path, commands }) =>
    commands.map(({ name }) => {
      const next = path === '' ? name : `${path} ${name}`
      return `            case ${quoted(`${path}/${name}`)}\n                set at ${quoted(next)}\n                set number 0`
    }),
  )
  .join('\n')}
            case ${valued(places).replaceAll("'|'", "' '")}
                set option $word
            case '*/-*'
            case '*'
                set number (math $number + 1)
        end
    end
    echo "$at/$number"
end

function __inlet_at
    set -l place (__inlet_place)
    string match -q -- "$argv[1]/$argv[2]" $place
end

complete -c inlet -f
${places
  .flatMap(({ path, commands, options, words, takesMore }) => {
    const at = (number: string) => `__inlet_at "${path}" "${number}"`
    return [
      ...commands.map(({ name, says }) => line(at('0'), `-a ${quoted(name)} -d ${quoted(says)}`)),
      ...options.map(({ name, short, says, value }) => {
        const offered = values(value)
        // What is no file takes no files.
        const takes = value && (offered === '-F' ? '-r' : '-x')
        const parts = [`-l ${name}`, short && `-s ${short}`, takes, offered, `-d ${quoted(says)}`]
        return line(at('*'), parts.filter(Boolean).join(' '))
      }),
      ...words.flatMap((wanted, index) => {
        const offered = values(wanted)
        const isLast = takesMore && index === words.length - 1
        return offered ? [line(at(isLast ? '*' : String(index)), offered)] : []
      }),
    ]
  })
  .join('\n')}
`
}
