import { type Container, itemOf, type List } from './blocks.ts'

/**
 * The lists of Word and Outlook: no `ul`, but paragraphs with a level, each with its bullet or number as text inside.
 */
export interface WordLists {
  /** The container of the next item of a level from 1; `base` is where a list that begins here stands. */
  item(level: number, base: Container | undefined): Container | undefined
  /** What the item has for a bullet; a number becomes its marker. */
  marker(item: Container | undefined, text: string): void
  /** Something else came: what follows is another list. */
  end(): void
}

export function createWordLists(): WordLists {
  /** The open list of each level. */
  const lists: List[] = []
  return {
    item(level, base) {
      lists.length = Math.min(lists.length, level)
      let list = lists.length === level ? lists.at(-1) : undefined
      if (!list) {
        // A level may be left out, so the list around is the deepest that there is.
        list = { base: lists.at(-1)?.last ?? base, next: undefined, last: undefined }
        lists.push(list)
      }
      return itemOf(list)
    },
    marker(item, text) {
      const number = /^\W*(\d{1,8})[.)]/.exec(text)?.[1]
      if (number !== undefined && item?.list && !item.shown) item.marker = `${Number(number)}. `
    },
    end() {
      lists.length = 0
    },
  }
}
