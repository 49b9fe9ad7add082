/** Office documents, whatever they are called: what a container holds says more than its name. */
import { Failure } from '../../errors.ts'
import { decode, htmlCharset } from '../charset.ts'
import { htmlToMarkdown } from '../html/reader.ts'
import { normalise } from '../plain.ts'
import { rtfToMarkdown } from '../rtf/reader.ts'
import { separatedToMarkdown } from '../separated.ts'
import { compoundToMarkdown, isCompound } from './compound.ts'
import { docxToMarkdown } from './docx.ts'
import { epubToMarkdown } from './epub.ts'
import { openDocumentToMarkdown } from './opendocument.ts'
import { partType, relationsOf } from './package.ts'
import { pptxToMarkdown } from './pptx.ts'
import { xlsxToMarkdown } from './xlsx.ts'
import { openZip, type Zip } from './zip.ts'

/**
 * A document of Word, Excel, PowerPoint, OpenDocument, EPUB or RTF as Markdown.
 * @param essence what it is called, which decides where it is but text
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`, with words of their own for what is encrypted or of an old program
 */
export async function documentToMarkdown(bytes: Uint8Array, essence: string, maxLength: number): Promise<string> {
  if (isCompound(bytes)) return compoundToMarkdown(bytes, maxLength)
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('latin1')
  if (/^\s*\{\\rtf/.test(start)) return rtfToMarkdown(bytes, maxLength)
  if (isZip(bytes) || !isOld(essence)) return zipToMarkdown(await openZip(bytes), maxLength)
  // Programs that export for Excel or Word often write HTML or CSV and name it so that these open it.
  const text = decode(bytes, undefined, htmlCharset)
  if (/<(!doctype html|html|head|meta|body|table)\b/i.test(text.slice(0, 2000))) return htmlToMarkdown(text, maxLength)
  const words = normalise(text, maxLength)
  return essence.includes('excel') ? separatedToMarkdown(words, false, maxLength) : words
}

function isOld(essence: string): boolean {
  return /^application\/(msword|vnd\.ms-(word|excel|powerpoint))$/.test(essence)
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b
}

/** @throws Failure `item_unreadable` for a container that is no document */
export async function zipToMarkdown(zip: Zip, maxLength: number): Promise<string> {
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
