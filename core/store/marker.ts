/**
 * Where in a text the words of a query are, and which part of a long one to show. The same as FTS5's own `highlight()`
 * and `snippet()` (https://www.sqlite.org/fts5.html#the_snippet_function), which read each text from the database once
 * more and take it apart once for each column, and can only be asked along with a search.
 */
import { type Word, wordsOf } from './words.ts'

/** Words that must follow one another. */
export interface Phrase {
  words: readonly string[]
  /** Whether the last one may go on. */
  isPrefix: boolean
}

/** `from` and `to` count UTF-16 code units of the text, as `slice` does. */
export interface Span {
  from: number
  to: number
}

/** A part of a text, and what matches in it. */
export interface Excerpt extends Span {
  matches: readonly Span[]
}

export interface Marked {
  /** Everything that matches. */
  matches: readonly Span[]
  /** Where there is most of it. Looked for when it is asked for: names are shown as a whole, however long they are. */
  readonly excerpt: Excerpt
}

/** Words of a text that are shown. */
const shownWords = 32

/**
 * What differs by case or accents alone is one.
 * @param terms as a query has them: a phrase each, between quotes, with a star where it may go on
 */
export function phrasesOf(terms: readonly string[]): Phrase[] {
  const phrases = new Map<string, Phrase>()
  for (const term of terms) {
    const words = wordsOf(term).map(({ folded }) => folded)
    const isPrefix = term.endsWith('*')
    phrases.set(JSON.stringify([words, isPrefix]), { words, isPrefix })
  }
  return [...phrases.values()]
}

/** Undefined where nothing matches. */
export function mark(text: string, phrases: readonly Phrase[]): Marked | undefined {
  if (!mayMatch(text, phrases)) return undefined
  const words = wordsOf(text)
  const places = placesOf(words, phrases)
  if (places.length === 0) return undefined
  const matches = joined(places).map(run => ({ from: startOf(words, run.first), to: endOf(words, run.last) }))
  return {
    matches,
    get excerpt() {
      return excerptFrom(text, words, bestStart(text, words, places), matches)
    },
  }
}

/** The beginning of a text in which nothing matches. */
export function beginningOf(text: string): Excerpt {
  return excerptFrom(text, wordsOf(text), 0, [])
}

function excerptFrom(text: string, words: readonly Word[], first: number, matches: readonly Span[]): Excerpt {
  const last = first + shownWords - 1
  const from = first > 0 ? startOf(words, first) : 0
  const to = last < words.length - 1 ? endOf(words, last) : text.length
  const shown = matches.filter(match => match.from >= from && match.from < to)
  return { from, to, matches: shown.map(match => ({ from: match.from, to: Math.min(match.to, to) })) }
}

function startOf(words: readonly Word[], index: number): number {
  return words[index]?.from ?? 0
}

function endOf(words: readonly Word[], index: number): number {
  return words[index]?.to ?? 0
}

/** Most texts that are shown for their name have none of the words, which is seen at once where nothing is folded. */
function mayMatch(text: string, phrases: readonly Phrase[]): boolean {
  const isAscii = Buffer.byteLength(text) === text.length
  const lower = isAscii ? text.toLowerCase() : ''
  return !isAscii || phrases.some(({ words: [first] }) => first !== undefined && lower.includes(first))
}

/** A phrase in a text, by the numbers of its words. */
interface Place {
  phrase: number
  first: number
  last: number
}

type Run = Pick<Place, 'first' | 'last'>

/** In the order of the text. */
function placesOf(words: readonly Word[], phrases: readonly Phrase[]): Place[] {
  const places: Place[] = []
  for (let first = 0; first < words.length; first++) {
    for (let phrase = 0; phrase < phrases.length; phrase++) {
      const { words: wanted, isPrefix } = phrases[phrase] ?? { words: [], isPrefix: false }
      const last = first + wanted.length - 1
      if (last >= first && isAt(words, first, wanted, isPrefix)) places.push({ phrase, first, last })
    }
  }
  return places
}

function isAt(words: readonly Word[], first: number, wanted: readonly string[], isPrefix: boolean): boolean {
  for (let index = 0; index < wanted.length; index++) {
    const word = words[first + index]?.folded
    const other = wanted[index] ?? ''
    const mayGoOn = isPrefix && index === wanted.length - 1
    if (word === undefined || !(mayGoOn ? word.startsWith(other) : word === other)) return false
  }
  return true
}

/** What has words in common is one. */
function joined(places: readonly Place[]): Run[] {
  const runs: Run[] = []
  for (const { first, last } of places) {
    const before = runs.at(-1)
    if (before && first <= before.last) before.last = Math.max(before.last, last)
    else runs.push({ first, last })
  }
  return runs
}

const perPhrase = 1000
const perRepetition = 1
const atSentence = 100
const atBeginning = 120

/**
 * The first word to show: so that most of the phrases are shown, then at the beginning of a sentence, then so that they
 * come most often.
 */
function bestStart(text: string, words: readonly Word[], places: readonly Place[]): number {
  let best = 0
  let bestScore = 0
  const consider = (start: number, score: number) => {
    if (score <= bestScore) return
    best = start
    bestScore = score
  }
  let sentence = 0
  let next = 1
  /** The first place in that sentence or after it. */
  let inSentence = 0
  for (const [index, place] of places.entries()) {
    const { score, first, last } = scoreFrom(places, index, place.first)
    const centred = first - Math.trunc((shownWords - (last + 1 - first)) / 2)
    consider(Math.max(0, Math.min(centred, words.length - shownWords)), score)
    if (words.length <= shownWords) continue
    for (; next <= place.first; next++) if (isSentence(text, words, next)) sentence = next
    if (sentence >= place.first) continue
    while ((places[inSentence]?.first ?? sentence) < sentence) inSentence += 1
    const bonus = sentence === 0 ? atBeginning : atSentence
    consider(sentence, scoreFrom(places, inSentence, sentence).score + bonus)
  }
  return best
}

/** What is shown if a part begins at a word. @param index of the first place at that word or after it */
function scoreFrom(places: readonly Place[], index: number, start: number): Run & { score: number } {
  const seen = new Set<number>()
  let score = 0
  let first = -1
  let last = 0
  for (let at = index; at < places.length; at++) {
    const place = places[at]
    if (!place || place.first >= start + shownWords) break
    score += seen.has(place.phrase) ? perRepetition : perPhrase
    seen.add(place.phrase)
    if (first < 0) first = place.first
    last = place.last
  }
  return { score, first, last }
}

/** Whether a sentence begins with this word: after a full stop or colon and white space. */
function isSentence(text: string, words: readonly Word[], index: number): boolean {
  const from = words[index]?.from ?? 0
  let before = from - 1
  while (before >= 0 && ' \t\n\r'.includes(text.charAt(before))) before -= 1
  return before !== from - 1 && (text.charAt(before) === '.' || text.charAt(before) === ':')
}
