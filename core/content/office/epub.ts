/**
 * A book as Markdown: its chapters, which are XHTML, in the order of reading. Source: EPUB 3.3.
 */
import { posix } from 'node:path'
import { Failure } from '../../errors.ts'
import { decode, htmlCharset } from '../charset.ts'
import { htmlToMarkdown } from '../html/reader.ts'
import { escapeText, oneLine } from '../markdown.ts'
import { readXml } from './xml.ts'
import type { Zip } from './zip.ts'

/**
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`, also for a book that only its seller's program opens
 */
export async function epubToMarkdown(zip: Zip, maxLength: number): Promise<string> {
  const packagePart = await packageOf(zip)
  const { title, creators, chapters } = await readPackage(zip, packagePart)
  const locked = await lockedParts(zip)
  const out: string[] = []
  let left = maxLength
  for (const chapter of chapters) {
    if (left <= 0) break
    if (!zip.has(chapter)) continue
    if (locked.has(chapter))
      throw new Failure('item_unreadable', 'the book is protected: only the program of who sold it opens it')
    const html = decode(await zip.bytes(chapter), undefined, htmlCharset)
    const text = htmlToMarkdown(html, left)
    if (text !== '') out.push(text)
    left -= text.length
  }
  const head = headOf(title, creators)
  // Most books have a page of their own for it.
  return head === '' || out[0]?.includes(head) ? out.join('\n\n') : [head, ...out].join('\n\n')
}

async function packageOf(zip: Zip): Promise<string> {
  let path = ''
  await readXml(zip.read('META-INF/container.xml'), {
    open(name, attributes) {
      if (name === 'rootfile' && path === '') path = attributes.get('full-path') ?? ''
    },
    text() {},
    close() {},
  })
  return path
}

async function readPackage(zip: Zip, part: string) {
  const items = new Map<string, string>()
  const spine: string[] = []
  const creators: string[] = []
  let title = ''
  let field = ''
  let text = ''
  await readXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'title' || name === 'creator') {
        field = name
        text = ''
      } else if (name === 'item' && items.size < mostItems) {
        items.set(attributes.get('id') ?? '', pathOf(part, attributes.get('href') ?? ''))
      } else if (name === 'itemref' && spine.length < mostItems) {
        spine.push(attributes.get('idref') ?? '')
      }
    },
    text(data) {
      if (field !== '') text = (text + data).slice(0, longestField)
    },
    close(name) {
      if (name !== field) return
      if (field === 'title') title ||= text
      else if (creators.length < mostCreators) creators.push(text)
      field = ''
    },
  })
  const chapters = new Set(spine.flatMap(id => items.get(id) ?? []))
  return { title, creators, chapters }
}

function headOf(title: string, creators: readonly string[]): string {
  const known = [title, ...creators].filter(text => !unnamed.has(text)).map(text => escapeText(oneLine(text)))
  return known.map((text, index) => (index === 0 && !unnamed.has(title) ? `# ${text}` : text)).join('\n\n')
}

/** Parts that are encrypted; fonts that are merely obscured are no chapters. */
async function lockedParts(zip: Zip): Promise<ReadonlySet<string>> {
  const parts = new Set<string>()
  if (!zip.has('META-INF/encryption.xml')) return parts
  await readXml(zip.read('META-INF/encryption.xml'), {
    open(name, attributes) {
      if (name === 'CipherReference') parts.add(pathOf('', attributes.get('URI') ?? ''))
    },
    text() {},
    close() {},
  })
  return parts
}

function pathOf(part: string, href: string): string {
  const path = href.replace(/[?#].*$/s, '')
  return posix.join(posix.dirname(part), unescaped(path))
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** What LibreOffice writes where nobody named the book. */
const unnamed: ReadonlySet<string> = new Set(['', 'Unknown Title', 'Unknown Author'])

const mostItems = 20_000
const mostCreators = 20
const longestField = 1000
