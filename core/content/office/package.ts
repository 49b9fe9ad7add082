/** The package that DOCX, XLSX and PPTX have in common: parts, and relations between them. Source: ECMA-376, part 2. */
import { posix } from 'node:path'
import { readXml } from './xml.ts'
import type { Zip } from './zip.ts'

export interface Relation {
  id: string
  /** The last word of its type, such as `hyperlink`. */
  type: string
  /** Name of a part, or an address where `external`. */
  target: string
  external: boolean
}

/** The relations of a part (of the package itself: `''`) in their order; none where it has none. */
export async function relationsOf(zip: Zip, part: string): Promise<Relation[]> {
  const name = posix.join(posix.dirname(part), '_rels', `${posix.basename(part)}.rels`)
  if (!zip.has(name)) return []
  const relations: Relation[] = []
  await readXml(zip.read(name), {
    open(element, attributes) {
      if (element !== 'Relationship' || relations.length >= mostRelations) return
      const target = attributes.get('Target') ?? ''
      const external = attributes.get('TargetMode') === 'External'
      relations.push({
        id: attributes.get('Id') ?? '',
        type: posix.basename(attributes.get('Type') ?? ''),
        target: external ? target : resolvePart(part, target),
        external,
      })
    },
    text() {},
    close() {},
  })
  return relations
}

/** The media type of a part, as the package declares it. */
export async function partType(zip: Zip, part: string): Promise<string> {
  let found = ''
  await readXml(zip.read('[Content_Types].xml'), {
    open(element, attributes) {
      if (element === 'Override' && attributes.get('PartName') === `/${part}`) {
        found = attributes.get('ContentType') ?? ''
      } else if (element === 'Default' && found === '' && part.endsWith(`.${attributes.get('Extension')}`)) {
        found = attributes.get('ContentType') ?? ''
      }
    },
    text() {},
    close() {},
  })
  return found
}

function resolvePart(part: string, target: string): string {
  const path = target.startsWith('/') ? target : posix.join('/', posix.dirname(part), target)
  return posix.normalize(path).slice(1)
}

const mostRelations = 100_000
