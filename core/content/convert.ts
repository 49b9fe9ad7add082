import { calendarToMarkdown } from './calendar.ts'
import { decode, htmlCharset } from './charset.ts'
import { htmlToMarkdown } from './html/reader.ts'
import { jsonToMarkdown } from './json.ts'
import { mailToMarkdown } from './mail.ts'
import { cut } from './markdown.ts'
import { kindOf, type MediaType } from './media-type.ts'
import { cleaned, controls, normalise, unflow } from './plain.ts'
import { separatedToMarkdown } from './separated.ts'

/**
 * Content of a media type as Markdown, in the thread that calls it.
 * @param content bytes, or text that is decoded already
 * @param maxTextBytes bytes of UTF-8 that are kept
 * @throws Failure `item_unreadable`
 */
export async function convert(content: Uint8Array | string, type: MediaType, maxTextBytes: number): Promise<string> {
  const text = await convertWhole(content, type, maxTextBytes)
  return cut(text.replace(controls, '').toWellFormed(), maxTextBytes)
}

async function convertWhole(content: Uint8Array | string, type: MediaType, maxTextBytes: number): Promise<string> {
  const kind = kindOf(type)
  switch (kind) {
    case 'html':
      return htmlToMarkdown(textOf(content, type, htmlCharset), maxTextBytes)
    case 'mail':
      return mailToMarkdown(content, maxTextBytes)
    case 'separated':
      return separatedToMarkdown(textOf(content, type), type.essence.includes('tab-'), maxTextBytes)
    case 'calendar':
      return calendarToMarkdown(textOf(content, type), maxTextBytes)
    case 'json':
      return jsonToMarkdown(textOf(content, type), maxTextBytes)
    case 'markdown':
      return cleaned(textOf(content, type), maxTextBytes)
    case 'office': {
      const { officeToMarkdown } = await import('./office/reader.ts')
      return officeToMarkdown(bytesOf(content), maxTextBytes)
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
