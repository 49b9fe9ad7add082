import { refusal } from './problems.ts'

const mostBytes = 1024 * 1024
/** Deeper than any real body, and far from the end of the stack of what walks through it. */
const mostLevels = 100

/**
 * The request's body as JSON text, checked: an absent or empty one is `{}`, whatever its content type.
 * @throws Failure `invalid`: `body-too-large`, `not-json`, `malformed-json`, `bad-request`
 */
export async function readJsonText(request: Request): Promise<string> {
  const bytes = await readBytes(request)
  if (bytes.length === 0) return '{}'
  if (!isJson(request.headers)) {
    throw refusal('not-json', 'the body must be JSON: send Content-Type: application/json, without compression')
  }
  const text = decode(bytes)
  if (text.trim() === '') return '{}'
  try {
    JSON.parse(text)
  } catch {
    throw refusal('malformed-json', 'the body is not valid JSON: check its quotes, commas and brackets')
  }
  if (levels(text) > mostLevels) throw refusal('invalid-request', `the body is nested deeper than ${mostLevels} levels`)
  // Objects built from it would lose this member without a word.
  if (hasMember(text, '__proto__')) {
    throw refusal('invalid-request', 'the body has a member "__proto__", which nothing takes')
  }
  return text
}

/** A form (application/x-www-form-urlencoded) as JSON text, its values as strings; anything else as `readJsonText`. */
export async function readFormText(request: Request): Promise<string> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return readJsonText(request)
  const form = new URLSearchParams(decode(await readBytes(request)))
  if (form.has('__proto__')) throw refusal('invalid-request', 'the form has a member "__proto__", which nothing takes')
  return JSON.stringify(Object.fromEntries(form))
}

/** The request's body. @throws Failure `invalid`: `body-too-large`, `bad-request` */
export async function readBytes(request: Request): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength
      if (length > mostBytes) break
      chunks.push(chunk)
    }
  } catch {
    // Whoever sends it has gone, or is too slow: nothing of ours has failed.
    throw refusal('bad-request', 'the body broke off before its end')
  }
  if (length > mostBytes) throw tooLarge()
  return Buffer.concat(chunks)
}

function tooLarge() {
  return refusal('body-too-large', 'the body is larger than 1 MiB: send less at once')
}

function isJson(headers: Headers): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim() ?? ''
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  return /^application\/(?:[\w.-]+\+)?json$/i.test(type) && encoding === 'identity'
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refusal('malformed-json', 'the body is not UTF-8: JSON is sent in UTF-8')
  }
}

function hasMember(text: string, sought: string): boolean {
  let isThere = false
  JSON.parse(text, (name, value: unknown) => {
    isThere ||= name === sought
    return value
  })
  return isThere
}

/** How deep brackets nest in good JSON. */
function levels(text: string): number {
  let depth = 0
  let deepest = 0
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (mark === '{' || mark === '[') deepest = Math.max(deepest, ++depth)
    else if (mark === '}' || mark === ']') depth--
  }
  return deepest
}
