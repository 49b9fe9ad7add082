import fc from 'fast-check'

const surrogates = { first: 0xd800, count: 0x800 }

/**
 * Any character there is, but half of a pair: what fast-check calls `binary`, without the table of all of them that it
 * would make at each use, which takes most of a second.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10ffff - surrogates.count)
  .map(place => String.fromCodePoint(place < surrogates.first ? place : place + surrogates.count))
