/**
 * Files of messages. A file is one entity however many messages show it; it stands below the oldest of them, and lives
 * as long as one of them does.
 */
import {
  type Breadcrumb,
  type Change,
  type Entity,
  type JsonObject,
  type Known,
  listAt,
  mapInOrder,
  numberAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { readFile } from './file-text.ts'
import { decodeEntities } from './mrkdwn.ts'
import type { Place, SlackCursor } from './progress.ts'
import { channelOf, fileType, firstKnown, messageType, type Run, tsOf } from './run.ts'
import { secondsToIso } from './timestamps.ts'

type FileChanges = AsyncGenerator<Change<SlackCursor>, void, undefined>

/** A file as it is shown in messages, without thumbnails and what differs by reader. */
export function trimFile(file: JsonObject): JsonObject {
  return pick(file, [
    'id',
    'name',
    'title',
    'mimetype',
    'filetype',
    'pretty_type',
    'mode',
    'size',
    'user',
    'username',
    'created',
    'timestamp',
    'is_external',
    'external_type',
    'permalink',
    'url_private',
    'updated',
    'edit_timestamp',
    'preview',
    'plain_text',
    'subject',
  ])
}

/** Ids of a message's files; a deleted file leaves a tombstone in each message. */
export function fileIds(message: JsonObject | undefined): string[] {
  return listAt(message, 'files').flatMap(file => (isDeleted(file) ? [] : (textAt(file, 'id') ?? [])))
}

/** A message as it is now, with its files; what it has lost since `previous` becomes suspect. Its files wait for `settleFiles`. */
export async function* putMessage(run: Run, entity: Entity, previous: JsonObject | undefined): FileChanges {
  const now = new Set(fileIds(entity.raw))
  yield* suspect(
    run,
    fileIds(previous).filter(id => !now.has(id)),
  )
  yield { type: 'upsert', entity }
  for (const file of listAt(entity.raw, 'files')) yield* noteFile(run, file, entity)
}

/** Takes a message out of the store, if it is there. */
export async function* removeMessage(run: Run, known: Known): FileChanges {
  yield* suspect(run, fileIds(known.raw))
  yield { type: 'remove', entityType: messageType, id: known.id }
}

/** Noted before the message forgets its files: a run that ends in between would lose them for ever. */
async function* suspect(run: Run, ids: readonly string[]): FileChanges {
  const { progress } = run
  if (ids.every(id => progress.suspects.has(id))) return
  for (const id of ids) progress.suspects.add(id)
  yield progress.checkpoint()
}

/**
 * Writes each file that this run has met once, below the oldest message that shows it, and removes those that no message
 * shows any more. It comes last, when the store holds no message any more that this run has found gone.
 */
export async function* settleFiles(run: Run): FileChanges {
  const { context, progress } = run
  const { suspects, unwritten, shown } = progress
  const unsure = new Set([...suspects, ...unwritten])
  const homes = unsure.size > 0 ? await homesOf(run, unsure) : new Map<string, Known>()
  for (const id of unsure) {
    const home = homes.get(id)
    const left = unwritten.has(id)
      ? listAt(home?.raw, 'files').find(file => file.id === id && isNamed(file))
      : undefined
    const raw = shown.get(id)?.raw ?? left ?? (await firstKnown(context, { entityType: fileType, id }))?.raw
    shown.delete(id)
    if (!home) yield { type: 'remove', entityType: fileType, id }
    else if (raw) yield { type: 'upsert', entity: await fileEntity(run, raw, id, crumbsBelow(home)) }
  }
  suspects.clear()
  unwritten.clear()
  yield* writeShown(run)
}

/** The oldest message in the store that shows each of these files. */
async function homesOf({ context }: Run, files: ReadonlySet<string>): Promise<Map<string, Known>> {
  const homes = new Map<string, Known>()
  for await (const message of context.known({ entityType: messageType })) {
    for (const id of fileIds(message.raw)) {
      if (!files.has(id)) continue
      const home = homes.get(id)
      if (!home || isOlder(message.id, home.id)) homes.set(id, message)
    }
  }
  return homes
}

/** Files wait for all that shows them to be read: so many at most, in the memory and in the cursor. */
const mostShown = 500
const downloadsAtOnce = 4

async function* noteFile(run: Run, file: JsonObject, message: Entity): FileChanges {
  const { shown, unwritten } = run.progress
  const id = textAt(file, 'id')
  if (!id) return
  if (isDeleted(file)) {
    shown.delete(id)
    unwritten.delete(id)
    if (await firstKnown(run.context, { entityType: fileType, id })) yield { type: 'remove', entityType: fileType, id }
    return
  }
  // Beyond a free plan's limit, and for files of other workspaces, Slack tells the id alone.
  if (!isNamed(file)) return
  const { name, breadcrumbs } = message
  const other = shown.get(id)?.message
  const place = other && isOlder(other.id, message.id) ? other : { id: message.id, name, breadcrumbs }
  shown.set(id, { raw: file, message: place })
  if (shown.size >= mostShown) yield* writeShown(run)
}

async function* writeShown(run: Run): FileChanges {
  const { shown } = run.progress
  const entities = mapInOrder([...shown], downloadsAtOnce, async ([id, { raw, message }]) => {
    const home = await otherHome(run, id, message.id)
    return fileEntity(run, raw, id, home ?? crumbsBelow(message))
  })
  for await (const entity of entities) yield { type: 'upsert', entity }
  shown.clear()
}

/** Where the file stands already, if that is an older message which is still there. */
async function otherHome(run: Run, id: string, message: string): Promise<readonly Breadcrumb[] | undefined> {
  const known = await firstKnown(run.context, { entityType: fileType, id })
  const home = known?.breadcrumbs.at(-1)?.entityId
  if (!known || !home || !isOlder(home, message) || !run.channels.has(channelOf(home))) return undefined
  return (await firstKnown(run.context, { entityType: messageType, id: home })) && known.breadcrumbs
}

async function fileEntity(run: Run, file: JsonObject, id: string, breadcrumbs: readonly Breadcrumb[]): Promise<Entity> {
  const content = await readFile(run, file, id)
  const user = textAt(file, 'user')
  const created = numberAt(file, 'created') ?? numberAt(file, 'timestamp')
  const name = decodeEntities(textAt(file, 'name') ?? textAt(file, 'title') ?? id)
  const title = decodeEntities(textAt(file, 'title') ?? '')
  const facts = [
    title === name ? '' : title,
    textAt(file, 'subject'),
    // The preview is how the text begins.
    textAt(file, 'plain_text') ?? (content?.text === undefined ? textAt(file, 'preview') : ''),
  ]
  return {
    entityType: fileType,
    id,
    name,
    text: facts.filter(Boolean).join('\n\n'),
    file: content,
    url: textAt(file, 'permalink'),
    author: user ? (run.names.user(user) ?? user) : textAt(file, 'username'),
    breadcrumbs,
    createdAt: created ? secondsToIso(created) : undefined,
    updatedAt: created ? secondsToIso(created) : undefined,
    raw: file,
  }
}

function crumbsBelow({ id, name, breadcrumbs = [] }: Place): Breadcrumb[] {
  return [...breadcrumbs, { entityId: id, name, entityType: messageType }]
}

function isNamed(file: JsonObject): boolean {
  return textAt(file, 'name') !== undefined || textAt(file, 'title') !== undefined
}

function isDeleted(file: JsonObject): boolean {
  return file.mode === 'tombstone'
}

/** By time, then by channel: one order for everybody, whichever is read first. */
function isOlder(a: string, b: string): boolean {
  const [first, second] = [tsOf(a), tsOf(b)]
  return first < second || (first === second && a < b)
}
