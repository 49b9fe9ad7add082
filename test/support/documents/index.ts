import { readFileSync } from 'node:fs'

/** A document that `make.sh` made. */
export function readDocument(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url))
}

/**
 * Every word of a document's source in its order, read by rules of its own: whatever stands between the tags of the body,
 * but for what is deleted, hidden, or a footnote's number.
 */
export function sourceWords(name: string): string[] {
  const source = readDocument(name).toString('utf8')
  if (name.endsWith('.md'))
    return wordsOf(source.replace(/^(---|title:|author:|lang: .*$)/gm, ' ').replace(/\]\([^)]*\)|\[\^\w+\]:?/g, ' '))
  const body = source
    .slice(source.indexOf('<office:body'))
    .replace(/<text:tracked-changes>.*?<\/text:tracked-changes>/gs, '')
    .replace(/<text:span text:style-name="unseen">.*?<\/text:span>/gs, '')
    .replace(/<text:note-citation>.*?<\/text:note-citation>/gs, '')
    .replace(/<\/text:(p|h)>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
  return wordsOf(body)
}

/** Runs of letters and digits, of whatever script. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
}

/** Share of the words that are in the text, each as often as it should be. */
export function recall(words: readonly string[], text: string): number {
  const left = new Map<string, number>()
  for (const word of wordsOf(text)) left.set(word, (left.get(word) ?? 0) + 1)
  let found = 0
  for (const word of words) {
    const count = left.get(word) ?? 0
    if (count > 0) found += 1
    left.set(word, count - 1)
  }
  return found / words.length
}

/** Share of the words that stand in the text in the order in which they are given: the longest common subsequence. */
export function inOrder(words: readonly string[], text: string): number {
  let before = new Array<number>(words.length + 1).fill(0)
  for (const word of wordsOf(text)) {
    const row = [0]
    for (const [index, wanted] of words.entries()) {
      const same = word === wanted ? (before[index] ?? 0) + 1 : 0
      row.push(Math.max(same, before[index + 1] ?? 0, row[index] ?? 0))
    }
    before = row
  }
  return (before.at(-1) ?? 0) / words.length
}
