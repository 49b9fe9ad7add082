/**
 * Packs the character maps that the reader of PDFs needs into one file: `node test/support/pack-character-maps.ts FOLDER`
 * with the folder `cmaps` of an unpacked `pdfjs-dist`. First a line of JSON with names and lengths, then their bytes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const folder = process.argv[2] ?? ''
const target = new URL('../../core/content/pdf/character-maps/', import.meta.url)
const names = readdirSync(folder).filter(name => name.endsWith('.bcmap'))
const files = names.sort().map(name => readFileSync(join(folder, name)))
const head = JSON.stringify(names.map((name, index) => [name, files[index]?.length]))
const whole = Buffer.concat([Buffer.from(`${head}\n`), ...files])
writeFileSync(new URL('maps.br', target), brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }))
writeFileSync(new URL('LICENSE', target), readFileSync(join(folder, 'LICENSE')))
