/** What is the same at each read: without addresses that expire, and without people's pictures. */
import { isJsonObject, type Json, type JsonObject } from '../../core/plugin.ts'

export function stable(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([name]) => name !== 'avatar_url' && name !== 'request_id')
  return Object.fromEntries(kept.map(([name, value]) => [name, stableValue(name, value)]))
}

/** Whether Notion itself keeps this file: its address is another one at each read, and dies after an hour. */
export function isHosted(file: JsonObject): boolean {
  return isJsonObject(file.file) && !isJsonObject(file.external)
}

function stableValue(name: string, value: Json): Json {
  if (Array.isArray(value)) return value.map(item => stableValue('', item))
  if (!isJsonObject(value)) return value
  if (value.expiry_time !== undefined || name === 'custom_emoji') {
    const { url: _url, expiry_time: _expiry, ...rest } = value
    return stable(rest)
  }
  if (value.type === 'file' && isJsonObject(value.file)) {
    const { url: _fileUrl, ...file } = value.file
    return stable({ ...value, file })
  }
  return stable(value)
}
