import type { ReadStream } from 'node:tty'
import { Failure } from '../../core/errors.ts'

export type Ask = (question: string) => Promise<string>

/** Asks on the terminal and shows nothing of the answer; `undefined` where there is no terminal. */
export function terminalPrompt(
  input: ReadStream = process.stdin,
  output: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Ask | undefined {
  if (!input.isTTY || !output.isTTY) return undefined
  return question =>
    new Promise((resolve, reject) => {
      let typed = ''
      const end = (settle: () => void) => {
        input.off('data', take)
        input.setRawMode(false)
        input.pause()
        output.write('\n')
        settle()
      }
      const take = (chunk: Buffer | string) => {
        for (const character of String(chunk)) {
          if (character === '\r' || character === '\n') return end(() => resolve(typed))
          // Ctrl-C and Ctrl-D: raw mode makes no signals of them.
          if (character === '\u0003' || character === '\u0004') {
            return end(() => reject(new Failure('cancelled', 'nothing was done')))
          }
          if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
          else typed += character
        }
      }
      output.write(question)
      input.setEncoding('utf8')
      input.setRawMode(true)
      input.on('data', take)
      input.resume()
    })
}
