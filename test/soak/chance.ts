/** Chance that can be had again: the same seed gives the same sequence. */
export interface Chance {
  /** From 0 (included) to 1 (excluded). */
  next(): number
  between(lowest: number, highest: number): number
  /** True in this share of all cases. */
  odds(share: number): boolean
  pick<Item>(items: readonly Item[]): Item
}

/** Mulberry32. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const chance: Chance = {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
    between: (lowest, highest) => lowest + chance.next() * (highest - lowest),
    odds: share => chance.next() < share,
    pick(items) {
      const item = items[Math.floor(chance.next() * items.length)]
      if (item === undefined) throw new Error('there is nothing to choose from')
      return item
    },
  }
  return chance
}
