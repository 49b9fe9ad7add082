/**
 * One library and its files in a process of their own, so that its memory is its own: told which as a message, answers
 * with the time, the peak of memory and the texts.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { timed } from '../measure.ts'
import { libraries } from './libraries.ts'

export interface ReadingSetup {
  name: string
  /** Where the packages are installed. */
  packages: string
  paths: readonly string[]
}

export interface ReadingFigures {
  /** One file after the other, and importing the library before it. */
  tookMs: number
  peakKib: number
  /** Files that it refused. */
  failures: number
  texts: string[]
}

process.once('message', async (setup: ReadingSetup) => {
  process.send?.(await read(setup), () => process.exit(0))
})

async function read({ name, packages, paths }: ReadingSetup): Promise<ReadingFigures> {
  const library = libraries[name]
  if (!library) throw new Error(`there is no library ${name}`)
  const texts: string[] = []
  let failures = 0
  const tookMs = await timed(async () => {
    const module = await imported(library.entry ?? library.install?.replace(/@[^@]*$/, ''), packages)
    for (const path of paths) {
      try {
        texts.push(await library.read(module, readFileSync(path), extname(path).slice(1)))
      } catch {
        failures += 1
        texts.push('')
      }
    }
  })
  return { tookMs, peakKib: process.resourceUsage().maxRSS, failures, texts }
}

async function imported(entry: string | undefined, packages: string): Promise<unknown> {
  if (entry === undefined) return undefined
  const found = createRequire(join(packages, 'package.json')).resolve(entry)
  return await import(pathToFileURL(found).href)
}
