/** A drive of many small files in some folders, each made from its number alone. */
import { createHash } from 'node:crypto'
import { chanceOf, proseOf, wordsOf } from './corpus.ts'

export interface DriveItem {
  id: string
  name: string
  mimeType: string
  parents: string[]
  createdTime: string
  modifiedTime: string
  /** Of files; folders have no bytes. */
  content?: Buffer
  size?: string
  md5Checksum?: string
}

export const folderType = 'application/vnd.google-apps.folder'
export const rootId = idOf('root')

const topFolders = 8
const foldersBelowEach = 5
const newestMs = Date.UTC(2026, 0, 15)

/** Folders first. */
export function driveOf(files: number): DriveItem[] {
  const folders = Array.from({ length: topFolders }, (_top, top): DriveItem[] => [
    folderOf(`top-${top}`, rootId),
    ...Array.from({ length: foldersBelowEach }, (_below, below) =>
      folderOf(`below-${top}-${below}`, idOf(`top-${top}`)),
    ),
  ]).flat()
  return [
    ...folders,
    ...Array.from({ length: files }, (_file, number) => fileOf(number, folders[number % folders.length]?.id ?? rootId)),
  ]
}

/** In no other file: finds this one. */
export function markOf(number: number): string {
  return `sheet${String(number).padStart(6, '0')}`
}

function folderOf(name: string, parent: string): DriveItem {
  return { id: idOf(name), name, mimeType: folderType, parents: [parent], ...timesOf(0) }
}

/** One to eight kilobytes. */
function fileOf(number: number, parent: string): DriveItem {
  const chance = chanceOf(number)
  const kind = kinds[number % kinds.length] ?? kinds[0]
  const content = Buffer.from(kind.write(chance, 1000 * 8 ** chance(), markOf(number)))
  return {
    ...{ id: idOf(`file-${number}`), name: `${wordsOf(chance, 3)} ${number}.${kind.ending}` },
    ...{ mimeType: kind.mimeType, parents: [parent], ...timesOf(number), content },
    ...{ size: String(content.length), md5Checksum: createHash('md5').update(content).digest('hex') },
  }
}

interface Kind {
  mimeType: string
  ending: string
  write(chance: () => number, bytes: number, mark: string): string
}

/** About how many bytes of text a word takes with its space. */
const bytesPerWord = 5.5

const kinds: readonly [Kind, ...Kind[]] = [
  {
    mimeType: 'text/plain',
    ending: 'txt',
    write: (chance, bytes, mark) => `${prose(chance, bytes)}\n\n${mark}\n`,
  },
  {
    mimeType: 'text/markdown',
    ending: 'md',
    write: (chance, bytes, mark) =>
      `# ${wordsOf(chance, 5)}\n\n${prose(chance, bytes).replaceAll('\n\n', `\n\n## ${wordsOf(chance, 3)}\n\n`)}\n\n- ${mark}\n`,
  },
  {
    mimeType: 'text/html',
    ending: 'html',
    write: (chance, bytes, mark) =>
      `<!doctype html>\n<html><head><meta charset="utf-8"><title>${wordsOf(chance, 4)}</title></head>\n<body>\n${prose(
        chance,
        bytes,
      )
        .split('\n\n')
        .map(
          paragraph =>
            `<p>${paragraph}</p>\n<ul><li><a href="https://www.example.net/">${wordsOf(chance, 2)}</a></li></ul>`,
        )
        .join('\n')}\n<p>${mark}</p>\n</body></html>\n`,
  },
  {
    mimeType: 'text/csv',
    ending: 'csv',
    write: (chance, bytes, mark) => {
      const rows = Array.from({ length: Math.ceil(bytes / 40) }, (_row, row) => {
        return [row, wordsOf(chance, 2), wordsOf(chance, 2), Math.floor(chance() * 10_000) / 100].join(',')
      })
      return ['number,name,place,amount', ...rows, `0,${mark},,0`, ''].join('\n')
    },
  },
]

function prose(chance: () => number, bytes: number): string {
  return proseOf(chance, Math.ceil(bytes / bytesPerWord))
}

function timesOf(number: number): { createdTime: string; modifiedTime: string } {
  const at = new Date(newestMs - number * 3_600_000).toISOString()
  return { createdTime: at, modifiedTime: at }
}

/** Of the length and the letters of Google's. */
function idOf(name: string): string {
  return `1${createHash('sha256').update(name).digest('base64url').slice(0, 32)}`
}
