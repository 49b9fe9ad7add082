/** What a person typed, as an FTS5 expression that is always well formed. */

/** More words than this do not make a search any narrower; nor has a phrase more. */
export const mostTerms = 32
/** No word of a language is longer, and the index cuts its own off far above. */
const longestTerm = 256

/** Letters that the last word must have to be taken as a beginning: by itself, and after others. */
export interface ShortestPrefix {
  alone: number
  afterOthers: number
}

interface Term {
  words: string[]
  /** Whether the last word may go on: the one that is being typed. */
  prefix: boolean
}

/** A word as `unicode61` sees it: letters, digits and private use, with the marks that follow. */
export const wordPattern = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu

/** In these scripts a letter or two begin a large part of all words; in others they are a word. */
const alphabetic = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]+$/u

/**
 * The terms of a query, each an expression. None if the text has no word in it. What stands between two double quotes is
 * one phrase; everything else that means something to FTS5 is but a separator. The last word is taken as a beginning if
 * it is long enough.
 */
export function matchTerms(query: string, shortest: ShortestPrefix): string[] {
  const terms = uniqueTerms(query)
  const shortestPrefix = terms.length > 1 ? shortest.afterOthers : shortest.alone
  return terms.map(({ words, prefix }) => {
    const [word = ''] = words
    const isTooShort = [...word].length < shortestPrefix && alphabetic.test(word)
    return `"${words.join(' ')}"${prefix && !isTooShort ? '*' : ''}`
  })
}

/** What matches all of the terms, or any of them. */
export function joinTerms(terms: readonly string[], operator: 'AND' | 'OR'): string {
  return terms.join(` ${operator} `)
}

function uniqueTerms(query: string): Term[] {
  const terms = new Map<string, Term>()
  const parts = query.split('"')
  for (const [index, part] of parts.entries()) {
    const words = (part.match(wordPattern) ?? []).map(word => word.slice(0, longestTerm).toWellFormed())
    const isOpen = index === parts.length - 1
    const isPhrase = index % 2 === 1 && !isOpen
    const found = isPhrase ? [words].filter(phrase => phrase.length > 0) : words.map(word => [word])
    for (const [position, termWords] of found.entries()) {
      const prefix = isOpen && position === found.length - 1
      const kept = termWords.slice(0, mostTerms)
      terms.set(JSON.stringify([kept, prefix]), { words: kept, prefix })
      if (terms.size === mostTerms) return [...terms.values()]
    }
  }
  return [...terms.values()]
}
