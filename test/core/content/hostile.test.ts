import { afterAll, describe, expect, it } from 'vitest'
import { createContent } from '../../../core/content/index.ts'
import { isFailure } from '../../../core/errors.ts'
import { readDocument } from '../../support/documents/index.ts'
import { costlyDocuments, hostileDocuments } from '../../support/hostile-documents.ts'
import { hostilePdfs } from '../../support/hostile-pdfs.ts'
import { hostileShapes } from '../../support/hostile-shapes.ts'
import { seededRandom } from '../../support/quota-run.ts'
import { times } from '../../support/suite-depth.ts'
import { buildDocx, wordParagraph } from '../../support/zip-builder.ts'

const maxTextBytes = 200_000
const content = createContent({ workers: 1, timeLimitMs: 10_000, heapMb: 256, maxTextBytes })
afterAll(() => content.close())

const openXml = 'application/vnd.openxmlformats-officedocument'
const word = `${openXml}.wordprocessingml.document`
const excel = `${openXml}.spreadsheetml.sheet`
const writer = 'application/vnd.oasis.opendocument.text'
const calc = 'application/vnd.oasis.opendocument.spreadsheet'
const epub = 'application/epub+zip'
const pdf = 'application/pdf'
const rtf = 'application/rtf'

const documents: Readonly<Record<string, string>> = {
  'report.docx': word,
  'budget.xlsx': excel,
  'slides.pptx': `${openXml}.presentationml.presentation`,
  'report.odt': writer,
  'budget.ods': calc,
  'slides.odp': 'application/vnd.oasis.opendocument.presentation',
  'book.epub': epub,
  'columns.pdf': pdf,
  'report.rtf': rtf,
  'report.doc': 'application/msword',
  'budget.xls': 'application/vnd.ms-excel',
  'slides.ppt': 'application/vnd.ms-powerpoint',
}

/** The text, or `undefined` for what is unreadable; anything else fails. */
async function outcome(bytes: Uint8Array, mediaType: string): Promise<string | undefined> {
  try {
    const text = await content.text(bytes, mediaType)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxTextBytes)
    return text
  } catch (error) {
    if (!isFailure(error, 'item_unreadable')) throw error
    expect(error.message).toMatch(/^[a-z][^\n]{10,150}$/i)
    return undefined
  }
}

const random = seededRandom(8)

describe.each(Object.entries(documents))('%s', (name, mediaType) => {
  it('cut off anywhere ends as text or unreadable', async () => {
    const whole = readDocument(name)
    for (let time = 0; time < times(3, 12); time++) {
      await outcome(whole.subarray(0, Math.floor(random() * whole.length)), mediaType)
    }
    expect(await outcome(whole, mediaType)).toBeTruthy()
  })

  it('with bits turned over ends as text or unreadable', async () => {
    for (let time = 0; time < times(3, 16); time++) {
      const broken = Buffer.from(readDocument(name))
      for (let flip = 0; flip < 1 + time * 3; flip++) {
        const at = Math.floor(random() * broken.length)
        broken[at] = (broken[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      }
      await outcome(broken, mediaType)
    }
    expect(await outcome(readDocument(name), mediaType)).toBeTruthy()
  })
})

const hostile = [...hostileDocuments, ...hostilePdfs, ...hostileShapes]

describe('a hostile file', () => {
  it.each([...hostile, ...costlyDocuments.slice(0, times(0, 1))])(
    'with $what ($mediaType) ends as it should',
    async ({ mediaType, end, make }) => {
      const text = await outcome(make(), mediaType)
      if (end === 'unreadable') expect(text).toBeUndefined()
      else if (end === 'text') expect(typeof text).toBe('string')
      else if (end !== 'either') expect(text).toMatch(end)
    },
  )

  it('leaves the pool as it was', async () => {
    expect(hostile.length).toBeGreaterThan(80)
    expect(await outcome(buildDocx(wordParagraph('still here')), word)).toBe('still here')
  })
})
