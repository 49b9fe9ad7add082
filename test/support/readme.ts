/** The README's fenced blocks, for the tests that carry out what it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Block {
  /** The info string after the fence, such as `sh`. */
  language: string
  text: string
  /** Line of the fence, from 1. */
  line: number
}

const root = join(import.meta.dirname, '..', '..')

export function readme(): string {
  return readFileSync(join(root, 'README.md'), 'utf8')
}

export function readBlocks(markdown: string = readme()): Block[] {
  const blocks: Block[] = []
  let open: (Block & { indent: string }) | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, indent = '', language = ''] = /^( *)```(.*)$/.exec(line) ?? []
    const isFence = /^ *```/.test(line)
    if (open && isFence) {
      blocks.push({ language: open.language, text: open.text, line: open.line })
      open = undefined
    } else if (isFence) {
      open = { language: language.trim(), text: '', line: index + 1, indent }
    } else if (open) {
      open.text += `${line.startsWith(open.indent) ? line.slice(open.indent.length) : line}\n`
    }
  }
  if (open) throw new Error(`the block that begins at line ${open.line} is not closed`)
  return blocks
}

/** Blocks that `test/package.test.ts` carries out, since they install something; by what they begin with. */
export const packageBlocks = {
  start: 'npm ci && npm start',
  test: 'npm ci && npm test',
  pack: 'npm pack',
  install: 'npm install ',
  embed: "import { createInlet } from 'inlet'",
  testing: "import { testSource } from 'inlet/testing'",
} as const

/** The same program in three languages, which `test/readme-programs.test.ts` carries out; by words of each. */
export const programBlocks = {
  curl: 'ask() { curl',
  node: "from 'inlet/client'",
  python: 'from urllib.request import',
} as const

export function isProgramBlock({ text }: Block): boolean {
  return Object.values(programBlocks).some(words => text.includes(words))
}

/** The source that the README shows, a part of `example-plugin.ts`. */
export function isShownPlugin({ text }: Block): boolean {
  return text.includes('satisfies Plugin')
}

/** The one block that begins like this. */
export function blockOf(name: keyof typeof packageBlocks): Block {
  const found = readBlocks().filter(block => block.text.startsWith(packageBlocks[name]))
  const [block] = found
  if (!block || found.length !== 1)
    throw new Error(`the README has ${found.length} blocks that begin with ${packageBlocks[name]}`)
  return block
}
