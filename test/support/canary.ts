/** Secrets that can be found again: each holds one mark, and a text is searched for it in every spelling that is usual. */

/** Twelve characters that nothing else has, and that every filter for codes and names lets through. */
const mark = 'Zq7Kx2Vw9Tn4'

let planted = 0

/**
 * A secret of this name, unlike any other. Short enough and plain enough to be taken for a provider's error code, which
 * may be quoted.
 */
export function canary(name: string): string {
  planted++
  return `${mark}-${name}-${planted.toString(36)}`
}

/** As long as real tokens are, and with characters that addresses and forms escape. */
export function longCanary(name: string): string {
  return `${canary(name)}/+=~${'x'.repeat(40)}`
}

/** How many were made. */
export function plantedCanaries(): number {
  return planted
}

const bytes = Buffer.from(mark)

/** What Base64 makes of the mark wherever it begins; the characters at the edges depend on its neighbours. */
function base64Spellings(encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map(offset => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes, Buffer.alloc(3)]).toString(encoding)
    return encoded.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3))
  })
}

/** In lower case, where case does not count. */
const spellings: readonly { how: string; text: string; anyCase?: boolean }[] = [
  { how: 'as it is', text: mark },
  { how: 'in another case', text: mark.toLowerCase(), anyCase: true },
  { how: 'reversed', text: [...mark].reverse().join('') },
  { how: 'in hex', text: bytes.toString('hex'), anyCase: true },
  { how: 'percent-encoded', text: [...bytes].map(byte => `%${byte.toString(16)}`).join(''), anyCase: true },
  { how: 'as escaped characters', text: [...bytes].map(byte => `\\u00${byte.toString(16)}`).join(''), anyCase: true },
  { how: 'in UTF-16', text: [...mark].join('\0') },
  ...base64Spellings('base64').map(text => ({ how: 'in Base64', text })),
  ...base64Spellings('base64url').map(text => ({ how: 'in Base64 for addresses', text })),
]

/** Where a text has a canary: how it is spelt, and what stands around it. */
export function findCanaries(text: string): string[] {
  const lower = text.toLowerCase()
  return spellings.flatMap(({ how, text: spelling, anyCase = false }) => {
    const at = (anyCase ? lower : text).indexOf(spelling)
    return at === -1 ? [] : [`${how}: ${JSON.stringify(text.slice(Math.max(0, at - 120), at + 60))}`]
  })
}
