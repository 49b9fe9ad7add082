/** Reading members of a provider's objects, whose shape is never taken for granted. */
import { isJsonObject, type JsonObject } from './json.ts'

/** A member that is a string with something in it. */
export function textAt(object: JsonObject | undefined, name: string): string | undefined {
  const value = object?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function numberAt(object: JsonObject | undefined, name: string): number | undefined {
  const value = object?.[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
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

/** The members named, those that are there. */
export function pick(object: JsonObject, names: readonly string[]): JsonObject {
  const picked: JsonObject = {}
  for (const name of names) {
    const value = object[name]
    if (value !== undefined && value !== null && value !== '') picked[name] = value
  }
  return picked
}
