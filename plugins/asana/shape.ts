/** Reading members of Asana's objects, whose shape is never taken for granted. */
import { type Config, canonicalJson, isJsonObject, type Json, type JsonObject } from '../../core/plugin.ts'

/** A member that is a string with something in it. */
export function textAt(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function objectAt(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return isJsonObject(value) ? value : undefined
}

/** The objects of a member that is a list; none if it is not. */
export function listAt(object: JsonObject | undefined, name: string): JsonObject[] {
  const value = object?.[name]
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

/** An object as Asana identifies all of them. */
export type Identified = JsonObject & { gid: string }

/** Those of a list that have a gid, each once. */
export function identified(list: readonly unknown[]): Identified[] {
  const objects = new Map<string, Identified>()
  for (const object of list) if (isIdentified(object)) objects.set(object.gid, object)
  return [...objects.values()]
}

export function isIdentified(value: unknown): value is Identified {
  return isJsonObject(value) && textAt(value, 'gid') !== undefined
}

export function gidOf(object: JsonObject | undefined): string | undefined {
  return textAt(object, 'gid')
}

/** An option of type `strings`, as words to compare with `isNamed`; absent is empty. */
export function filterOf(value: Config[string]): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.map(word => comparable(String(word))).filter(Boolean) : [])
}

/** Whether a filter lets something through: an empty one does, any other has to hold its gid or its visible name. */
export function isNamed(filter: ReadonlySet<string>, { gid, name }: { gid: string; name: string }): boolean {
  return filter.size === 0 || filter.has(comparable(gid)) || filter.has(comparable(name))
}

function comparable(word: string): string {
  return word.trim().toLowerCase()
}

/**
 * An object with the fields named, such as `assignee.name`, and the gids of the objects on the way; a field that is an
 * object itself is its gid. What is null or empty is left out. Lists of objects are put in the order of their gids,
 * since Asana promises none.
 */
export function trim(object: JsonObject, fields: readonly string[]): JsonObject {
  const trimmed: JsonObject = {}
  if (typeof object.gid === 'string') trimmed.gid = object.gid
  const names = new Set(fields.map(field => field.split('.', 1).join()))
  for (const name of names) {
    const below = fields.filter(field => field.startsWith(`${name}.`)).map(field => field.slice(name.length + 1))
    const value = trimValue(object[name], below)
    if (value !== undefined) trimmed[name] = value
  }
  return trimmed
}

function trimValue(value: Json | undefined, fields: readonly string[]): Json | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (isJsonObject(value)) return trim(value, fields)
  if (!Array.isArray(value)) return value
  const list = value.flatMap(item => trimValue(item, fields) ?? [])
  list.sort((a, b) => (isJsonObject(a) && isJsonObject(b) ? compareGids(orderOf(a), orderOf(b)) : 0))
  return list.length > 0 ? list : undefined
}

/** Memberships have no gid of their own. */
function orderOf(object: JsonObject): string {
  return gidOf(object) ?? canonicalJson(object)
}

/** Gids are numbers too large for JavaScript's, written as strings; smaller ones are older. */
export function compareGids(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
