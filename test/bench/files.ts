/** A drive of mixed files to text, beside LibreOffice's own converter and `pdftotext` with the same files. */
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createContent, mediaTypeOfName } from '../../core/content/index.ts'
import { isFailure } from '../../core/errors.ts'
import { type FileBytes, memoryBytes } from '../../core/files/downloads.ts'
import { mapInOrder } from '../../core/parallel.ts'
import { hostileDocuments } from '../support/hostile-documents.ts'
import { hostilePdfs } from '../support/hostile-pdfs.ts'
import { hostileShapes } from '../support/hostile-shapes.ts'
import type { Bench, BenchContext, Finding } from './bench.ts'
import { type BenchFile, textsIn, writeCorpus } from './files/corpus.ts'
import { type Quality, qualityOf } from './files/measure-text.ts'
import { convertWithOffice, readWithPoppler } from './files/office.ts'
import { type Delay, megabytes, timed, watchDelay } from './measure.ts'
import { isInstalled } from './peers-programs.ts'

const total = 1000
/** As many as a sync downloads at once. */
const atOnce = 8

/** What LibreOffice is asked for, by what it is given: the nearest to text that it writes. */
const officeTargets: Readonly<Record<string, readonly string[]>> = {
  'txt:Text (encoded):UTF8': ['docx', 'doc', 'odt', 'rtf', 'html'],
  // Every sheet, as it is shown, in UTF-8.
  'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1': ['xlsx', 'xls', 'ods'],
  html: ['pptx', 'ppt', 'odp'],
}
const officeFormats = Object.values(officeTargets).flat()

export const bench: Bench = {
  title: '1,000 mixed files to text, beside LibreOffice and pdftotext with the same files',
  async run({ count, scratch, log, skip }: BenchContext) {
    for (const [program, words] of [
      ['soffice', '--version'],
      ['pdftotext', '-v'],
    ] as const) {
      if (isInstalled(program, words)) continue
      skip(`${program} is not there (apt-get install libreoffice-nogui poppler-utils fonts-noto-cjk)`)
      return []
    }
    const folder = join(scratch, 'files')
    const wroteMs = await timed(async () => {
      files = await writeCorpus(folder, count(total))
    })
    log(`files: ${files.length} files made in ${(wroteMs / 1000).toFixed(0)} s`)
    const all = await withDelay(() => convert(files))
    const forOffice = sampleOf(files.filter(({ format }) => officeFormats.includes(format)))
    const pdfs = files.filter(({ format }) => format === 'pdf')
    // Making them would count as the delay of converting them.
    const made: { path: string; mediaType: string }[] = []
    for (const { make, mediaType } of [...hostileDocuments, ...hostilePdfs, ...hostileShapes]) {
      const path = join(folder, `hostile-${made.length}`)
      await writeFile(path, make())
      made.push({ path, mediaType })
    }
    const hostile = await withDelay(() => convertHostile(made))
    // In turns, so that what else the machine does is shared out.
    const oursOfOffice = await convert(forOffice)
    const office = await withDelay(() => readWithOffice(forOffice, folder))
    const oursOfPdf = await convert(pdfs)
    const poppler = await readAllWithPoppler(pdfs)
    const size = megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0)).toFixed(0)
    const formats = [...new Set(files.map(({ format }) => format))]
    return [
      {
        what: `${files.length.toLocaleString('en-US')} mixed files of ${formats.length} formats, ${size} MB`,
        value: perMinute(files, all.tookMs),
        unit: 'files/min',
        target: { of: 'value', atLeast: 1000 },
      },
      {
        what: "the event loop's delay meanwhile, p99",
        value: all.delay.p99Ms,
        unit: 'ms',
        beside: { what: 'while soffice works and this process waits', value: office.delay.p99Ms },
        target: { of: 'value', atMost: 20 },
      },
      {
        what: "the event loop's delay meanwhile, longest",
        value: all.delay.longestMs,
        unit: 'ms',
        beside: { what: 'while soffice works and this process waits', value: office.delay.longestMs },
      },
      {
        what: `${hostile.survived} hostile files: the event loop's delay meanwhile, p99`,
        value: hostile.delay.p99Ms,
        unit: 'ms',
        target: { of: 'value', atMost: 20 },
      },
      {
        what: 'the same, longest',
        value: hostile.delay.longestMs,
        unit: 'ms',
        beside: { what: 'while soffice works and this process waits', value: office.delay.longestMs },
      },
      {
        what: 'a third of those of them that LibreOffice reads, without PDFs',
        value: perMinute(forOffice, oursOfOffice.tookMs),
        unit: 'files/min',
        beside: { what: 'soffice --convert-to, many files a call', value: perMinute(forOffice, office.tookMs) },
        target: { of: 'ratio', atLeast: 1 },
      },
      {
        what: 'PDFs',
        value: perMinute(pdfs, oursOfPdf.tookMs),
        unit: 'files/min',
        beside: { what: 'pdftotext, a file a call', value: perMinute(pdfs, poppler.tookMs) },
      },
      ...qualityFindings(formats, all.texts, new Map([...office.texts, ...poppler.texts])),
    ]
  },
}

