/**
 * The blocks of a page with everything below them. Source: https://developers.notion.com/reference/get-block-children
 */
import { type Context, Failure, type JsonObject, objectAt, textAt } from '../../core/plugin.ts'
import { eachOf, isOutOfReach } from './api.ts'

export interface Block {
  id: string
  type: string
  raw: JsonObject
  /** The member that is named after the type. */
  content: JsonObject
  /** The block, or page, that has it. */
  container: string
  children: Block[]
}

export interface Blocks {
  blocks: Block[]
  /** Why a part is missing that another page shares, or that Notion does not give: no reason to do without the page. */
  weakness: Failure | undefined
  /** Whether something of its own is missing that Notion may give another time. */
  isPart: boolean
}

/** Deeper than anyone reads; a block that shows itself would have no end. */
const greatestDepth = 40
/** Copies of copies could make a page of any size. */
const mostBlocks = 50_000

/** Types whose children are no part of the page. */
const closed: ReadonlySet<string> = new Set(['child_page', 'child_database', 'link_to_page', 'unsupported'])

interface Place {
  id: string
  into: Block[]
  /** Blocks from here up to the page: none of them can be below itself. */
  above: Above | undefined
  depth: number
  /** The block that this one is a copy of. */
  original: string | undefined
}

interface Above {
  id: string
  above: Above | undefined
}

/**
 * Reads a page whole.
 * @param takesPart whether a part of it is better than nothing
 * @throws Failure as `classify` says: otherwise a page that can be read in part only is not read
 */
export async function readBlocks(context: Context, pageId: string, takesPart: boolean): Promise<Blocks> {
  const blocks: Block[] = []
  const open: Place[] = [{ id: pageId, into: blocks, above: undefined, depth: 0, original: undefined }]
  let weakness: Failure | undefined
  let isPart = false
  let count = 0
  for (let place = open.pop(); place; place = open.pop()) {
    const isTop = place.depth === 0
    try {
      for (const raw of await childrenOf(context, place)) place.into.push(toBlock(raw, place.id))
    } catch (error) {
      // A shared original may be out of reach, and 400 is Notion's word for a kind of block that it does not support.
      if (!isOutOfReach(error)) throw error
      const isUsual = !isTop && (place.original !== undefined || error.status === 400)
      if (!isUsual && !takesPart) throw error
      weakness ??= error
      isPart ||= !isUsual && !(isTop && error.status === 400)
    }
    count += place.into.length
    if (count > mostBlocks || place.depth === greatestDepth) continue
    for (const block of place.into.toReversed()) {
      const below = placeBelow(block, place)
      if (below) open.push(below)
    }
  }
  return { blocks, weakness, isPart }
}

function placeBelow(block: Block, { above, depth }: Place): Place | undefined {
  const original = textAt(objectAt(block.content, 'synced_from'), 'block_id')
  if (closed.has(block.type) || (block.raw.has_children !== true && original === undefined)) return undefined
  for (let at = above; at; at = at.above) if (at.id === block.id || at.id === original) return undefined
  return {
    ...{ id: block.id, into: block.children, depth: depth + 1, original },
    above: { id: block.id, above: original === undefined ? above : { id: original, above } },
  }
}

/** A copy normally gives its original's children as its own. */
async function childrenOf(context: Context, { id, original }: Place): Promise<JsonObject[]> {
  if (original === undefined) return listChildren(context, id)
  try {
    const children = await listChildren(context, id)
    if (children.length > 0) return children
  } catch (error) {
    if (!isOutOfReach(error)) throw error
  }
  return listChildren(context, original)
}

async function listChildren(context: Context, id: string): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  await eachOf(
    context,
    { path: `blocks/${encodeURIComponent(id)}/children`, isOfItem: true },
    object => found.push(object),
    () => found.splice(0),
  )
  return found.filter(block => block.in_trash !== true && block.archived !== true)
}

function toBlock(raw: JsonObject, container: string): Block {
  const [id, type] = [textAt(raw, 'id'), textAt(raw, 'type')]
  if (!id) throw new Failure('bad_response', `GET /v1/blocks/${container}/children gave a block without an id`)
  return { id, type: type ?? '', raw, content: objectAt(raw, type ?? '') ?? {}, container, children: [] }
}

/** Every block of a tree, from the top down. */
export function* everyBlock(blocks: readonly Block[]): Generator<Block, void, undefined> {
  const open = [...blocks].reverse()
  for (let block = open.pop(); block; block = open.pop()) {
    yield block
    open.push(...block.children.toReversed())
  }
}
