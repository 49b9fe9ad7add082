/**
 * Text that behaves like people's: a vocabulary in which the n-th word comes 1/n times as often as the first, so that
 * some words are in nearly everything and most in hardly anything. Made from a number alone: the same everywhere.
 */

const vocabularySize = 50_000
const syllables =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo'.split(
    ' ',
  )
const vocabulary = Array.from({ length: vocabularySize }, (_word, rank) => spell(rank))

/** The word of that rank, from 0 for the most common one. */
export function wordOf(rank: number): string {
  return vocabulary[rank] ?? ''
}

/** Two words, of which each is in a few of a thousand entities, and both together are in hardly any. */
export const seldomTogether = `${wordOf(1500)} ${wordOf(2500)}`

/** Chance that is the same for the same seed; each call gives the next number in [0, 1). */
export function chanceOf(seed: number): () => number {
  // Mulberry32: small, fast, even enough.
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function wordsOf(chance: () => number, count: number): string {
  let text = ''
  for (let index = 0; index < count; index++) {
    // The inverse of the harmonic distribution.
    const rank = Math.floor(vocabularySize ** chance()) - 1
    text += index === 0 ? vocabulary[rank] : ` ${vocabulary[rank]}`
  }
  return text
}

/** Sentences in paragraphs. */
export function proseOf(chance: () => number, words: number): string {
  const sentences: string[] = []
  for (let left = words; left > 0; ) {
    const length = Math.min(left, 6 + Math.floor(chance() * 14))
    sentences.push(`${wordsOf(chance, length)}.`)
    left -= length
  }
  return sentences
    .map((sentence, index) => sentence + (index % 4 === 3 ? '\n\n' : ' '))
    .join('')
    .trim()
}

function spell(rank: number): string {
  let word = ''
  for (let left = rank + 1; left > 0; left = Math.floor(left / syllables.length)) {
    word += syllables[left % syllables.length]
  }
  return word
}
