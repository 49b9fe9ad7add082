import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { terminalPrompt } from '../../daemon/commands/prompt.ts'

function terminal(isTTY = true) {
  const modes: boolean[] = []
  const setRawMode = (isRaw: boolean) => void modes.push(isRaw)
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode }) as unknown as ReadStream & PassThrough
  const shown: string[] = []
  const output = { isTTY, write: (text: string) => void shown.push(text) }
  return { input, output, shown, modes }
}

describe('the prompt for a passphrase', () => {
  it('shows nothing of what is typed, and takes corrections', async () => {
    const { input, output, shown, modes } = terminal()
    const asking = terminalPrompt(input, output)?.('Passphrase: ')
    for (const typed of ['wrod', '\u007f\u007f', 'rd of mi\u{1F600}\b', 'ne', '\r']) input.write(typed)
    expect(await asking).toBe('wrrd of mine')
    expect(shown).toEqual(['Passphrase: ', '\n'])
    expect(modes).toEqual([true, false])
  })

  it('ends with Ctrl-C and Ctrl-D, and leaves the terminal as it was', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const { input, output, modes } = terminal()
      const asking = terminalPrompt(input, output)?.('Passphrase: ')
      input.write(`half${key}`)
      await expect(asking).rejects.toThrow('nothing was done')
      expect(modes).toEqual([true, false])
    }
  })

  it('is none where nobody sits', () => {
    const { input, output } = terminal(false)
    expect(terminalPrompt(input, output)).toBeUndefined()
  })
})