let files: BenchFile[] = []

/** A third of each format: LibreOffice takes minutes for all of them. */
function sampleOf(wanted: readonly BenchFile[]): BenchFile[] {
  return [...Map.groupBy(wanted, ({ format }) => format).values()].flatMap(own =>
    own.slice(0, Math.ceil(own.length / 3)),
  )
}

interface Reading {
  tookMs: number
  texts: Map<BenchFile, string>
}

/** How late this process's event loop is meanwhile. */
async function withDelay<Result>(work: () => Promise<Result>): Promise<Result & { delay: Delay }> {
  const watched = watchDelay()
  const result = await work()
  return { ...result, delay: watched.stop() }
}

/** As a sync does: read, and handed to the pool, eight at once. */
async function convert(wanted: readonly BenchFile[]): Promise<Reading> {
  const content = createContent()
  const texts = new Map<BenchFile, string>()
  const tookMs = await timed(async () => {
    const results = mapInOrder(wanted, atOnce, async file =>
      content.file(await downloaded(file.path), mediaTypeOfName(file.path) ?? ''),
    )
    let index = 0
    for await (const text of results) texts.set(wanted[index++] as BenchFile, text)
  })
  await content.close()
  return { tookMs, texts }
}

/** As a download leaves it: a few bytes in memory, more of them on disk, where the worker reads them. */
async function downloaded(path: string): Promise<FileBytes> {
  const { size } = await stat(path)
  return size > memoryBytes ? { path, size } : readFile(path)
}

/** Files that mean harm: each ends as text or refused, and leaves the next one alone. */
async function convertHostile(made: readonly { path: string; mediaType: string }[]): Promise<{ survived: number }> {
  const content = createContent()
  let survived = 0
  for (const { path, mediaType } of made) {
    await content.file(await downloaded(path), mediaType).catch(error => {
      if (!isFailure(error, 'item_unreadable')) throw error
    })
    survived += 1
  }
  await content.close()
  return { survived }
}

async function readWithOffice(wanted: readonly BenchFile[], folder: string): Promise<Reading> {
  const texts = new Map<BenchFile, string>()
  let tookMs = 0
  for (const [target, formats] of Object.entries(officeTargets)) {
    const own = wanted.filter(({ format }) => formats.includes(format))
    const [from, into] = [join(folder, `office-${formats[0]}`), join(folder, `text-of-${formats[0]}`)]
    await mkdir(from, { recursive: true })
    for (const { path } of own) await copyFile(path, join(from, basename(path)))
    tookMs += await timed(() => convertWithOffice(from, target, into))
    const made = await textsIn(into)
    for (const file of own) texts.set(file, plain(made.get(/^\d+/.exec(basename(file.path))?.[0] ?? '') ?? '', target))
  }
  return { tookMs, texts }
}

async function readAllWithPoppler(wanted: readonly BenchFile[]): Promise<Reading> {
  const texts = new Map<BenchFile, string>()
  const tookMs = await timed(async () => {
    for (const file of wanted) texts.set(file, await readWithPoppler(file.path))
  })
  return { tookMs, texts }
}

function plain(text: string, target: string): string {
  if (target !== 'html') return text
  return text.replace(/<(style|script|title)\b.*?<\/\1>/gs, ' ').replace(/<[^>]*>/g, ' ')
}

function perMinute(wanted: readonly BenchFile[], tookMs: number): number {
  return (wanted.length / tookMs) * 60_000
}

/** Of each format: what is in our text, and what is in the other's. */
function qualityFindings(
  formats: readonly string[],
  ours: ReadonlyMap<BenchFile, string>,
  theirs: ReadonlyMap<BenchFile, string>,
): Finding[] {
  const orders = new Map<string, number>()
  const recalls = formats.map((format): Finding => {
    const own = files.filter(file => file.format === format)
    const shared = own.filter(file => theirs.has(file))
    const mine = mean(own, ours)
    orders.set(format, mine.order)
    return {
      what: `words of ${format} that are in its text, of 1`,
      value: mine.recall,
      unit: 'ratio',
      ...(shared.length > 0 && {
        beside: { what: format === 'pdf' ? 'pdftotext' : 'LibreOffice', value: mean(shared, theirs).recall },
      }),
      target: { of: 'value', atLeast: 0.99 },
    }
  })
  const [format, order] = [...orders].sort((one, other) => one[1] - other[1])[0] ?? ['', Number.NaN]
  return [
    ...recalls,
    {
      what: `words in the order of the document, of 1: the lowest format, ${format}`,
      value: order,
      unit: 'ratio',
      target: { of: 'value', atLeast: 0.99 },
    },
  ]
}

function mean(wanted: readonly BenchFile[], texts: ReadonlyMap<BenchFile, string>): Quality {
  const qualities = wanted.map(file => qualityOf(file.words, texts.get(file) ?? ''))
  const of = (key: keyof Quality) => qualities.reduce((sum, quality) => sum + quality[key], 0) / qualities.length
  return { recall: of('recall'), order: of('order') }
}
