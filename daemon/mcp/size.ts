/** How much an answer holds, so that it leaves a model's context room for what it is about. */

/** Of characters, in the text and again in the structured content: about ten thousand tokens. */
export const mostCharacters = 40_000

/** Of an answer, kept for what is said around the items. */
const frameCharacters = 2000

/** The beginning of a text, never with half a character at its end; what is left out shows as `…`. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : `${sliceWhole(text, 0, most - 1)}…`
}

/** On one line without control characters, and no longer than `most`. */
export function oneLine(text: string, most: number): string {
  // What is far behind the end is not looked at: texts may be megabytes.
  const line = sliceWhole(text, 0, most * 4)
    .replace(/\s+/g, ' ')
    .trim()
  return cut(line, most)
}

/** Characters from `start` on, at most `most`; a pair of surrogates is taken whole or not at all. */
export function sliceWhole(text: string, start: number, most: number): string {
  const end = start + most
  return text.slice(start, splitsPair(text, end) && most > 1 ? end - 1 : end)
}

function splitsPair(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}

/** As many of the items, from the first on, as an answer holds; the first one always. */
export function takeFitting<Item>(items: readonly Item[], textOf: (item: Item, index: number) => string): Item[] {
  let asJson = frameCharacters
  let asText = frameCharacters
  const end = items.findIndex((item, index) => {
    asJson += JSON.stringify(item).length + 1
    asText += textOf(item, index).length + 1
    return index > 0 && (asJson > mostCharacters || asText > mostCharacters)
  })
  return end === -1 ? [...items] : items.slice(0, end)
}

/**
 * The longest piece of a text from `start` on that has at most `most` characters and, as JSON has it, at most
 * `mostAsJson`: line breaks and quotes take two there, control characters six.
 */
export function pieceOf(text: string, start: number, most: number, mostAsJson: number): string {
  let piece = sliceWhole(text, start, most)
  for (let length = jsonLength(piece); length > mostAsJson && piece.length > 1; length = jsonLength(piece)) {
    piece = sliceWhole(piece, 0, Math.max(1, Math.floor((piece.length * mostAsJson) / length)))
  }
  return piece
}

function jsonLength(text: string): number {
  return JSON.stringify(text).length
}
