/** Reads one page: its blocks, its files and its comments. */
import { Failure, type FileText, isSkippable, type JsonObject, objectAt, textAt } from '../../core/plugin.ts'
import { isNoRoute, isOutOfReach, skippable } from './api.ts'
import { type Block, type Blocks, everyBlock, readBlocks } from './block-tree.ts'
import { readComments, trimComment } from './comment.ts'
import { type FoundFile, filesOf, readFile } from './file.ts'
import { markdown } from './markdown.ts'
import { type Content, commentType, fileType, type Item, neverWhole } from './model.ts'
import { markReference, newContent } from './page.ts'
import { namesOf, type Run } from './run.ts'

export interface Reading {
  content: Content
  files: ReadFile[]
  /** Files that stay as the store has them: their text could not be had this time. */
  keptFiles: string[]
  /** Whether the list of files is whole. */
  hasAllFiles: boolean
  /** `undefined` where they could not be read. */
  comments: JsonObject[] | undefined
  /** Blocks that other pages may show too. */
  originals: string[]
  /** Whether something of the page is missing that another run may get. */
  isWeak: boolean
}

export interface ReadFile {
  /** As in `FoundFile`, its author in `content`. */
  raw: JsonObject
  file: FileText | undefined
}

/** A page as it is now; a `Failure` is why it cannot be read whole. @throws Failure for what concerns more than it */
export async function readPage(run: Run, item: Item): Promise<Reading | Failure> {
  const [found, comments] = await Promise.all([readOrFail(run, item), commentsOrNone(run, item.id)])
  if (found instanceof Failure) return found
  const { blocks } = found
  let isWeak = found.weakness !== undefined
  if (found.weakness) run.context.skip({ entityType: fileType, parent: item.id }, skippable(found.weakness))
  if (!(await discover(run, item, blocks))) isWeak = true

  const titles = new Map<string, string>()
  const names = namesOf(run)
  const refer = (id: string, title: string) => {
    titles.set(id, title)
    return markReference(id)
  }
  const body = markdown(blocks, { ...names, refer, pageUrl: item.url })
  const synced = [...everyBlock(blocks)].filter(({ type }) => type === 'synced_block')
  const sources = [
    ...new Set(synced.flatMap(({ content }) => textAt(objectAt(content, 'synced_from'), 'block_id') ?? [])),
  ].sort()
  const originals = await originalsOf(run, sources)
  if (originals?.isPartial) isWeak = true
  const { files, kept } = await readFiles(run, item, filesOf(item, blocks))
  return {
    content: {
      ...newContent(run, item, { body, titles, sources, originals: originals?.pages }),
      ...(found.isPart ? { bodyEdited: neverWhole } : {}),
    },
    files,
    keptFiles: kept,
    hasAllFiles: found.weakness === undefined,
    comments: comments === 'weak' ? undefined : comments,
    originals: synced.filter(({ content }) => !objectAt(content, 'synced_from')).map(({ id }) => id),
    isWeak: isWeak || comments === 'weak' || kept.length > 0,
  }
}

/** Pages that are not asked for are not read, so that nobody tells of a new text in a block of theirs. */
async function originalsOf(
  { roots, tree }: Run,
  sources: readonly string[],
): Promise<{ pages: NonNullable<Content['originals']>; isPartial: boolean } | undefined> {
  if (!roots.isSet || sources.length === 0) return undefined
  const found = await Promise.all(sources.map(block => tree.locate(block)))
  const pages = found.filter(id => id !== undefined)
  return {
    pages: Object.fromEntries(pages.map(id => [id, tree.get('page', id)?.edited ?? ''])),
    isPartial: pages.length < found.length,
  }
}

/** `undefined` where comments may not be read; `weak` where these could not be. */
export async function commentsOrNone(run: Run, pageId: string): Promise<JsonObject[] | 'weak' | undefined> {
  if (run.commentsRefused) return undefined
  try {
    const names = namesOf(run)
    return (await readComments(run.context, pageId)).map(comment => trimComment(comment, names))
  } catch (error) {
    if (!isOutOfReach(error)) throw error
    if (error.status !== 403 && !isNoRoute(error)) {
      run.context.skip({ entityType: commentType, parent: pageId }, skippable(error))
      return 'weak'
    }
    // The capability to read comments is one for all pages.
    if (!run.commentsRefused) run.context.skip({ entityType: commentType }, skippable(error))
    run.commentsRefused = true
    run.progress.commentsRefused = true
    return undefined
  }
}

/** A page of which some or all blocks cannot be had is worth what is left, unless the store has it whole. */
async function readOrFail(run: Run, item: Item): Promise<Blocks | Failure> {
  try {
    return await readBlocks(run.context, item.id, !item.held || item.held.content.bodyEdited === neverWhole)
  } catch (error) {
    if (!isOutOfReach(error)) throw error
    return error
  }
}

/** Takes note of the pages and databases in the blocks. Whether all of them could be had. */
async function discover(run: Run, item: Item, blocks: readonly Block[]): Promise<boolean> {
  const { tree } = run
  let isComplete = true
  for (const { id, type, container } of everyBlock(blocks)) {
    if (type !== 'child_page' && type !== 'child_database') continue
    if (container !== item.id) tree.learnHome(container, item.id)
    if (tree.find(id)) continue
    if (type === 'child_page') {
      const answer = await tree.ask('page', id)
      if (answer instanceof Failure) {
        isComplete = false
        continue
      }
      run.gone.page.delete(id)
      run.progress.note(id, 'page')
    } else {
      run.databases.delete(id)
      run.described.delete(id)
      run.databases.add(id)
      run.expected.set(id, item.id)
      run.progress.note(id, 'database')
    }
  }
  return isComplete
}

async function readFiles(
  run: Run,
  item: Item,
  found: readonly FoundFile[],
): Promise<{ files: ReadFile[]; kept: string[] }> {
  const names = namesOf(run)
  const files: ReadFile[] = []
  const kept: string[] = []
  for (const file of found) {
    const person = ['created_by', 'last_edited_by'].map(name => textAt(objectAt(file.raw, name), 'id')).find(Boolean)
    const author = person && names.user(person)
    const raw = author ? { ...file.raw, content: { author } } : file.raw
    try {
      files.push({ raw, file: await readFile(run.context, file) })
    } catch (error) {
      if (!isSkippable(error)) throw error
      const id = textAt(file.raw, 'id') ?? ''
      run.context.skip({ entityType: fileType, id }, error)
      kept.push(id)
      if (!item.held) files.push({ raw, file: undefined })
    }
  }
  return { files, kept }
}
