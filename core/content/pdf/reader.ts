/**
 * The text layer of a PDF, by `unpdf`: Mozilla's pdf.js in one file without a canvas, an evaluator of code or a worker of
 * its own (MIT, 2 MB; `pdfjs-dist` is the same reader with 35 MB of native canvas, `mupdf` is AGPL).
 */
import { Failure } from '../../errors.ts'
import { protectedByPassword } from '../protected.ts'
import { CharacterMaps } from './character-maps.ts'
import { linesOf, type Piece } from './lines.ts'
import { linksOf } from './links.ts'
import { createParagraphs } from './paragraphs.ts'

/**
 * Pages in their order, each after a line `<!-- page 12 -->`, which no text can contain by itself: in text, `<!` is
 * escaped. Pages without text are left out.
 * @param maxLength characters after which the rest is not read
 * @param isLate asked after each page; when it says so, what there is has to do
 * @throws Failure `item_unreadable`, also for what is encrypted and for pictures of pages
 */
export async function pdfToMarkdown(bytes: Uint8Array, maxLength: number, isLate: () => boolean): Promise<string> {
  const { getDocument } = await import('unpdf/pdfjs')
  const task = getDocument({
    // The reader takes the buffer for itself.
    data: new Uint8Array(bytes),
    disableFontFace: true,
    useSystemFonts: false,
    enableXfa: false,
    BinaryDataFactory: CharacterMaps,
    // Asked for by name, from nowhere.
    cMapUrl: 'maps/',
    verbosity: 0,
  })
  try {
    const document = await task.promise
    return await pagesOf(document, maxLength, isLate)
  } catch (error) {
    throw refusalOf(error)
  } finally {
    await task.destroy().catch(() => undefined)
  }
}

interface Document {
  numPages: number
  getPage(number: number): Promise<Page>
}

interface Page {
  streamTextContent(): AsyncIterable<{ items: readonly unknown[] }>
  getAnnotations(): Promise<readonly unknown[]>
  cleanup(): unknown
}

async function pagesOf(document: Document, maxLength: number, isLate: () => boolean): Promise<string> {
  const paragraphs = createParagraphs()
  const out: string[] = []
  let left = maxLength
  let damaged: unknown
  let failures = 0
  for (let number = 1; number <= document.numPages; number++) {
    let text = ''
    try {
      const page = await document.getPage(number)
      const links = linksOf(await page.getAnnotations(), await piecesOf(page))
      text = links.resolve(paragraphs(linesOf(links.marked)))
      page.cleanup()
      failures = 0
    } catch (error) {
      // A page that is damaged does not take the others with it.
      damaged ??= error
      failures += 1
    }
    if (text !== '') out.push(`<!-- page ${number} -->\n\n${text}`)
    left -= text.length
    if (number < document.numPages && (left <= 0 || failures > mostFailures || isLate())) {
      out.push('…')
      break
    }
  }
  if (out.length === 0 && damaged) throw damaged
  if (out.length === 0) throw new Failure('item_unreadable', 'the PDF has no text layer: its pages are pictures')
  return out.join('\n\n')
}

/** Damaged pages in a row: a file may say that it has a milliard of them. */
const mostFailures = 50

/** A page may draw every letter by itself, but not without end. */
async function piecesOf(page: Page): Promise<Piece[]> {
  const pieces: Piece[] = []
  for await (const { items } of page.streamTextContent()) {
    for (const item of items) if (isPiece(item)) pieces.push(item)
    if (pieces.length > mostPieces) break
  }
  return pieces
}

const mostPieces = 100_000

/** Other items mark where parts of the document's structure begin. */
function isPiece(item: unknown): item is Piece {
  return typeof item === 'object' && item !== null && 'str' in item && 'transform' in item
}

function refusalOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof Error && error.name === 'PasswordException') return protectedByPassword(error)
  return new Failure('item_unreadable', 'the PDF is damaged', { cause: error })
}
