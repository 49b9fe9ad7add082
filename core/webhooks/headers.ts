/** Headers of a person's own that go with each message, such as `Authorization`. */

const mostHeaders = 20
const mostLetters = 4096
/** Written by us, or by HTTP. */
const taken = /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|webhook-.*)$/i

/** What is wrong with one of them, and which one; never with its value in the words. */
export function problemOfHeaders(
  headers: Readonly<Record<string, string>>,
): [name: string, problem: string] | undefined {
  const entries = Object.entries(headers)
  if (entries.length > mostHeaders) return ['headers', `must not be more than ${mostHeaders}`]
  const names = new Set(entries.map(([name]) => name.toLowerCase()))
  if (names.size < entries.length) return ['headers', 'must not have a name twice']
  for (const [name, value] of entries) {
    if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) return ['headers', 'must have the names of HTTP headers']
    if (taken.test(name)) return [name, 'is written by inlet itself']
    if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) || value.length > mostLetters)
      return [name, `must be 1 to ${mostLetters} printable ASCII characters`]
  }
  return undefined
}
