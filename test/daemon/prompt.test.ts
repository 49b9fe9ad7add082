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

  it('shows what is typed where it is no secret', async () => {
    const { input, output, shown } = terminal()
    const asking = terminalPrompt(input, output)?.('Name: ', { isShown: true })
    for (const typed of ['Anm', '\u007f', 'n\u001b', '\r']) input.write(typed)
    expect(await asking).toBe('Ann\u001b')
    expect(shown.join('')).toBe('Name: Anm\b \bn\n')
  })

  it('keeps what was typed ahead for the next question', async () => {
    const { input, output } = terminal()
    const ask = terminalPrompt(input, output)
    const first = ask?.('One: ')
    input.write('first\rsecond\r')
    expect([await first, await ask?.('Two: ')]).toEqual(['first', 'second'])
  })

  it('is none where nobody sits', () => {
    const { input, output } = terminal(false)
    expect(terminalPrompt(input, output)).toBeUndefined()
  })
})
