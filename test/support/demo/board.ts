/** Lines on a terminal that are rewritten in place; elsewhere each line is printed once, when it is final. */

export interface Board {
  /** What stands behind the line's label now. */
  set(label: string, text: string): void
  /** Its last text. */
  finish(label: string, text: string): void
}

export interface Screen {
  write(text: string): unknown
  isTTY?: boolean
}

export function createBoard(screen: Screen, labels: readonly string[]): Board {
  const width = Math.max(...labels.map(label => label.length))
  const texts = new Map(labels.map(label => [label, 'waiting']))
  const line = (label: string) => `  ${label.padEnd(width)}  ${texts.get(label) ?? ''}`
  if (screen.isTTY) for (const label of labels) screen.write(`${line(label)}\n`)

  function redraw(): void {
    const lines = labels.map(label => `\x1b[2K${line(label)}\n`)
    screen.write(`\x1b[${labels.length}A${lines.join('')}`)
  }

  return {
    set(label, text) {
      if (texts.get(label) === text) return
      texts.set(label, text)
      if (screen.isTTY) redraw()
    },
    finish(label, text) {
      texts.set(label, text)
      if (screen.isTTY) redraw()
      else screen.write(`${line(label)}\n`)
    },
  }
}

/** Bold where the screen can, else between angle quotes. */
export function emphasis(screen: Screen): (text: string) => string {
  return text => (screen.isTTY ? `\x1b[1m${text}\x1b[0m` : `«${text}»`)
}

/** A search's snippet, which is Markdown within HTML, as one line of plain text. */
export function readable(snippet: string, strong: (text: string) => string): string {
  return snippet
    .replace(/\*\*|^#+ /gm, '')
    .replace(/<mark>(.*?)<\/mark>/gs, (_match, text: string) => strong(text))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()
}
