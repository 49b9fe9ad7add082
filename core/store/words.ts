/**
 * The words of a text as the index has them. FTS5's tokenizer `unicode61` reads one character after the other, and needs
 * to know of each whether it begins a word, whether it goes on with one, and what it is folded to
 * (https://www.sqlite.org/fts5.html#unicode61_tokenizer). Of those outside of ASCII that is asked of FTS5 itself, once.
 */
import { type Database, openDatabase } from './database.ts'

/** `from` and `to` count UTF-16 code units, as `slice` does. */
export interface Word {
  /** As the index has it: without case and accents. */
  folded: string
  from: number
  to: number
}

export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  /** Of the word under way, or less than nothing. */
  let from = -1
  let folded = ''
  /** Where in it the letters begin that are not folded yet. */
  let pending = 0
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at)
    if (unit < firstBeyondAscii) {
      if (isAsciiWord[unit] === 1) {
        if (from < 0) begin(at, at)
      } else if (from >= 0) end(at)
      at += 1
      continue
    }
    const code = text.codePointAt(at) ?? unit
    const next = at + (code > 0xffff ? 2 : 1)
    const character = known.get(code) ?? learnOf(text, code)
    if (from < 0) {
      if (character.isBeginning) begin(at, next)
    } else if (character.isInside) folded += text.slice(pending, at).toLowerCase()
    else end(at)
    if (from >= 0) {
      folded += character.folded
      pending = next
    }
    at = next
  }
  if (from >= 0) end(text.length)
  return words

  function begin(at: number, rest: number): void {
    from = at
    folded = ''
    pending = rest
  }

  function end(at: number): void {
    words.push({ folded: folded + text.slice(pending, at).toLowerCase(), from, to: at })
    from = -1
  }
}

const firstBeyondAscii = 128
const isAsciiWord = Uint8Array.from({ length: firstBeyondAscii }, (_unit, code) =>
  /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
)

interface Character {
  isBeginning: boolean
  isInside: boolean
  folded: string
}

/** By code point: of what was shown. */
const known = new Map<number, Character>()
/** As many as a person's languages have. A text that is made of all others must not fill the memory. */
const mostKnown = 20_000
const unknown: Character = { isBeginning: false, isInside: false, folded: '' }
let teacher: Database | undefined

/** Learns all characters of a text that are new. */
function learnOf(text: string, code: number): Character {
  if (known.size >= mostKnown) known.clear()
  const codes = new Set<number>()
  for (const character of text) codes.add(character.codePointAt(0) ?? 0)
  const added = [...codes].filter(other => other >= firstBeyondAscii && !known.has(other))
  teacher ??= openTeacher()
  teacher.script('begin')
  try {
    // All in one text: each before a letter, and between two.
    const lesson = added.map(other => String.fromCodePoint(other)).map(other => `${other}y x${other}z`)
    teacher.run('insert into characters values (?)', lesson.join(' '))
    const row = teacher.get("select group_concat(term, ' ' order by offset) as said from words")
    const words = String(row?.said).split(' ')
    let at = 0
    for (const other of added) {
      const isBeginning = words[at++] !== 'y'
      const first = words[at++] ?? ''
      const isInside = first !== 'x'
      if (!isInside) at += 1
      known.set(other, { isBeginning, isInside, folded: isInside ? first.slice(1, -1) : '' })
    }
  } finally {
    teacher.script('rollback')
  }
  return known.get(code) ?? unknown
}

function openTeacher(): Database {
  const database = openDatabase(':memory:', 'writer')
  database.script(
    `create virtual table characters using fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
     create virtual table words using fts5vocab (characters, 'instance');`,
  )
  return database
}
