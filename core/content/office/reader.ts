/** Office documents, whatever they are called: what a container holds says more than its name. */
import { Failure } from '../../errors.ts'
import { docxToMarkdown } from './docx.ts'
import { epubToMarkdown } from './epub.ts'
import { openDocumentToMarkdown } from './opendocument.ts'
import { partType, relationsOf } from './package.ts'
import { pptxToMarkdown } from './pptx.ts'
import { xlsxToMarkdown } from './xlsx.ts'
import { openZip, type Zip } from './zip.ts'

/**
 * A document of Word, Excel, PowerPoint, OpenDocument or EPUB as Markdown.
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`, with words of their own for what is encrypted or of an old program
 */
export async function officeToMarkdown(bytes: Uint8Array, maxLength: number): Promise<string> {
  if (isCompound(bytes)) throw refusalOfCompound(bytes)
  const zip = await openZip(bytes)
  if (zip.has('[Content_Types].xml')) return packageToMarkdown(zip, maxLength)
  if (zip.has('META-INF/container.xml')) return epubToMarkdown(zip, maxLength)
  if (zip.has('content.xml')) return openDocumentToMarkdown(zip, maxLength)
  throw new Failure('item_unreadable', 'the file is called a document but holds none that can be read')
}

async function packageToMarkdown(zip: Zip, maxLength: number): Promise<string> {
  const main = (await relationsOf(zip, '')).find(({ type }) => type === 'officeDocument')?.target ?? ''
  const type = (await partType(zip, main)).toLowerCase()
  if (/wordprocessingml|ms-word/.test(type)) return docxToMarkdown(zip, main, maxLength)
  if (/spreadsheetml|ms-excel/.test(type) && !type.includes('binary')) return xlsxToMarkdown(zip, main, maxLength)
  if (/presentationml|ms-powerpoint/.test(type)) return pptxToMarkdown(zip, main, maxLength)
  throw new Failure('item_unreadable', 'the file is an Office document of a kind that cannot be read')
}

/** Whether bytes are a compound file: what Office wrote until 2007, and what it still puts around encrypted documents. */
export function isCompound(bytes: Uint8Array): boolean {
  return compoundMark.every((byte, index) => bytes[index] === byte)
}

const compoundMark = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]

export function refusalOfCompound(bytes: Uint8Array): Failure {
  const encrypted = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(
    Buffer.from('EncryptedPackage', 'utf16le'),
  )
  const message = encrypted
    ? 'the document is encrypted: it opens with a password only'
    : 'the document is in a form of Office before 2007 that cannot be read: save it as DOCX, XLSX or PPTX'
  return new Failure('item_unreadable', message)
}
