import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { smallFile } from '../../../core/backup/format.ts'
import { readTar, type TarFile, writeTar } from '../../../core/backup/tar.ts'

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

async function packed(files: readonly TarFile[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeTar(each(files), Date.UTC(2026, 0, 1))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function unpacked(source: AsyncIterable<Uint8Array>): Promise<[string, string][]> {
  const found: [string, string][] = []
  for await (const { name, content } of readTar(source)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(chunk)
    found.push([name, Buffer.concat(chunks).toString('latin1')])
  }
  return found
}

function inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const count = Math.ceil(bytes.length / size)
  return each(Array.from({ length: count }, (_piece, index) => bytes.subarray(index * size, (index + 1) * size)))
}

it('reads what it has written, however it comes in pieces', async () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,90}$/)
  const file = fc.tuple(name, fc.string({ maxLength: 3000 }))
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 6 }), fc.integer({ min: 1, max: 1500 }), async (files, size) => {
      const archive = await packed(files.map(([path, text]) => smallFile(path, text)))
      const expected = files.map(([path, text]) => [path, Buffer.from(text).toString('latin1')])
      expect(await unpacked(inPieces(archive, size))).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

it('writes what any tar reads, and reads what GNU tar has written in this format', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-tar-'))
  try {
    await writeFile(join(folder, 'a.tar'), await packed([smallFile('vault/one.json', 'sealed'), smallFile('db', 'x')]))
    const options = { cwd: folder, encoding: 'utf8' } as const
    expect(spawnSync('tar', ['-xf', 'a.tar'], options)).toMatchObject({ status: 0, stderr: '' })
    expect(await readFile(join(folder, 'vault/one.json'), 'utf8')).toBe('sealed')
    const words = ['--format=ustar', '-cf', 'b.tar', 'vault/one.json', 'db']
    expect(spawnSync('tar', words, options)).toMatchObject({ status: 0, stderr: '' })
    expect(await unpacked(inPieces(await readFile(join(folder, 'b.tar')), 999))).toEqual([
      ['vault/one.json', 'sealed'],
      ['db', 'x'],
    ])
    // Links, folders and long names are nothing that a backup has.
    for (const prepare of ['ln -s db link && tar -cf c.tar link', 'tar -cf c.tar vault']) {
      expect(spawnSync('sh', ['-c', prepare], options).status).toBe(0)
      await expect(unpacked(inPieces(await readFile(join(folder, 'c.tar')), 999))).rejects.toMatchObject({
        code: 'item_unreadable',
      })
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('says so at every place where an archive may be cut off', async () => {
  const archive = await packed([smallFile('one', 'x'.repeat(700)), smallFile('two', 'y')])
  let refusals = 0
  for (let length = 0; length < archive.length; length += 128) {
    await expect(unpacked(inPieces(archive.subarray(0, length), 4096)), `${length}`).rejects.toMatchObject({
      code: 'item_unreadable',
    })
    refusals += 1
  }
  expect(refusals).toBeGreaterThan(20)
})

it('keeps sizes of more than eight GiB', async () => {
  const size = 9 * 1024 ** 3
  const chunk = new Uint8Array(64 * 1024 * 1024)
  const content = (async function* () {
    for (let left = size; left > 0; left -= chunk.length) yield chunk
  })()
  let total = 0
  for await (const file of readTar(writeTar(each([{ name: 'large', size, content }]), 0))) {
    expect(file.size).toBe(size)
    for await (const piece of file.content) total += piece.byteLength
  }
  expect(total).toBe(size)
})

it('refuses a file that changes its size while it is written', async () => {
  const { content } = smallFile('one', 'abc')
  await expect(packed([{ name: 'one', size: 4, content }])).rejects.toMatchObject({ code: 'internal' })
})
