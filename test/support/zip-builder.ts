import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  name: string
  content: Uint8Array | string
  /** Kept as it is, not packed. */
  stored?: boolean
  /** What the directory says, true or not. */
  says?: { crc?: number; size?: number; packedSize?: number; flags?: number; method?: number; offset?: number }
}

/** A ZIP container of these entries, with whatever lies are wanted. */
export function buildZip(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, stored = false, says = {} } of entries) {
    const bytes = Buffer.from(content)
    const packed = stored ? bytes : deflateRawSync(bytes)
    const fileName = Buffer.from(name)
    const method = says.method ?? (stored ? 0 : 8)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(says.flags ?? 0x800, 2)
    facts.writeUInt16LE(method, 4)
    facts.writeUInt32LE(says.crc ?? crc32(bytes), 10)
    facts.writeUInt32LE(says.packedSize ?? packed.length, 14)
    facts.writeUInt32LE(says.size ?? bytes.length, 18)
    facts.writeUInt16LE(fileName.length, 22)
    const central = Buffer.alloc(14)
    central.writeUInt32LE(says.offset ?? offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, central, fileName)
    bodies.push(Buffer.from('PK\x03\x04', 'latin1'), facts, fileName, packed)
    offset += 30 + fileName.length + packed.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...bodies, central, Buffer.from('PK\x05\x06', 'latin1'), end])
}

/** A Word document of that body; `parts` replace or join the usual ones. */
export function buildDocx(body: string, parts: readonly ZipEntry[] = []): Buffer {
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument'
  const usual: ZipEntry[] = [
    {
      name: '[Content_Types].xml',
      content:
        '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
    },
    {
      name: '_rels/.rels',
      content: `<Relationships><Relationship Id="r" Type="${relation}" Target="word/document.xml"/></Relationships>`,
    },
    { name: 'word/document.xml', content: `<w:document><w:body>${body}</w:body></w:document>` },
  ]
  const kept = usual.filter(({ name }) => !parts.some(part => part.name === name))
  return buildZip([...kept, ...parts])
}

/** A Word paragraph. */
export function wordParagraph(text: string, properties = ''): string {
  return `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`
}
