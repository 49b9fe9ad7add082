/**
 * Files in a page's blocks and properties. A block's file is the block; one in a property has no id of its own, and is
 * told by its name there. The address of a file that Notion keeps is another one at each read.
 */
import {
  type Breadcrumb,
  type Context,
  type Entity,
  type FileText,
  isJsonObject,
  type JsonObject,
  listAt,
  mediaTypeOfName,
  objectAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { type Block, everyBlock } from './block-tree.ts'
import { addressOfFile, fileName } from './media.ts'
import { fileType, type Item } from './model.ts'
import { plainText } from './rich-text.ts'
import { isHosted, stable } from './stable.ts'

export interface FoundFile {
  raw: JsonObject
  /** Where it is now. */
  address: string | undefined
  isHosted: boolean
}

const mediaTypes: ReadonlySet<string> = new Set(['image', 'video', 'file', 'pdf', 'audio'])

export function filesOf(page: Item, blocks: readonly Block[]): FoundFile[] {
  return [...blockFiles(page, blocks), ...propertyFiles(page)]
}

/**
 * What a file says, if it is one that Notion keeps. Its address is on another host, which is asked without the token,
 * and another one at each read but for its path: that is of this upload alone. A block tells when it was edited, too.
 * @throws Failure where it could not be had this time
 */
export async function readFile(context: Context, { raw, address, isHosted }: FoundFile): Promise<FileText | undefined> {
  const mediaType = mediaTypeOfName(textAt(raw, 'name') ?? '')
  if (!isHosted || !address) return undefined
  const version = [mediaType, URL.parse(address)?.pathname, textAt(raw, 'last_edited_time')].join(' ').trimEnd()
  return context.file({ entityType: fileType, id: textAt(raw, 'id') ?? '', mediaType, version }, download =>
    download(address, { headers: { accept: '*/*' } }),
  )
}

/** @param raw as in `FoundFile`, its author in `content` */
export function fileEntity(
  raw: JsonObject,
  file: Entity['file'],
  breadcrumbs: readonly Breadcrumb[],
  pageUrl: string | undefined,
): Entity {
  const content = isJsonObject(raw.content) ? raw.content : undefined
  const id = textAt(raw, 'id') ?? ''
  const external = textAt(objectAt(raw, 'external'), 'url')
  const anchor = raw.object === 'block' ? `#${id.replaceAll('-', '')}` : ''
  return {
    entityType: fileType,
    id,
    name: textAt(raw, 'name') ?? id,
    text: plainText(listAt(raw, 'caption')).trim(),
    file,
    url: external ?? (pageUrl && `${pageUrl}${anchor}`),
    author: textAt(content, 'author'),
    breadcrumbs,
    createdAt: textAt(raw, 'created_time'),
    updatedAt: textAt(raw, 'last_edited_time'),
    raw,
  }
}

function blockFiles(page: Item, blocks: readonly Block[]): FoundFile[] {
  const found = new Map<string, FoundFile>()
  for (const { id, type, raw, content } of everyBlock(blocks)) {
    if (!mediaTypes.has(type)) continue
    const people = ['created_by', 'last_edited_by'].flatMap(name => {
      const person = textAt(objectAt(raw, name), 'id')
      return person ? [[name, { object: 'user', id: person }] as const] : []
    })
    const trimmed = stable({
      ...pick(raw, ['object', 'id', 'type', 'created_time', 'last_edited_time']),
      ...Object.fromEntries(people),
      ...pick(content, ['external', 'caption']),
      object: 'block',
      name: fileName(content) ?? type,
      page: page.id,
    })
    found.set(id, { raw: trimmed, address: addressOfFile(content), isHosted: isHosted(content) })
  }
  return [...found.values()]
}

function propertyFiles(page: Item): FoundFile[] {
  const found: FoundFile[] = []
  const seen = new Set<string>()
  for (const property of page.files) {
    for (const file of listAt(property, 'files')) {
      const name = fileName(file) ?? 'file'
      const own = `${page.id}/${textAt(property, 'id') ?? ''}/${name}`
      let id = own
      for (let number = 2; seen.has(id); number++) id = `${own}/${number}`
      seen.add(id)
      const raw = stable({ object: 'file', id, name, page: page.id, ...pick(file, ['external']) })
      found.push({ raw, address: addressOfFile(file), isHosted: isHosted(file) })
    }
  }
  return found
}
