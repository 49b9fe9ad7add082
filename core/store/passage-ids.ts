/**
 * The numbers of passages: those of one entity follow one another, in the order of the keys of their entities, and all
 * of them come after every key, so that a row of the index tells which of both it is.
 */

/** Less than any number of a passage, more than any key. */
export const firstPassageId = 2 ** 40
/** An entity has fewer passages. */
export const mostPassages = 2 ** 20

export function passageId(key: number, ordinal: number): number {
  return firstPassageId + key * mostPassages + ordinal
}

/** The key of the entity that a row of the index belongs to. */
export function keyOfRow(rowid: number): number {
  return rowid < firstPassageId ? rowid : Math.floor((rowid - firstPassageId) / mostPassages)
}

/** The numbers that passages of an entity may have, both included. */
export function passageRange(key: number): [first: number, last: number] {
  return [passageId(key, 0), passageId(key, mostPassages - 1)]
}

/** The same in SQL, for an expression that is a key. */
export function firstPassageSql(key: string): string {
  return `(${firstPassageId} + (${key} << 20))`
}

/** The same in SQL, for an expression that is the number of a passage. */
export function keyOfPassageSql(id: string): string {
  return `((${id} - ${firstPassageId}) >> 20)`
}

/** Whether the entity of this key is divided into passages. */
export function isDividedSql(key: string): string {
  return `exists (select 1 from passages where id = ${firstPassageSql(key)})`
}
