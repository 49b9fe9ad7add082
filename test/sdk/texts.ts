import type { Call } from './recorder.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/
const isId = /(^|_)id$/
const isTime = /(_at|_run|_updated|_expires)$/
/** Chosen by people or by providers. */
const namesOfOthers = /^(readable_id|readable_collection_id|client_id|entity_id|provider_readable_id)$/

/** What the types say no more of than that it is text. @returns a sentence for each that is not of the form promised */
export function problemsOfTexts({ client, resource, method, answer }: Call): string[] {
  return problemsAt(`${client} ${resource}.${method}`, answer)
}

function problemsAt(place: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    const pattern = namesOfOthers.test(name) ? undefined : isId.test(name) ? uuid : isTime.test(name) ? time : undefined
    if (typeof member === 'string' && pattern?.test(member) === false) return [`${place}.${name} is ${member}`]
    // What comes from a provider is as it is there.
    return name === 'raw' || name === 'account' ? [] : problemsAt(`${place}.${name}`, member)
  })
}
