import { styleText } from 'node:util'

/** Colours, or none where they do not belong: pipes, files, NO_COLOR. Each gives the text back. */
export type Style = Readonly<Record<(typeof names)[number], (text: string) => string>>

const names = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const

export function styleFor(isColoured: boolean): Style {
  const entries = names.map(name => [
    name,
    // Whether a stream is a terminal was looked at already.
    (text: string) => (isColoured ? styleText(name, text, { validateStream: false }) : text),
  ])
  return Object.fromEntries(entries) as Style
}
