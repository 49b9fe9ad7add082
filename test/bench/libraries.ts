/** For each format: our reader beside libraries of npm, one after the other, each in a process of its own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchContext, Finding } from './bench.ts'
import { type BenchFile, writeCorpus } from './files/corpus.ts'
import { libraries } from './files/libraries.ts'
import { qualityOf } from './files/measure-text.ts'
import type { ReadingFigures, ReadingSetup } from './files/read-with.ts'
import { megabytes } from './measure.ts'
import { isInstalled, live } from './peers-programs.ts'
import { runPart } from './programs.ts'

/** Of all formats together, as the bench `files` has them. */
const total = 300

export const bench: Bench = {
  title: 'reading files: what inlet uses beside other libraries of npm; time, memory, and the words that are kept',
  async run({ count, scratch, log, skip }: BenchContext) {
    if (!isInstalled('soffice', '--version')) {
      skip('soffice is not there (apt-get install libreoffice-nogui)')
      return []
    }
    const packages = join(scratch, 'libraries')
    if (!(await install(packages, skip))) return []
    const files = await writeCorpus(join(scratch, 'library-files'), count(total))
    const findings: Finding[] = []
    for (const [format, own] of Map.groupBy(files, file => file.format)) {
      const able = Object.keys(libraries).filter(name => libraries[name]?.formats.includes(format))
      const figures = new Map<string, ReadingFigures>()
      for (const name of able) figures.set(name, await readWith(name, packages, own, log))
      findings.push(...findingsOf(format, own, figures))
    }
    return findings
  },
}

/** Whether they are there: the registry may be out of reach. */
async function install(folder: string, skip: BenchContext['skip']): Promise<boolean> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  const names = Object.values(libraries).flatMap(({ install }) => install ?? [])
  try {
    const words = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', ...names]
    const settings = Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))
    await live('npm', words, Object.fromEntries(settings))
    return true
  } catch (error) {
    skip(`npm could not install them: ${String(error).slice(-300)}`)
    return false
  }
}

async function readWith(
  name: string,
  packages: string,
  files: readonly BenchFile[],
  log: BenchContext['log'],
): Promise<ReadingFigures> {
  const setup: ReadingSetup = { name, packages, paths: files.map(({ path }) => path) }
  const figures = await runPart<ReadingFigures>('files/read-with.ts', setup)
  if (figures.failures > 0) log(`libraries: ${name} refused ${figures.failures} of ${files.length} files`)
  return figures
}

function findingsOf(
  format: string,
  files: readonly BenchFile[],
  figures: ReadonlyMap<string, ReadingFigures>,
): Finding[] {
  const ours = figures.get('inlet')
  if (!ours) return []
  const others = [...figures].filter(([name]) => name !== 'inlet')
  return others.flatMap(([name, theirs]): Finding[] => [
    {
      what: `${files.length} files of ${format}, one after the other`,
      value: ours.tookMs / 1000,
      unit: 's',
      beside: { what: name, value: theirs.tookMs / 1000 },
    },
    {
      what: `${format}: peak of memory`,
      value: megabytes(ours.peakKib * 1024),
      unit: 'MB',
      beside: { what: name, value: megabytes(theirs.peakKib * 1024) },
    },
    {
      what: `${format}: words in the text, of 1`,
      value: recallOf(files, ours),
      unit: 'ratio',
      beside: { what: name, value: recallOf(files, theirs) },
    },
  ])
}

function recallOf(files: readonly BenchFile[], { texts }: ReadingFigures): number {
  return files.reduce((sum, { words }, index) => sum + qualityOf(words, texts[index] ?? '').recall, 0) / files.length
}
