/** Asana tells no media types: the name of a file has to do. */

/** The media type of a file that can become text; `undefined` for all others. */
export function mediaTypeOf(fileName: string): string | undefined {
  const extension = /\.(\w+)$/.exec(fileName)?.[1]?.toLowerCase()
  return extension === undefined ? undefined : mediaTypes.get(extension)
}

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ...['txt', 'text', 'log', 'conf', 'ini', 'cfg', 'rst', 'adoc', 'srt', 'vtt'].map(plain),
  ...['css', 'js', 'ts', 'jsx', 'tsx', 'py', 'rb', 'go', 'rs', 'java', 'c', 'h', 'cpp', 'sh', 'sql'].map(plain),
  ['md', 'text/markdown'],
  ['markdown', 'text/markdown'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['json', 'application/json'],
  ['xml', 'application/xml'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['toml', 'application/toml'],
  ['ics', 'text/calendar'],
  ['eml', 'message/rfc822'],
])

function plain(extension: string): [string, string] {
  return [extension, 'text/plain']
}
