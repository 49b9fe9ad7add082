import { burn } from '@kenjiuno/msgreader/lib/Burner.js'
import { afterAll, describe, expect, it } from 'vitest'
import { createContent } from '../../../core/content/index.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const textOf = (bytes: Uint8Array) => content.text(bytes, 'application/vnd.ms-outlook')

interface Folder {
  [name: string]: Folder | Uint8Array
}

/** The kinds of entries of a compound file. */
const types = { folder: 1, file: 2, root: 5 }

/** A compound file of these streams and folders. */
function compound(root: Folder): Uint8Array {
  const entries: Parameters<typeof burn>[0] = []
  add('Root Entry', root, types.root)
  return burn(entries)

  function add(name: string, folder: Folder, type: number): number {
    const entry = { name, type, length: 0, children: [] as number[] }
    const at = entries.push(entry) - 1
    for (const [child, content] of Object.entries(folder)) {
      entry.children.push(
        content instanceof Uint8Array
          ? entries.push({
              name: child,
              type: types.file,
              length: content.length,
              binaryProvider: () => Uint8Array.from(content),
            }) - 1
          : add(child, content, types.folder),
      )
    }
    return at
  }
}

const unicode = (text: string) => Buffer.from(text, 'utf16le')

/** A stream of properties: 8 bytes for each value, after a head. */
function properties(head: number, values: readonly [tag: number, type: number, value: Buffer][]): Buffer {
  const out = [Buffer.alloc(head)]
  for (const [tag, type, value] of values) {
    const entry = Buffer.alloc(16)
    entry.writeUInt16LE(type, 0)
    entry.writeUInt16LE(tag, 2)
    value.copy(entry, 8)
    out.push(entry)
  }
  return Buffer.concat(out)
}

function recipient(name: string, address: string, kind: number): Folder {
  return {
    '__substg1.0_3001001F': unicode(name),
    '__substg1.0_39FE001F': unicode(address),
    '__properties_version1.0': properties(8, [[0x0c15, 3, Buffer.from([kind, 0, 0, 0])]]),
  }
}

const fileTime = Buffer.alloc(8)
fileTime.writeBigUInt64LE((BigInt(Date.parse('2026-03-14T09:26:53Z')) + 11_644_473_600_000n) * 10_000n)

const message: Folder = {
  '__nameid_version1.0': {},
  '__properties_version1.0': properties(32, [[0x0e06, 0x40, fileTime]]),
  '__substg1.0_0037001F': unicode('Kai & Ufer'),
  '__substg1.0_0C1A001F': unicode('Ada Brandström'),
  '__substg1.0_5D01001F': unicode('ada@example.com'),
  '__substg1.0_1000001F': unicode('Die Pfähle sind da.\r\n\r\nGruß'),
  '__recip_version1.0_#00000000': recipient('Grace', 'grace@example.com', 1),
  '__recip_version1.0_#00000001': recipient('Alan', 'alan@example.com', 2),
  '__attach_version1.0_#00000000': {
    '__substg1.0_3707001F': unicode('plan.pdf'),
    '__substg1.0_370E001F': unicode('application/pdf'),
    '__substg1.0_37010102': Buffer.alloc(2048),
    '__properties_version1.0': properties(8, []),
  },
}

describe('a message of Outlook', () => {
  it('reads as any mail', async () => {
    expect(await textOf(compound(message))).toBe(
      [
        '**From:** Ada Brandström <ada@example.com>  ',
        '**To:** Grace <grace@example.com>  ',
        '**Cc:** Alan <alan@example.com>  ',
        '**Date:** 2026-03-14T09:26:53Z  ',
        '**Subject:** Kai & Ufer',
        '',
        'Die Pfähle sind da.',
        '',
        'Gruß',
        '',
        '**Attachments:**',
        '',
        '- plan.pdf (application/pdf, 2 KB)',
      ].join('\n'),
    )
  })

  it('is read from its HTML where it has any', async () => {
    const html = Buffer.from('<meta charset="windows-1252"><p>Pf\xe4hle <b>hier</b>', 'latin1')
    const text = await textOf(compound({ ...message, '__substg1.0_10130102': html }))
    expect(text).toContain('\n\nPfähle **hier**\n\n')
    expect(text).not.toContain('sind da')
  })

  it('that is none, or empty, is unreadable', async () => {
    const unreadable = { code: 'item_unreadable' }
    await expect(textOf(Buffer.from('From: a'))).rejects.toMatchObject(unreadable)
    await expect(textOf(compound({}))).rejects.toMatchObject(unreadable)
  })
})
