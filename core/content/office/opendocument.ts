/**
 * Texts, sheets and slides of OpenDocument as Markdown. npm has no converter for them that is kept up, but for those that
 * drop the structure (`officeparser`) or call LibreOffice. Source: OpenDocument 1.3, part 3.
 */
import { Failure } from '../../errors.ts'
import { protectedByPassword } from '../protected.ts'
import { createDocumentWriter, type DocumentWriter } from './document.ts'
import { readObjects } from './figures.ts'
import { createSheetsReader } from './opendocument-sheets.ts'
import { createStyles, type Styles } from './opendocument-styles.ts'
import { createTextReader } from './opendocument-text.ts'
import { readXml, type XmlReader } from './xml.ts'
import type { Zip } from './zip.ts'

/**
 * A text with its headers, notes and comments; each sheet as a table under its name, with the comments on its cells; or
 * each slide that has text under a heading, with its notes.
 * @param maxLength characters after which the rest is not read
 * @throws Failure `item_unreadable`, also for what is encrypted
 */
export async function openDocumentToMarkdown(zip: Zip, maxLength: number): Promise<string> {
  await refuseEncrypted(zip)
  const styles = createStyles()
  const margins = createDocumentWriter(maxLength)
  const marginReader = createTextReader(margins, styles)
  if (zip.has('styles.xml')) {
    await readXml(
      zip.read('styles.xml'),
      route(styles, name => (marginElements.has(name) ? marginReader : undefined)),
    )
  }
  const writer = createDocumentWriter(maxLength)
  const figures = await readObjects(zip)
  const texts = createTextReader(writer, styles, figures)
  const sheets = createSheetsReader(styles, maxLength, figures)
  let kind = ''
  const body = route(styles, name => {
    if (!bodyElements.has(name)) return undefined
    kind = name
    return name === 'spreadsheet' ? sheets : texts
  })
  await readXml(zip.read('content.xml'), body)
  if (kind === '') throw new Failure('item_unreadable', 'the document has no text, sheets or slides')
  if (kind === 'spreadsheet') return sheets.finish()
  const parts = [kind === 'text' ? distinct(margins) : '', texts.finish()]
  return parts.filter(Boolean).join('\n\n')
}

/** What the body of a document is called. */
const bodyElements: ReadonlySet<string> = new Set(['text', 'spreadsheet', 'presentation', 'drawing'])

const marginElements: ReadonlySet<string> = new Set([
  'header',
  'header-first',
  'header-left',
  'footer',
  'footer-first',
  'footer-left',
])

/** Gives what is inside certain elements to their reader, and all else to the styles. */
function route(styles: Styles, readerOf: (name: string) => XmlReader | undefined): XmlReader {
  let reader: XmlReader | undefined
  let depth = 0
  return {
    open(name, attributes) {
      if (reader) {
        depth += 1
        reader.open(name, attributes)
        return
      }
      reader = readerOf(name)
      if (!reader) styles.open(name, attributes)
    },
    text: data => reader?.text(data),
    close(name) {
      if (!reader) {
        styles.close(name)
      } else if (depth === 0) {
        reader = undefined
      } else {
        depth -= 1
        reader.close(name)
      }
    },
    isFull: () => reader?.isFull?.() ?? false,
  }
}

/** Headers and footers, each text once, without those that hold but a page's number. */
function distinct(margins: DocumentWriter): string {
  const texts = new Set(margins.blocks.map(({ text }) => text).filter(text => /\p{L}/u.test(text)))
  return [...texts].join('\n\n')
}

async function refuseEncrypted(zip: Zip): Promise<void> {
  if (!zip.has('META-INF/manifest.xml')) return
  let encrypted = false
  await readXml(zip.read('META-INF/manifest.xml'), {
    open(name) {
      if (name === 'encryption-data') encrypted = true
    },
    text() {},
    close() {},
  })
  if (encrypted) throw protectedByPassword()
}
