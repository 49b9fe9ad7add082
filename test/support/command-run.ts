/** The command line inside a test: what a person would type, and all that comes of it. */
import { type CommandSurroundings, runCommand } from '../../daemon/cli.ts'

export interface Ended {
  code: number
  out: string
  err: string
}

export interface RunOptions extends Partial<Omit<CommandSurroundings, 'say' | 'complain' | 'ask'>> {
  /** What is typed where it asks, in order. Absent: there is nobody to ask. */
  typed?: string[]
  /** Told each line as it is said. */
  onLine?(line: string): void
}

/** @param words the words, or a line of them that has no quotes in it */
export async function runInlet(words: string | readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { typed, onLine, ...surroundings } = options
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(typeof words === 'string' ? words.split(' ') : words, {
    ...{ version: '1.2.3', environment: {}, folder: '/nowhere' },
    say: line => {
      out.push(line)
      onLine?.(line)
    },
    complain: line => void err.push(line),
    ask:
      typed &&
      (async question => {
        err.push(question)
        return typed.shift() ?? ''
      }),
    ...surroundings,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
