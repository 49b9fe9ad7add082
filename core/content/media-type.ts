import { Failure } from '../errors.ts'

/** The converters there are; what an `office` or `oldOffice` document is, its content tells. */
export type Kind = 'html' | 'plain' | 'markdown' | 'separated' | 'json' | 'calendar' | 'mail' | 'office'

export interface MediaType {
  /** `type/subtype` in lower case. */
  essence: string
  /** Names in lower case, values as given. */
  parameters: ReadonlyMap<string, string>
}

/**
 * A media type as a header or an API gives it, parameters included. Never refuses: what cannot be read as a parameter is
 * left out, because real mail has `text/html; charset = utf-8;;` and worse.
 * Source: RFC 9110, section 8.3.1.
 */
export function parseMediaType(value: string): MediaType {
  const header = value.slice(0, longestHeader)
  const end = header.indexOf(';')
  const essence = end < 0 ? header : header.slice(0, end)
  const parameters = new Map<string, string>()
  for (const match of header.slice(essence.length).matchAll(/([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g)) {
    const [, name = '', quoted, token = ''] = match
    const key = name.toLowerCase()
    if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token.trim())
  }
  return { essence: essence.trim().toLowerCase(), parameters }
}

/**
 * Which converter takes a media type.
 * @throws Failure `item_unreadable` for a type that none takes
 */
export function kindOf({ essence }: MediaType): Kind {
  const kind = kinds.get(essence) ?? family(essence)
  if (kind) return kind
  const name = /^[\w.+-]+\/[\w.+-]+$/.test(essence) ? essence.slice(0, 100) : 'an unknown media type'
  throw new Failure('item_unreadable', `content of ${name} cannot be converted to text`)
}

/** Longer than any header that is meant. */
const longestHeader = 2000

const kinds: ReadonlyMap<string, Kind | undefined> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['text/markdown', 'markdown'],
  ['text/x-markdown', 'markdown'],
  ['text/csv', 'separated'],
  ['application/csv', 'separated'],
  ['text/comma-separated-values', 'separated'],
  ['text/tab-separated-values', 'separated'],
  ['text/calendar', 'calendar'],
  ['application/ics', 'calendar'],
  ['message/rfc822', 'mail'],
  ['message/global', 'mail'],
  ['message/delivery-status', 'plain'],
  ['message/disposition-notification', 'plain'],
  ['application/json', 'json'],
  ['application/json5', 'plain'],
  ['application/x-ndjson', 'plain'],
  ['application/jsonl', 'plain'],
  ['application/xml', 'plain'],
  ['application/yaml', 'plain'],
  ['application/x-yaml', 'plain'],
  ['application/toml', 'plain'],
  ['application/sql', 'plain'],
  ['application/javascript', 'plain'],
  ['application/x-javascript', 'plain'],
  ['application/typescript', 'plain'],
  ['application/x-sh', 'plain'],
  ['application/x-tex', 'plain'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'office'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.template', 'office'],
  ['application/vnd.ms-word.document.macroenabled.12', 'office'],
  ['application/vnd.ms-word.template.macroenabled.12', 'office'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'office'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.template', 'office'],
  ['application/vnd.ms-excel.sheet.macroenabled.12', 'office'],
  ['application/vnd.ms-excel.template.macroenabled.12', 'office'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'office'],
  ['application/vnd.openxmlformats-officedocument.presentationml.slideshow', 'office'],
  ['application/vnd.openxmlformats-officedocument.presentationml.template', 'office'],
  ['application/vnd.ms-powerpoint.presentation.macroenabled.12', 'office'],
  ['application/vnd.ms-powerpoint.slideshow.macroenabled.12', 'office'],
  ['application/vnd.oasis.opendocument.text', 'office'],
  ['application/vnd.oasis.opendocument.text-template', 'office'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'office'],
  ['application/vnd.oasis.opendocument.spreadsheet-template', 'office'],
  ['application/vnd.oasis.opendocument.presentation', 'office'],
  ['application/vnd.oasis.opendocument.presentation-template', 'office'],
  ['application/epub+zip', 'office'],
  // A word processor's format in spite of its name.
  ['text/rtf', undefined],
  ['text/richtext', undefined],
])

function family(essence: string): Kind | undefined {
  if (kinds.has(essence)) return undefined
  if (essence.startsWith('text/')) return 'plain'
  if (/^application\/[\w.-]+\+json$/.test(essence)) return 'json'
  if (/^application\/[\w.-]+\+(xml|yaml)$/.test(essence)) return 'plain'
  return undefined
}
