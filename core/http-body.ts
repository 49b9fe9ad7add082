/** Bodies of answers: read whole or as they come, and decoded. */
import { pipeline, type Readable, type Transform } from 'node:stream'
import { promisify } from 'node:util'
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzip,
  inflate,
} from 'node:zlib'
import { Failure } from './errors.ts'
import type { BodySink } from './transport.ts'

/** As they came; a repeated name is there more than once. */
export type Separate = (readonly [name: string, value: string])[]

const decoders: Readonly<
  Record<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>>
> = {
  gzip: promisify(gunzip) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
  deflate: promisify(inflate) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
  br: promisify(brotliDecompress) as (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>,
}

const streamDecoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

export function plain(headers: Separate, body: Readable) {
  const isCoded = headers.some(([name]) => name === 'content-encoding')
  return { headers: isCoded ? withoutCoding(headers) : headers, body }
}

/** The lengths are those of the encoded bytes. */
function withoutCoding(headers: Separate): Separate {
  return headers.filter(([name]) => name !== 'content-encoding' && name !== 'content-length')
}

/** A body as a stream of decoded bytes. @throws Failure `unavailable` for an encoding that is not known */
export function decoded(headers: Separate, body: Readable, where: string) {
  const codings = headers.filter(([name]) => name === 'content-encoding').flatMap(([, value]) => codingsIn(value))
  if (codings.length === 0) return plain(headers, body)
  const decoders = codings.reverse().map(coding => streamDecoders[coding])
  if (!decoders.every(decoder => decoder !== undefined)) {
    body.destroy()
    throw new Failure('unavailable', `${where} answered in an encoding that was not asked for`)
  }
  let last: Readable = body
  for (const decoder of decoders) {
    // What goes wrong is an error of the stream that is read.
    last = pipeline(last, decoder(), () => {})
    last.on('error', () => {})
  }
  return { headers: withoutCoding(headers), body: last }
}

/** All of a body into a sink. @throws Failure as the sink, and what goes wrong with the stream */
export async function pour(
  body: Readable,
  headers: Readonly<Record<string, string>>,
  sink: BodySink,
  { status, where }: { status: number; where: string },
): Promise<void> {
  // A body that nobody reads any more must not end the process.
  body.on('error', () => {})
  // What some hosts call an encoding is none, such as `aws-chunked`: the file is as it comes then.
  const bytes = isKnownEncoding(headers) ? decoded(Object.entries(headers), body, where).body : body
  try {
    await sink.begin(status, headers)
    for await (const chunk of bytes) await sink.write(chunk)
  } catch (error) {
    // Nor may it keep its connection.
    body.destroy()
    throw error
  }
}

function isKnownEncoding({ 'content-encoding': encoding = '' }: Readonly<Record<string, string>>): boolean {
  return codingsIn(encoding).every(coding => streamDecoders[coding] !== undefined)
}

function codingsIn(header: string): string[] {
  const codings = header.split(',').map(coding => coding.trim().toLowerCase())
  return codings.filter(coding => coding !== '' && coding !== 'identity')
}

/** @throws Failure `item_unreadable` beyond `maxBytes` */
export async function read(body: AsyncIterable<Uint8Array>, maxBytes: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw tooLarge(maxBytes, where)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)
}

/** @throws Failure `item_unreadable` beyond `maxBytes`; `unavailable` for a damaged one */
export async function decode(
  bytes: Uint8Array,
  headers: Record<string, string>,
  maxBytes: number,
  where: string,
): Promise<Uint8Array> {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  const decoder = encoding ? decoders[encoding] : undefined
  if (!decoder || bytes.length === 0) return bytes
  try {
    return await decoder(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, where)
    throw new Failure('unavailable', `${where} sent a damaged ${encoding} body`, { cause: error })
  }
}

export function tooLarge(maxBytes: number, where: string): Failure {
  return new Failure('item_unreadable', `${where} sent more than ${maxBytes} bytes`)
}
