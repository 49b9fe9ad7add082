import { calendarToMarkdown } from './calendar.ts'
import { decode, htmlCharset } from './charset.ts'
import { withoutEmbeddedImages } from './embedded-images.ts'
import { jsonToMarkdown } from './json.ts'
import { cut } from './markdown.ts'
import { kindOf, type MediaType } from './media-type.ts'
import { cleaned, controls, normalise, unflow } from './plain.ts'
import { separatedToMarkdown } from './separated.ts'

/**
 * Content of a media type as Markdown, in the thread that calls it.
 * @param content bytes, or text that is decoded already
 * @param maxTextBytes bytes of UTF-8 that are kept
 * @param isLate whether what can be cut short should be
 * @throws Failure `item_unreadable`
 */
export async function convert(
  content: Uint8Array | string,
  type: MediaType,
  maxTextBytes: number,
  isLate: () => boolean = () => false,
): Promise<string> {
  const text = await convertWhole(content, type, maxTextBytes, isLate)
  return cut(text.replace(controls, '').toWellFormed(), maxTextBytes)
}

/** Asked for so often, in the main thread too, that even looking it up would show. */
let html: Promise<typeof import('./html/reader.ts')> | undefined

/** The parser is some thirty files: loaded together with what stands on it, it would hold up a thread for too long. */
async function loadHtml(): Promise<typeof import('./html/reader.ts')> {
  for (const load of [() => import('htmlparser2/WritableStream'), () => import('htmlparser2')]) {
    await load()
    await new Promise(resolve => setImmediate(resolve))
  }
  return import('./html/reader.ts')
}

async function convertWhole(
  content: Uint8Array | string,
  type: MediaType,
  maxTextBytes: number,
  isLate: () => boolean,
): Promise<string> {
  const kind = kindOf(type)
  switch (kind) {
    case 'html': {
      html ??= loadHtml()
      const { htmlToMarkdown } = await html
      return htmlToMarkdown(textOf(content, type, htmlCharset), maxTextBytes)
    }
    case 'mail': {
      const { mailToMarkdown } = await import('./mail.ts')
      return mailToMarkdown(content, maxTextBytes)
    }
    case 'separated':
      return separatedToMarkdown(textOf(content, type), type.essence.includes('tab-'), maxTextBytes)
    case 'calendar':
      return calendarToMarkdown(textOf(content, type), maxTextBytes)
    case 'json':
      return jsonToMarkdown(textOf(content, type), maxTextBytes)
    case 'markdown':
      return cleaned(withoutEmbeddedImages(textOf(content, type)), maxTextBytes)
    case 'document': {
      const { documentToMarkdown } = await import('./office/reader.ts')
      return documentToMarkdown(bytesOf(content), type.essence, maxTextBytes)
    }
    case 'outlook': {
      const { outlookToMarkdown } = await import('./outlook.ts')
      return outlookToMarkdown(bytesOf(content), maxTextBytes)
    }
    case 'archive': {
      const { archiveToMarkdown } = await import('./office/archive.ts')
      return archiveToMarkdown(bytesOf(content), maxTextBytes)
    }
    case 'pdf': {
      const { pdfToMarkdown } = await import('./pdf/reader.ts')
      return pdfToMarkdown(bytesOf(content), maxTextBytes, isLate)
    }
    case 'plain':
      return normalise(unflowed(textOf(content, type), type, maxTextBytes), maxTextBytes)
  }
}

function textOf(content: Uint8Array | string, type: MediaType, declaredInside?: (start: string) => string | undefined) {
  return typeof content === 'string' ? content : decode(content, type.parameters.get('charset'), declaredInside)
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content
}

function unflowed(text: string, { parameters }: MediaType, maxLength: number): string {
  if (parameters.get('format')?.toLowerCase() !== 'flowed') return text
  return unflow(text.slice(0, maxLength * 2), parameters.get('delsp')?.toLowerCase() === 'yes')
}
