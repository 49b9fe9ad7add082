/** Names and kinds of files, wherever Notion shows them. */
import { type JsonObject, objectAt, textAt } from '../../core/plugin.ts'

/** The name that a file was given, else the last part of its address. */
export function fileName(file: JsonObject): string | undefined {
  return textAt(file, 'name') ?? lastPart(addressOfFile(file))
}

/** Where a file is now; of one that Notion keeps, for an hour. */
export function addressOfFile(file: JsonObject): string | undefined {
  return textAt(objectAt(file, 'external'), 'url') ?? textAt(objectAt(file, 'file'), 'url')
}

/** The media type of a file that can become text, by its name: Notion says no other. */
export function textType(name: string): string | undefined {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(textTypes, extension) ? textTypes[extension] : undefined
}

const textTypes: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  html: 'text/html',
  htm: 'text/html',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  ics: 'text/calendar',
  eml: 'message/rfc822',
}

function lastPart(address: string | undefined): string | undefined {
  const part = URL.parse(address ?? '')
    ?.pathname.split('/')
    .at(-1)
  if (!part) return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
