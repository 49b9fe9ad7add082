/**
 * Names of files and folders made from names that other people gave: safe on Linux, macOS and Windows at once, so that
 * a mirror can be copied between them, and never one that leads out of its folder.
 */
import { createHash } from 'node:crypto'

/** Below the 255 bytes of every file system, with room for a suffix and `.md`; short enough for Windows' whole paths. */
const fileNameBytes = 120
const folderNameBytes = 80
/** Of all folders together; macOS takes 1,024 bytes for a whole path. */
const folderPathBytes = 480

const controls = '\\p{Cc}\\p{Zl}\\p{Zp}'
/** They turn the direction of what follows or show nothing: a name would not be what it looks like. */
const invisible = '\\u200b\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2060-\\u2069\\ufeff'
const forbidden = new RegExp(`[<>:"/\\\\|?*${controls}${invisible}]+`, 'gu')

/** Devices of Windows, which are so with any ending. */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

/** A file's name without its ending, from any text. The same for the same text, always. */
export function fileNameOf(name: string): string {
  return safe(name, fileNameBytes)
}

/** A folder's name from any text. */
export function folderNameOf(name: string): string {
  return safe(name, folderNameBytes)
}

/**
 * The folders that names lead through. Where they are too long together, the innermost ones become one whose name is
 * made from theirs.
 */
export function foldersOf(names: readonly string[]): string[] {
  const folders: string[] = []
  let bytes = 0
  for (const [index, name] of names.entries()) {
    const folder = folderNameOf(name)
    bytes += Buffer.byteLength(folder) + 1
    if (bytes > folderPathBytes) return [...folders, `deeper ${shortHash(names.slice(index).join('\0'))}`]
    folders.push(folder)
  }
  return folders
}

/** The same for names that some file system takes for the same. */
export function foldedPath(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC')
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function safe(name: string, mostBytes: number): string {
  const plain = name.toWellFormed().normalize('NFC').replace(forbidden, ' ').replace(/\s+/g, ' ')
  // Twice: what is cut off may end in a dot or a space.
  const text = trimmed(cut(trimmed(plain), mostBytes))
  if (text === '') return 'untitled'
  return reserved.test(text) ? `_${text}` : text
}

/** A dot at the beginning hides a file, and at the end is lost on Windows, as a space is. */
function trimmed(text: string): string {
  return text.replace(/^[\s.]+|[\s.]+$/g, '')
}

function cut(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  let kept = ''
  let bytes = 0
  // By what a person takes for a character: half an emoji is another one.
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.slice(0, mostBytes))) {
    bytes += Buffer.byteLength(segment)
    if (bytes > mostBytes) break
    kept += segment
  }
  return kept
}
