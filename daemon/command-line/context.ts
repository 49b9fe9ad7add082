/** What a command is given of the world, so that it behaves alike on a terminal, in a pipe, for programs and in a test. */
import { type Clock, systemClock } from '../../core/clock.ts'
import { Failure } from '../../core/errors.ts'
import type { Client } from '../commands/client.ts'
import type { Notify } from './notifier.ts'
import { type Style, styleFor } from './style.ts'
import { cleanLines, toJson } from './text.ts'

/** All that commands take from their process. */
export interface CommandSurroundings {
  version: string
  environment: Readonly<Record<string, string | undefined>>
  /** Where `config.json` is looked for, and what relative paths begin at. */
  folder: string
  /** A line on the standard output; where it resolves later, when the reader has taken it. */
  say(line: string): unknown
  /** Bytes on the standard output, as they are. */
  sayBytes?(bytes: Uint8Array): Promise<void>
  /** A line on the standard error. */
  complain(line: string): void
  /** Asks a person, without showing what is typed unless told so; absent where none sits there. */
  ask?: Ask | undefined
  /** The standard output and the standard error, where they are terminals. */
  screen?: Screen | undefined
  errorScreen?: (Screen & { draw(text: string): void }) | undefined
  /** All of the standard input. */
  readInput?(): Promise<string>
  /** Aborted by Ctrl-C. Whoever reads it takes Ctrl-C over: the process does not end of it any more. */
  readonly interrupted?: AbortSignal
  clock?: Clock
  /** Opens an address in the person's browser; absent where there is none. */
  openBrowser?: ((url: string) => void) | undefined
  /** Shows a notification on the desktop. */
  notify?: Notify | undefined
}

export interface Screen {
  columns: number
}

export type Ask = (question: string, options?: { isShown?: boolean }) => Promise<string>

export interface CommandContext {
  version: string
  environment: CommandSurroundings['environment']
  folder: string
  clock: Clock
  /** Whether programs read the answer: words on the standard error are left out then, but for warnings. */
  isJson: boolean
  /** The standard output, where it is a terminal. */
  screen: Screen | undefined
  style: Style
  /** Aborted by Ctrl-C; see `CommandSurroundings`. */
  readonly signal: AbortSignal
  ask: Ask | undefined
  /** The inlet that runs. @throws Failure `bad_config` */
  client(): Promise<Client>
  openBrowser: ((url: string) => void) | undefined
  /** @throws Failure `bad_config` where there is no desktop */
  notify: Notify
  /** The answer of a command that is not a stream: the document with `--json`, else the lines for a person. */
  answer(document: unknown, lines: readonly string[]): Promise<undefined>
  /** One thing of a stream: in a line of JSON with `--json`, else in these words. */
  emit(thing: unknown, line: string): Promise<void>
  /** A line of data as it is. Text from outside goes through `clean` before. */
  write(line: string): Promise<void>
  /** Bytes as they are, for other programs. @throws Failure `bad_config` where a terminal would get them */
  writeBytes(bytes: Uint8Array): Promise<void>
  /** Words for a person, on the standard error; none with `--json`. */
  tell(words: string): void
  /** What went wrong without ending the command, on the standard error; in JSON with `--json`. */
  warn(words: string): void
  /** A line that is drawn over itself, on a terminal alone: what was drawn is gone with `undefined`. */
  draw: ((line: string | undefined) => void) | undefined
  /** How wide such a line may be, and its colours. */
  drawing: { columns: number; style: Style }
  /** @throws Failure `bad_config` where there is none to read */
  readInput(): Promise<string>
}

export function createContext(
  surroundings: CommandSurroundings,
  { isJson, isPlain }: { isJson: boolean; isPlain: boolean },
): CommandContext {
  const { version, environment, folder, screen, errorScreen } = surroundings
  const mayColour = !isPlain && !environment.NO_COLOR && environment.TERM !== 'dumb'
  const mayDraw = errorScreen !== undefined && !isJson && environment.TERM !== 'dumb'
  let drawn = false
  const wipe = () => {
    if (drawn) errorScreen?.draw('\r\u001b[2K')
    drawn = false
  }
  const write = async (line: string) => {
    wipe()
    await surroundings.say(line)
  }
  const complain = (line: string) => {
    wipe()
    surroundings.complain(line)
  }
  return {
    ...{ version, environment, folder, isJson, screen, write },
    clock: surroundings.clock ?? systemClock,
    style: styleFor(mayColour && screen !== undefined),
    ask: surroundings.ask,
    openBrowser: surroundings.openBrowser,
    notify: surroundings.notify ?? nowhere,
    async client() {
      // Reading the configuration takes longer to load than all else: help and completions do without.
      const { clientOf } = await import('../commands/client.ts')
      return clientOf({ environment, folder })
    },
    get signal() {
      return surroundings.interrupted ?? never
    },
    async answer(document, lines) {
      if (isJson) await write(toJson(document, 2))
      else for (const line of lines) await write(line)
      return undefined
    },
    async writeBytes(bytes) {
      if (surroundings.sayBytes && screen === undefined) return surroundings.sayBytes(bytes)
      throw new Failure('bad_config', 'this is nothing for a terminal: send it on with | or >, or name a file')
    },
    emit: (thing, line) => write(isJson ? toJson(thing) : line),
    tell(words) {
      if (!isJson) complain(words)
    },
    warn(words) {
      complain(isJson ? toJson({ warning: words }) : cleanLines(words))
    },
    draw: mayDraw
      ? line => {
          wipe()
          if (line === undefined) return
          errorScreen?.draw(line)
          drawn = true
        }
      : undefined,
    drawing: {
      columns: errorScreen?.columns ?? 80,
      style: styleFor(mayColour && errorScreen !== undefined),
    },
    async readInput() {
      if (surroundings.readInput) return surroundings.readInput()
      throw new Failure('bad_config', 'there is no standard input to read')
    },
  }
}

const never = new AbortController().signal

async function nowhere(): Promise<void> {
  throw new Failure('bad_config', 'there is no desktop to show a notification on')
}
