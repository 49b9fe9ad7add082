/**
 * The few pages of POSIX that a backup needs: regular files with short names, in the `ustar` format that every `tar`
 * reads (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_92_13_06). Sizes from 8 GiB on are
 * written as GNU does. The reader takes nothing else: no links, no folders, no devices, no long names.
 */
import { Failure } from '../errors.ts'

export interface TarFile {
  /** ASCII, at most 100 characters. */
  name: string
  size: number
  content: AsyncIterable<Uint8Array>
}

const blockBytes = 512
/** From here on a size does not fit into eleven octal digits. */
const largeBytes = 8 ** 11

/** @throws Failure `internal` when a file turns out longer or shorter than it was said to be */
export async function* writeTar(files: AsyncIterable<TarFile>, modifiedAtMs: number): AsyncGenerator<Uint8Array> {
  for await (const { name, size, content } of files) {
    yield header(name, size, modifiedAtMs)
    let written = 0
    for await (const chunk of content) {
      written += chunk.byteLength
      yield chunk
    }
    if (written !== size) throw new Failure('internal', `${name} changed while it was copied`)
    yield Buffer.alloc(padding(size))
  }
  yield Buffer.alloc(2 * blockBytes)
}

/**
 * The files in their order; the content of each must be read to its end before the next one is asked for.
 * @throws Failure `item_unreadable` for what is no such archive, damaged, or cut short
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const bytes = byteReader(source)
  try {
    for (;;) {
      const block = await bytes.exactly(blockBytes)
      if (block.every(byte => byte === 0)) break
      const { name, size } = readHeader(block)
      let isRead = false
      const content = (async function* () {
        yield* bytes.some(size)
        isRead = true
      })()
      yield { name, size, content }
      if (!isRead) throw new Failure('internal', `${name} was not read to its end`)
      if ((await bytes.exactly(padding(size))).some(byte => byte !== 0)) throw notOurs('it is damaged')
    }
    const rest = await bytes.rest()
    if (rest.length < blockBytes || rest.some(byte => byte !== 0)) throw notOurs('its end is missing')
  } finally {
    await bytes.end()
  }
}

function header(name: string, size: number, modifiedAtMs: number): Buffer {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Failure('internal', 'a file has a name that no backup takes')
  const block = Buffer.alloc(blockBytes)
  const octal = (value: number, offset: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), offset, 'ascii')
  block.write(name, 0, 'ascii')
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  if (size < largeBytes) octal(size, 124, 11)
  else {
    block[124] = 0x80
    block.writeBigUInt64BE(BigInt(size), 128)
  }
  octal(Math.floor(modifiedAtMs / 1000), 136, 11)
  block.write('0', 156, 'ascii')
  block.write('ustar\u000000', 257, 'ascii')
  octal(checksum(block), 148, 6)
  block.write('\u0000 ', 154, 'ascii')
  return block
}

function readHeader(block: Buffer): { name: string; size: number } {
  const text = (from: number, to: number) => block.toString('latin1', from, to).replace(/\0.*$/s, '')
  if (text(257, 262) !== 'ustar') throw notOurs('it is no tar archive')
  if (Number.parseInt(text(148, 156).trim(), 8) !== checksum(block)) throw notOurs('it is damaged')
  const [name, type, prefix] = [text(0, 100), text(156, 157), text(345, 500)]
  const large = block[124] === 0x80
  const digits = text(124, 136).trim()
  if (!large && !/^[0-7]{1,11}$/.test(digits)) throw notOurs('it is damaged')
  const size = large ? Number(block.readBigUInt64BE(128)) : Number.parseInt(digits, 8)
  if (!['0', ''].includes(type) || prefix !== '' || !Number.isSafeInteger(size)) {
    throw notOurs(`it has an entry that no backup has (${JSON.stringify(name)})`)
  }
  return { name, size }
}

/** With spaces in place of the checksum itself. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0)
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

export function notOurs(why: string): Failure {
  return new Failure('item_unreadable', `this is no backup of inlet's, or not a whole one: ${why}`)
}

function byteReader(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  async function fill(): Promise<boolean> {
    const { value, done } = await iterator.next()
    if (done) return false
    held = held.length === 0 ? asBuffer(value) : Buffer.concat([held, value])
    return true
  }

  function take(count: number): Buffer {
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }

  return {
    async exactly(count: number): Promise<Buffer> {
      while (held.length < count) if (!(await fill())) throw notOurs('it ends too early')
      return take(count)
    },
    async *some(count: number): AsyncGenerator<Buffer> {
      for (let left = count; left > 0; ) {
        if (held.length === 0 && !(await fill())) throw notOurs('it ends too early')
        const chunk = take(left)
        left -= chunk.length
        yield chunk
      }
    },
    /** All that is left; the filling of a last record, which is small. */
    async rest(): Promise<Buffer> {
      const mostBytes = 1024 * 1024
      while (held.length <= mostBytes) if (!(await fill())) return held
      throw notOurs('something follows its end')
    },
    async end(): Promise<void> {
      await iterator.return?.()
    },
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
