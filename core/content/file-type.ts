import { kindOf, parseMediaType } from './media-type.ts'

/** The media type of a file that can become text by the end of its name; `undefined` for all others. */
export function mediaTypeOfName(name: string): string | undefined {
  const extension = /\.(\w{1,12})$/.exec(name.trim())?.[1]?.toLowerCase()
  return extension === undefined ? undefined : byExtension.get(extension)
}

/** Whether a file can become text, by what its provider calls it and by its name; either may be empty. */
export function isConvertible(mediaType: string, name: string): boolean {
  return convertibleType(mediaType, name) !== undefined
}

/**
 * The media type as which a file is to be converted: what its provider calls it, unless that says nothing, or less than
 * its name does; `undefined` for a file that cannot become text.
 */
export function convertibleType(mediaType: string, name: string): string | undefined {
  const { essence } = parseMediaType(mediaType)
  const named = mediaTypeOfName(name)
  if (vague.has(essence)) return named ?? (isTaken(essence) ? mediaType : undefined)
  if (isTaken(essence)) return mediaType
  return /^(image|audio|video|font|model)\//.test(essence) ? undefined : named
}

function isTaken(mediaType: string): boolean {
  try {
    kindOf(parseMediaType(mediaType))
    return true
  } catch {
    return false
  }
}

/** What programs call a file that they do not know, or know by its name only. */
const vague: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/binary',
  'application/unknown',
  'application/x-download',
  'application/download',
  'application/force-download',
  'application/zip',
  'application/x-zip-compressed',
  'text/plain',
  // What browsers on Windows with Excel call a CSV file.
  'application/vnd.ms-excel',
  // What systems call TypeScript.
  'video/mp2t',
  'video/vnd.dlna.mpeg-tts',
])

const openXml = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'

// biome-ignore-start format: lists of words
const plain = [
  'txt',
  'text',
  'log',
  'conf',
  'cfg',
  'ini',
  'env',
  'properties',
  'rst',
  'adoc',
  'asciidoc',
  'org',
  'tex',
  'bib',
  'srt',
  'vtt',
  'css',
  'scss',
  'sass',
  'less',
  'js',
  'mjs',
  'cjs',
  'jsx',
  'ts',
  'mts',
  'cts',
  'tsx',
  'vue',
  'svelte',
  'py',
  'rb',
  'go',
  'rs',
  'java',
  'kt',
  'kts',
  'scala',
  'swift',
  'c',
  'h',
  'cc',
  'cpp',
  'cxx',
  'hpp',
  'cs',
  'fs',
  'vb',
  'php',
  'pl',
  'pm',
  'lua',
  'r',
  'jl',
  'hs',
  'ml',
  'ex',
  'exs',
  'erl',
  'clj',
  'dart',
  'sh',
  'bash',
  'zsh',
  'fish',
  'ps1',
  'bat',
  'cmd',
  'sql',
  'graphql',
  'proto',
  'tf',
  'gradle',
  'cmake',
  'diff',
  'patch',
  'vcf',
  'jsonl',
  'ndjson',
  'json5',
  'plist',
]
// biome-ignore-end format: lists of words

const byExtension: ReadonlyMap<string, string> = new Map([
  ...plain.map((extension): [string, string] => [extension, 'text/plain']),
  ['md', 'text/markdown'],
  ['markdown', 'text/markdown'],
  ['html', 'text/html'],
  ['htm', 'text/html'],
  ['xhtml', 'application/xhtml+xml'],
  ['csv', 'text/csv'],
  ['tsv', 'text/tab-separated-values'],
  ['tab', 'text/tab-separated-values'],
  ['json', 'application/json'],
  ['ipynb', 'application/json'],
  ['xml', 'application/xml'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['toml', 'application/toml'],
  ['ics', 'text/calendar'],
  ['eml', 'message/rfc822'],
  ['msg', 'application/vnd.ms-outlook'],
  ['pdf', 'application/pdf'],
  ['rtf', 'application/rtf'],
  ['epub', 'application/epub+zip'],
  ['zip', 'application/zip'],
  ['doc', 'application/msword'],
  ['dot', 'application/msword'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlt', 'application/vnd.ms-excel'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['pps', 'application/vnd.ms-powerpoint'],
  ['docx', `${openXml}.wordprocessingml.document`],
  ['dotx', `${openXml}.wordprocessingml.template`],
  ['docm', 'application/vnd.ms-word.document.macroenabled.12'],
  ['dotm', 'application/vnd.ms-word.template.macroenabled.12'],
  ['xlsx', `${openXml}.spreadsheetml.sheet`],
  ['xltx', `${openXml}.spreadsheetml.template`],
  ['xlsm', 'application/vnd.ms-excel.sheet.macroenabled.12'],
  ['pptx', `${openXml}.presentationml.presentation`],
  ['ppsx', `${openXml}.presentationml.slideshow`],
  ['potx', `${openXml}.presentationml.template`],
  ['pptm', 'application/vnd.ms-powerpoint.presentation.macroenabled.12'],
  ['odt', `${openDocument}.text`],
  ['ott', `${openDocument}.text-template`],
  ['ods', `${openDocument}.spreadsheet`],
  ['ots', `${openDocument}.spreadsheet-template`],
  ['odp', `${openDocument}.presentation`],
  ['otp', `${openDocument}.presentation-template`],
  ['odg', `${openDocument}.graphics`],
])
