/** What survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON text with the members of every object in one order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value))
}

/** The value itself where all of it is in order; only what is not is copied, since this is done for each entity. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (const [index, member] of value.entries()) {
      const ordered = inOrder(member)
      if (ordered === member) continue
      copy ??= value.slice()
      copy[index] = ordered
    }
    return copy ?? value
  }
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value
  return membersInOrder(value as Record<string, unknown>)
}

function membersInOrder(object: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(object)
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
  if (!isSorted) names.sort()
  const members = names.map(name => inOrder(object[name]))
  if (isSorted && members.every((member, index) => member === object[names[index] ?? ''])) return object
  const copy: Record<string, unknown> = {}
  for (const [index, name] of names.entries()) {
    // Assigned, it would be no member.
    if (name === '__proto__') Object.defineProperty(copy, name, { value: members[index], enumerable: true })
    else copy[name] = members[index]
  }
  return copy
}

/** The object that a text is; `undefined` for any other text. */
export function jsonObjectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
