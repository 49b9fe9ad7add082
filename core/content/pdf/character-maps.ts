/**
 * What bytes of old Chinese, Japanese and Korean PDFs mean: those that neither embed their font nor say it name one of
 * Adobe's character maps, and have no text without it. The maps are those of `pdfjs-dist`, which no package brings
 * without its 73 MB: 168 files, packed into one of 0.4 MB by `test/support/pack-character-maps.ts` (BSD, see the licence
 * beside it).
 */
import { readFile } from 'node:fs/promises'
import { brotliDecompressSync } from 'node:zlib'

/** Gives pdf.js the files that it asks for by name; fonts for pictures of text are none of them. */
export class CharacterMaps {
  /** @throws Error for what is not there, which leaves the font without its text and the rest of the page as it is */
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    maps ??= read()
    const map = kind === 'cMapUrl' ? (await maps).get(filename) : undefined
    if (!map) throw new Error(`there is no ${kind} called so`)
    // The reader takes the buffer for itself.
    return new Uint8Array(map)
  }
}

/** Read with the first font that needs one. */
let maps: Promise<ReadonlyMap<string, Uint8Array>> | undefined

async function read(): Promise<ReadonlyMap<string, Uint8Array>> {
  const packed = await readFile(new URL('./character-maps/maps.br', import.meta.url))
  const bytes = brotliDecompressSync(packed)
  const end = bytes.indexOf('\n')
  const found = new Map<string, Uint8Array>()
  let at = end + 1
  for (const [name, length] of JSON.parse(bytes.toString('utf8', 0, end)) as [string, number][]) {
    found.set(name, bytes.subarray(at, at + length))
    at += length
  }
  return found
}
