import { recall, wordsOf } from '../../support/documents/index.ts'
import type { Words } from './text.ts'

export interface Quality {
  /** Share of the words that are in the text, each as often as it should be. */
  recall: number
  /** Share of the words, notes apart, that stand in the order of the document. */
  order: number
}

/** How much of a document its text has. */
export function qualityOf({ body, notes }: Words, text: string): Quality {
  const words = wordsOf(text)
  const wanted = [...body, ...notes]
  const found = wanted.length === 0 ? 1 : recall(wanted, text)
  // Where notes stand is a matter of the format.
  return { recall: found, order: body.length === 0 ? 1 : longestCommonSubsequence(body, words) / body.length }
}

/**
 * Length of the longest common subsequence, in time by how much the two differ: by E. Myers, "An O(ND) Difference
 * Algorithm and Its Variations" (1986), the greedy one.
 */
function longestCommonSubsequence(one: readonly string[], other: readonly string[]): number {
  const most = one.length + other.length
  // The farthest place in `one` on each diagonal.
  const farthest = new Int32Array(2 * most + 3)
  for (let edits = 0; edits <= most; edits++) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [below = 0, above = 0] = [farthest[most + diagonal], farthest[most + diagonal + 2]]
      let at = diagonal === -edits || (diagonal !== edits && below < above) ? above : below + 1
      while (at < one.length && at - diagonal < other.length && one[at] === other[at - diagonal]) at += 1
      farthest[most + diagonal + 1] = at
      if (at >= one.length && at - diagonal >= other.length) return (most - edits) / 2
    }
  }
  return 0
}
