/** Whether a text gives a secret away: what a provider answers may hold what it was sent, in a writing of its own. */

/** So many letters and digits in a row of a secret are too many. */
const mostShared = 16

/**
 * Finds a secret as it is, within a word, escaped for an address, a form or JSON, in other letters, split by signs, in
 * hexadecimal or base64, and each of these in part. May find one where there is none: then a message is the poorer for it.
 */
export function holdsSecret(text: string, secret: string): boolean {
  if (text === '' || secret === '') return false
  if (text.includes(secret)) return true
  const said = [bareOf(text), bareOf(unescaped(text))]
  return writingsOf(secret).some(writing => said.some(one => shares(one, writing)))
}

/** Fewer signs than this are in any sentence by chance, and are only looked for as they are. */
const leastTelling = 6

function shares(text: string, writing: string): boolean {
  if (writing.length < leastTelling) return false
  if (writing.length <= mostShared) return text.includes(writing)
  for (let at = 0; at + mostShared <= text.length; at++) {
    if (writing.includes(text.slice(at, at + mostShared))) return true
  }
  return false
}

function writingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // Base64 has three ways to write the same, by what stands before it; its ends depend on what is around.
  const base64 = [0, 1, 2].map(before => {
    const written = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return written.slice(before === 0 ? 0 : before + 1, -1)
  })
  return [secret, bytes.toString('hex'), ...base64].map(bareOf)
}

function bareOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function unescaped(text: string): string {
  const sign = (_match: string, code: string) => String.fromCharCode(Number.parseInt(code, 16))
  return text.replace(/%([0-9a-f]{2})/gi, sign).replace(/\\u([0-9a-f]{4})/gi, sign)
}
