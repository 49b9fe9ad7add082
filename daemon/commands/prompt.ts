import type { ReadStream } from 'node:tty'
import { Failure } from '../../core/errors.ts'
import type { Ask } from '../command-line/context.ts'

/** Asks on the terminal and, unless told so, shows nothing of the answer; `undefined` where there is no terminal. */
export function terminalPrompt(
  input: ReadStream = process.stdin,
  output: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Ask | undefined {
  if (!input.isTTY || !output.isTTY) return undefined
  return (question, { isShown = false } = {}) =>
    new Promise((resolve, reject) => {
      let typed = ''
      const show = (text: string) => {
        if (isShown) output.write(text)
      }
      const end = (settle: () => void) => {
        input.off('data', take)
        input.setRawMode(false)
        input.pause()
        output.write('\n')
        settle()
      }
      const take = (chunk: Buffer | string) => {
        const characters = [...String(chunk)]
        for (const [index, character] of characters.entries()) {
          if (character === '\r' || character === '\n') {
            end(() => resolve(typed))
            // Typed or pasted ahead: for the next question.
            const rest = characters.slice(index + 1).join('')
            if (rest !== '') input.unshift(rest, 'utf8')
            return
          }
          // Ctrl-C and Ctrl-D: raw mode makes no signals of them.
          if (character === '\u0003' || character === '\u0004') {
            return end(() => reject(new Failure('cancelled', 'nothing was done')))
          }
          if (character === '\u007f' || character === '\b') {
            if (typed !== '') show('\b \b')
            typed = [...typed].slice(0, -1).join('')
          } else {
            typed += character
            show(/\p{Cc}/u.test(character) ? '' : character)
          }
        }
      }
      input.setEncoding('utf8')
      // Before the question: what is pasted as soon as it appears is not shown either.
      input.setRawMode(true)
      output.write(question)
      input.on('data', take)
      input.resume()
    })
}
