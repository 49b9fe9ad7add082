/** A text as PDFs become, of so many pages, some of which say what is given. */
export function pagedText(pages: number, said: Readonly<Record<number, string>>): string {
  return Array.from({ length: pages }, (_, index) => {
    const number = index + 1
    const heading = number === 2 ? '## Second part <of> it\n\n' : ''
    return `<!-- page ${number} -->\n\n${heading}${'Plain words that stand around. '.repeat(20)}${said[number] ?? ''}`
  }).join('\n\n')
}

/** The same as Slack sends it. */
export function pagedMessage(pages: number, said: Readonly<Record<number, string>>): string {
  return pagedText(pages, said).replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
