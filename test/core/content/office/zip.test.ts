import { describe, expect, it } from 'vitest'
import { openZip, zipLimits } from '../../../../core/content/office/zip.ts'
import { buildZip } from '../../../support/zip-builder.ts'

const unreadable = (message: RegExp) =>
  expect.objectContaining({ code: 'item_unreadable', message: expect.stringMatching(message) })

describe('a ZIP container', () => {
  it('gives its parts by name, packed or not, in whatever case', async () => {
    const zip = await openZip(
      buildZip([
        { name: 'One.xml', content: 'one' },
        { name: 'two', content: 'two', stored: true },
        { name: 'folder\\three', content: '3'.repeat(200_000) },
      ]),
    )
    expect(zip.names).toEqual(['One.xml', 'two', 'folder/three'])
    expect(Buffer.from(await zip.bytes('one.XML')).toString()).toBe('one')
    expect(Buffer.from(await zip.bytes('two')).toString()).toBe('two')
    expect(await zip.bytes('folder/three')).toHaveLength(200_000)
    await expect(zip.bytes('four')).rejects.toEqual(unreadable(/lacks/))
  })

  it('is read no further than its reader goes', async () => {
    const zip = await openZip(buildZip([{ name: 'big', content: Buffer.alloc(20_000_000) }]), {
      ...zipLimits,
      inflatedBytes: 100_000,
    })
    let length = 0
    for await (const piece of zip.read('big')) {
      length += piece.length
      break
    }
    expect(length).toBeGreaterThan(0)
    await expect(zip.bytes('big')).rejects.toEqual(unreadable(/more than can be read/))
  })

  it.each([
    ['another checksum', { crc: 1 }, /damaged/],
    ['a smaller size', { size: 5 }, /damaged/],
    ['a larger size', { size: 5000 }, /damaged/],
    ['half of what is packed', { packedSize: 4 }, /damaged/],
    ['more than there is', { packedSize: 4_000_000 }, /damaged/],
    ['an unknown method', { method: 99 }, /packed in a way/],
    ['encryption', { flags: 1 }, /protected by a password/],
    ['an offset beyond its end', { offset: 100_000 }, /damaged/],
  ])('that says %s is refused', async (_what, says, message) => {
    const zip = await openZip(buildZip([{ name: 'a', content: 'words and more words', says }]))
    await expect(zip.bytes('a')).rejects.toEqual(unreadable(message))
  })

  it('of too many parts, and what is none, are refused', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ name: `part ${index}`, content: 'x' }))
    await expect(openZip(buildZip(many), { ...zipLimits, entries: 20 })).rejects.toEqual(unreadable(/more parts/))
    for (const bytes of [Buffer.alloc(0), Buffer.from('PK\x03\x04'), Buffer.alloc(100_000)]) {
      await expect(openZip(bytes)).rejects.toEqual(unreadable(/damaged/))
    }
  })

  it('may name its parts as it likes: nothing is written anywhere', async () => {
    const zip = await openZip(
      buildZip([
        { name: '../../etc/passwd', content: 'x' },
        { name: '/absolute', content: 'y' },
      ]),
    )
    expect(Buffer.from(await zip.bytes('../../etc/passwd')).toString()).toBe('x')
    expect(zip.names).toHaveLength(2)
  })
})
