/** Names and kinds of files, wherever Notion shows them. */
import { type JsonObject, objectAt, textAt } from '../../core/plugin.ts'

/** The name that a file was given, else the last part of its address. */
export function fileName(file: JsonObject): string | undefined {
  return textAt(file, 'name') ?? lastPart(addressOfFile(file))
}

/** Where a file is now; of one that Notion keeps, for an hour. */
export function addressOfFile(file: JsonObject): string | undefined {
  return textAt(objectAt(file, 'external'), 'url') ?? textAt(objectAt(file, 'file'), 'url')
}

function lastPart(address: string | undefined): string | undefined {
  const part = URL.parse(address ?? '')
    ?.pathname.split('/')
    .at(-1)
  if (!part) return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
