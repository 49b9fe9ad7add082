import { Failure } from '../../errors.ts'
import { protectedByPassword } from '../protected.ts'
import { openCompound } from './compound-file.ts'
import { docToMarkdown } from './legacy/doc.ts'
import { pptToMarkdown } from './legacy/ppt.ts'
import { xlsToMarkdown } from './legacy/xls.ts'

/** Whether bytes are a compound file: what Office wrote until 2007, and what it still puts around encrypted documents. */
export function isCompound(bytes: Uint8Array): boolean {
  return compoundMark.every((byte, index) => bytes[index] === byte)
}

const compoundMark = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]

/**
 * A document of Office from 1997 to 2003 as Markdown.
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`, with words of its own for one that a password protects
 */
export function compoundToMarkdown(bytes: Uint8Array, maxLength: number): string {
  const file = openCompound(bytes)
  if (file.names.includes('EncryptedPackage')) throw protectedByPassword()
  try {
    if (file.names.includes('WordDocument')) return docToMarkdown(file, maxLength)
    if (file.names.includes('Workbook')) return xlsToMarkdown(file, maxLength)
    if (file.names.includes('PowerPoint Document')) return pptToMarkdown(file, maxLength)
  } catch (cause) {
    // Reading where a damaged size points to.
    if (cause instanceof RangeError) throw new Failure('item_unreadable', 'the document is damaged', { cause })
    throw cause
  }
  throw new Failure('item_unreadable', 'the document is in an old form of Office that cannot be read')
}
