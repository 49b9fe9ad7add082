/** A folder of files as a person's drive holds them: some kinds often, some seldom; most small, some large. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { mapInOrder } from '../../../core/parallel.ts'
import { chanceOf } from '../corpus.ts'
import { flatSlides, flatText, flatWorkbook } from './flat-documents.ts'
import { csvOf, htmlOf, jsonOf, mailOf, outlookMessageOf, plainOf } from './light-formats.ts'
import { convertWithOffice } from './office.ts'
import { slidesOf, textOf, type Words, wordsIn, workbookOf } from './text.ts'

export interface BenchFile {
  path: string
  format: string
  bytes: number
  words: Words
}

type Shape = 'text' | 'sheets' | 'slides'

interface Format {
  extension: string
  shape: Shape
  /** Of a thousand files. */
  share: number
  /** For formats that no office program is needed for. */
  write?(seed: number, scale: number): string | Uint8Array
}

const formats: readonly Format[] = [
  { extension: 'docx', shape: 'text', share: 150 },
  { extension: 'pdf', shape: 'text', share: 170 },
  { extension: 'xlsx', shape: 'sheets', share: 115 },
  { extension: 'pptx', shape: 'slides', share: 65 },
  { extension: 'doc', shape: 'text', share: 20 },
  { extension: 'xls', shape: 'sheets', share: 15 },
  { extension: 'ppt', shape: 'slides', share: 5 },
  { extension: 'odt', shape: 'text', share: 40 },
  { extension: 'ods', shape: 'sheets', share: 30 },
  { extension: 'odp', shape: 'slides', share: 20 },
  { extension: 'rtf', shape: 'text', share: 40 },
  { extension: 'epub', shape: 'text', share: 20 },
  { extension: 'html', shape: 'text', share: 80, write: (seed, scale) => htmlOf(textOf(seed, scale)) },
  { extension: 'csv', shape: 'sheets', share: 50, write: (seed, scale) => csvOf(firstSheet(seed, scale)) },
  { extension: 'eml', shape: 'text', share: 80, write: (seed, scale) => mailOf(textOf(seed, scale)) },
  { extension: 'msg', shape: 'text', share: 40, write: (seed, scale) => outlookMessageOf(textOf(seed, scale)) },
  { extension: 'md', shape: 'text', share: 30, write: (seed, scale) => plainOf(textOf(seed, scale)) },
  { extension: 'json', shape: 'text', share: 30, write: (seed, scale) => jsonOf(textOf(seed, scale)) },
]

/** Each format at least twice, however small the share. */
function countOf({ share }: Pick<Format, 'share'>, total: number): number {
  return Math.max(2, Math.round((share * total) / 1000))
}

/** Writes the files into a folder that need not exist, mixed as they would be met. */
export async function writeCorpus(folder: string, total: number): Promise<BenchFile[]> {
  await mkdir(folder, { recursive: true })
  let first = 0
  const numbered = formats.map(format => {
    const numbers = Array.from({ length: countOf(format, total) }, (_, index) => first + index)
    first += numbers.length
    return { format, numbers }
  })
  const files: BenchFile[] = []
  for await (const made of mapInOrder(numbered, officesAtOnce, ({ format, numbers }) => write(folder, format, numbers)))
    files.push(...made)
  const place = new Map(files.map((file, index) => [file, chanceOf(index + 1_000_000)()]))
  return files.sort((one, other) => (place.get(one) ?? 0) - (place.get(other) ?? 0))
}

/** Each is busy with one processor. */
const officesAtOnce = 2

async function write(folder: string, format: Format, numbers: readonly number[]): Promise<BenchFile[]> {
  const { extension, shape } = format
  const own = join(folder, `made-${extension}`)
  const sources = join(own, 'sources')
  await mkdir(sources, { recursive: true })
  for (const number of numbers) {
    const name = `${number}.${format.write ? extension : flatNames[shape]}`
    await writeFile(join(sources, name), (format.write ?? flatOf(shape))(number, scaleOf(number)))
  }
  const written = format.write ? sources : join(own, 'written')
  if (!format.write) await convertWithOffice(sources, extension, written)
  const files: BenchFile[] = []
  for (const number of numbers) {
    const path = join(folder, `${number}.${extension}`)
    await rename(join(written, basename(path)), path)
    const { size } = await stat(path)
    files.push({ path, format: extension, bytes: size, words: wordsOf(format, number) })
  }
  await rm(own, { recursive: true })
  return files
}

/** What LibreOffice or another program made of files, by their number: one text for all that begins with it. */
export async function textsIn(folder: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const entries = (await readdir(folder, { withFileTypes: true })).filter(entry => entry.isFile())
  for (const name of entries.map(entry => entry.name).sort(byLastNumber)) {
    const number = /^\d+/.exec(name)?.[0] ?? ''
    const text = await readFile(join(folder, name), 'utf8')
    texts.set(number, `${texts.get(number) ?? ''}${text}\n`)
  }
  return texts
}

/** The corpus numbers its sheets at the end of their names, which are also those of the files made of them. */
function byLastNumber(one: string, other: string): number {
  const numberOf = (name: string) => Number(/(\d+)\.\w+$/.exec(name)?.[1] ?? 0)
  return numberOf(one) - numberOf(other)
}

const flatNames: Readonly<Record<Shape, string>> = { text: 'fodt', sheets: 'fods', slides: 'fodp' }

/** Three of four are a few pages at the most. */
function scaleOf(number: number): number {
  return chanceOf(number + 2_000_000)() ** 1.5
}

function firstSheet(seed: number, scale: number) {
  const workbook = workbookOf(seed, scale)
  return { ...workbook, sheets: workbook.sheets.slice(0, 1) }
}

function flatOf(shape: Shape): (seed: number, scale: number) => string {
  if (shape === 'text') return (seed, scale) => flatText(textOf(seed, scale))
  if (shape === 'sheets') return (seed, scale) => flatWorkbook(workbookOf(seed, scale))
  return (seed, scale) => flatSlides(slidesOf(seed, scale))
}

function wordsOf({ extension, shape }: Format, number: number): Words {
  const scale = scaleOf(number)
  if (extension !== 'csv') {
    return wordsIn(
      shape === 'text'
        ? textOf(number, scale)
        : shape === 'sheets'
          ? workbookOf(number, scale)
          : slidesOf(number, scale),
    )
  }
  // A file of values has no place for the name of its sheet.
  const { sheets } = firstSheet(number, scale)
  return wordsIn({ kind: 'sheets', sheets: sheets.map(({ rows }) => ({ name: '', rows })) })
}
