/** Documents before they have a format: what is in them, made from a number alone, and the words that must come out again. */
import { wordsOf as lettersOf } from '../../support/documents/index.ts'
import { chanceOf, wordsOf } from '../corpus.ts'

export interface TextDocument {
  kind: 'text'
  blocks: Block[]
}

export type Block =
  | { kind: 'heading'; level: 1 | 2; text: string }
  | { kind: 'paragraph'; text: string; strong: string; link: string; note: string | undefined }
  | { kind: 'list'; numbered: boolean; items: string[] }
  | { kind: 'table'; rows: string[][] }

export interface Workbook {
  kind: 'sheets'
  sheets: { name: string; rows: string[][] }[]
}

export interface Slides {
  kind: 'slides'
  slides: { title: string; items: string[]; notes: string }[]
}

/** Words in the order in which a reader meets them; footnotes, which stand elsewhere in every format, apart. */
export interface Words {
  body: string[]
  notes: string[]
}

/** @param scale how much there is in it, from 0 to 1: a page or less up to some twenty */
export function textOf(seed: number, scale: number): TextDocument {
  const chance = chanceOf(seed)
  const blocks: Block[] = []
  for (let left = Math.round(120 * 50 ** scale); left > 0; ) {
    const block = blockOf(chance, blocks.length)
    blocks.push(block)
    left -= wordsOfBlock(block).body.length
  }
  return { kind: 'text', blocks }
}

/** @param scale twenty rows up to some two thousand */
export function workbookOf(seed: number, scale: number): Workbook {
  const chance = chanceOf(seed)
  const rows = Math.round(20 * 60 ** scale)
  const sheets = Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, index) => ({
    name: `${phrase(chance, 2)} ${index + 1}`,
    rows: [
      ['number', ...Array.from({ length: 4 }, () => phrase(chance, 1)), 'amount'],
      ...Array.from({ length: Math.ceil(rows / (index + 1)) }, (_, row) => [
        String(row + 1),
        ...Array.from({ length: 4 }, () => (chance() < 0.15 ? '' : phrase(chance, 1 + Math.floor(chance() * 3)))),
        String(Math.floor(chance() * 1e6)),
      ]),
    ],
  }))
  return { kind: 'sheets', sheets }
}

/** @param scale three slides up to fifty */
export function slidesOf(seed: number, scale: number): Slides {
  const chance = chanceOf(seed)
  return {
    kind: 'slides',
    slides: Array.from({ length: Math.round(3 * 16 ** scale) }, () => ({
      title: phrase(chance, 3),
      items: Array.from({ length: 2 + Math.floor(chance() * 5) }, () => phrase(chance, 3 + Math.floor(chance() * 8))),
      notes: chance() < 0.5 ? phrase(chance, 12) : '',
    })),
  }
}

export function wordsIn(document: TextDocument | Workbook | Slides): Words {
  switch (document.kind) {
    case 'text':
      return merged(document.blocks.map(wordsOfBlock))
    case 'sheets':
      return merged(document.sheets.map(({ name, rows }) => said(name, ...rows.flat())))
    case 'slides':
      return merged(document.slides.map(({ title, items, notes }) => said(title, ...items, notes)))
  }
}

function blockOf(chance: () => number, index: number): Block {
  const kind = chance()
  if (index % 9 === 0) return { kind: 'heading', level: index === 0 ? 1 : 2, text: phrase(chance, 4) }
  if (kind < 0.1) {
    return { kind: 'list', numbered: chance() < 0.5, items: Array.from({ length: 4 }, () => phrase(chance, 8)) }
  }
  if (kind < 0.16) {
    return { kind: 'table', rows: Array.from({ length: 6 }, () => Array.from({ length: 4 }, () => phrase(chance, 2))) }
  }
  return {
    kind: 'paragraph',
    text: phrase(chance, 30 + Math.floor(chance() * 60)),
    strong: phrase(chance, 2),
    link: chance() < 0.2 ? phrase(chance, 2) : '',
    note: chance() < 0.1 ? phrase(chance, 10) : undefined,
  }
}

function wordsOfBlock(block: Block): Words {
  switch (block.kind) {
    case 'heading':
      return said(block.text)
    case 'paragraph':
      return { body: said(block.text, block.strong, block.link).body, notes: said(block.note ?? '').body }
    case 'list':
      return said(...block.items)
    case 'table':
      return said(...block.rows.flat())
  }
}

function said(...texts: string[]): Words {
  return { body: lettersOf(texts.join(' ')), notes: [] }
}

function merged(words: readonly Words[]): Words {
  return { body: words.flatMap(({ body }) => body), notes: words.flatMap(({ notes }) => notes) }
}

/** Words of the vocabulary, which is ASCII, with one here and there as people in other places write them. */
function phrase(chance: () => number, count: number): string {
  const words = wordsOf(chance, count).split(' ')
  if (chance() < 0.4) words[Math.floor(chance() * count)] = foreign[Math.floor(chance() * foreign.length)] ?? ''
  return words.join(' ')
}

const foreign = [
  ...['Überraschung', 'Straße', 'Größenordnung', 'préférence', 'naïveté', 'Łódź', 'Gdańsk', 'señorita', 'smörgåsbord'],
  ...['предложение', 'заседание', 'συνεδρίαση', 'Ελλάδα', 'İstanbul', 'ağaç', 'žluťoučký', 'kůň', 'Reykjavík', 'ætt'],
]
