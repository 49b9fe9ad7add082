import { Failure } from '../errors.ts'

/** The converters there are; what a `document` is, its content tells better than its name. */
export type Kind =
  | 'html'
  | 'plain'
  | 'markdown'
  | 'separated'
  | 'json'
  | 'calendar'
  | 'mail'
  | 'document'
  | 'pdf'
  | 'outlook'
  | 'archive'

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

const openXml = 'application/vnd.openxmlformats-officedocument'

const documentTypes = [
  ...['document', 'template'].map(form => `${openXml}.wordprocessingml.${form}`),
  ...['sheet', 'template'].map(form => `${openXml}.spreadsheetml.${form}`),
  ...['presentation', 'slideshow', 'template', 'slide'].map(form => `${openXml}.presentationml.${form}`),
  ...['document', 'template'].map(form => `application/vnd.ms-word.${form}.macroenabled.12`),
  ...['sheet', 'template'].map(form => `application/vnd.ms-excel.${form}.macroenabled.12`),
  ...['presentation', 'slideshow', 'template'].map(form => `application/vnd.ms-powerpoint.${form}.macroenabled.12`),
  ...['text', 'spreadsheet', 'presentation', 'graphics'].flatMap(form => [
    `application/vnd.oasis.opendocument.${form}`,
    `application/vnd.oasis.opendocument.${form}-template`,
  ]),
  'application/epub+zip',
  'application/rtf',
  'application/x-rtf',
  'text/rtf',
  // What Office wrote until 2007, and what many programs call their HTML, RTF or CSV.
  'application/msword',
  'application/vnd.ms-word',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
]

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
  ...documentTypes.map((type): [string, Kind] => [type, 'document']),
  ['application/pdf', 'pdf'],
  ['application/x-pdf', 'pdf'],
  ['application/vnd.ms-outlook', 'outlook'],
  ['application/zip', 'archive'],
  ['application/x-zip', 'archive'],
  ['application/x-zip-compressed', 'archive'],
  // A mail's format of 1992 in spite of its name.
  ['text/richtext', undefined],
])

function family(essence: string): Kind | undefined {
  if (kinds.has(essence)) return undefined
  if (essence.startsWith('text/')) return 'plain'
  if (/^application\/[\w.-]+\+json$/.test(essence)) return 'json'
  if (/^application\/[\w.-]+\+(xml|yaml)$/.test(essence)) return 'plain'
  return undefined
}
