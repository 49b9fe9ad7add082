import { afterAll, describe, expect, it } from 'vitest'
import { createContent } from '../../../core/content/index.ts'
import { buildCompound, type Folder, fileTime, properties, recipient, unicode } from '../../support/outlook-builder.ts'

const content = createContent({ workers: 1 })
afterAll(() => content.close())

const textOf = (bytes: Uint8Array) => content.text(bytes, 'application/vnd.ms-outlook')

const message: Folder = {
  '__nameid_version1.0': {},
  '__properties_version1.0': properties(32, [[0x0e06, 0x40, fileTime('2026-03-14T09:26:53Z')]]),
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
    expect(await textOf(buildCompound(message))).toBe(
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
    const text = await textOf(buildCompound({ ...message, '__substg1.0_10130102': html }))
    expect(text).toContain('\n\nPfähle **hier**\n\n')
    expect(text).not.toContain('sind da')
  })

  it('has the messages that are attached to it as quotations, with what is attached to those', async () => {
    const attached: Folder = {
      '__substg1.0_3001001F': unicode('Older'),
      '__substg1.0_3701000D': { ...message, '__properties_version1.0': properties(24, []) },
      '__properties_version1.0': properties(8, [[0x3705, 3, Buffer.from([5, 0, 0, 0])]]),
    }
    const text = await textOf(
      buildCompound({
        ...message,
        '__substg1.0_0037001F': unicode('Newer'),
        '__attach_version1.0_#00000001': attached,
      }),
    )
    expect(text).toContain('**Subject:** Newer\n')
    expect(text).toMatch(/\n- plan\.pdf \(application\/pdf, 2 KB\)\n- Older \(application\/vnd\.ms-outlook, /)
    expect(text).toContain('\n\n**Attached message:**\n\n> **From:** Ada Brandström <ada@example.com>  \n')
    expect(text).toMatch(/\n> \*\*Subject:\*\* Kai & Ufer\n>\n> Die Pfähle sind da\.\n/)
    expect(text).toMatch(/\n> - plan\.pdf \(application\/pdf, 2 KB\)$/)
  })

  it('that is none, or empty, is unreadable', async () => {
    const unreadable = { code: 'item_unreadable' }
    await expect(textOf(Buffer.from('From: a'))).rejects.toMatchObject(unreadable)
    await expect(textOf(buildCompound({}))).rejects.toMatchObject(unreadable)
  })
})
