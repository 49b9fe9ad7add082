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
  numberAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { decodeEntities } from './mrkdwn.ts'
import type { SlackCursor } from './progress.ts'
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
    'preview',
    'plain_text',
    'subject',
  ])
}

/** Ids of a message's files; a deleted file leaves a tombstone in each message. */
export function fileIds(message: JsonObject | undefined): string[] {
  return listAt(message, 'files').flatMap(file => (isDeleted(file) ? [] : (textAt(file, 'id') ?? [])))
}

/** A message as it is now, with its files; what it has lost since `previous` becomes suspect. */
export async function* putMessage(run: Run, entity: Entity, previous: JsonObject | undefined): FileChanges {
  const now = new Set(fileIds(entity.raw))
  yield* suspect(
    run,
    fileIds(previous).filter(id => !now.has(id)),
  )
  yield { type: 'upsert', entity }
  for (const file of listAt(entity.raw, 'files')) yield* putFile(run, file, entity)
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
 * Removes the files that no message shows any more, and puts the others below the oldest message that does. It comes
 * last, when the store holds no message any more that this run has found gone.
 */
export async function* settleSuspects(run: Run): FileChanges {
  const { context, progress } = run
  if (progress.suspects.size === 0) return
  const homes = new Map<string, Known>()
  for await (const message of context.known({ entityType: messageType })) {
    for (const id of fileIds(message.raw)) {
      if (!progress.suspects.has(id)) continue
      const home = homes.get(id)
      if (!home || isOlder(message.id, home.id)) homes.set(id, message)
    }
  }
  for (const id of progress.suspects) {
    const file = await firstKnown(context, { entityType: fileType, id })
    const home = homes.get(id)
    if (!home) yield { type: 'remove', entityType: fileType, id }
    else if (file?.raw) yield { type: 'upsert', entity: fileEntity(run, file.raw, id, crumbsBelow(home)) }
  }
  progress.suspects.clear()
}

async function* putFile(run: Run, file: JsonObject, message: Entity): FileChanges {
  const id = textAt(file, 'id')
  if (!id) return
  if (isDeleted(file)) {
    if (await firstKnown(run.context, { entityType: fileType, id })) yield { type: 'remove', entityType: fileType, id }
    return
  }
  // Beyond a free plan's limit, and for files of other workspaces, Slack tells the id alone.
  if (!textAt(file, 'name') && !textAt(file, 'title')) return
  const home = await otherHome(run, id, message.id)
  yield { type: 'upsert', entity: fileEntity(run, file, id, home ?? crumbsBelow(message)) }
}

/** Where the file stands already, if that is an older message which is still there. */
async function otherHome(run: Run, id: string, message: string): Promise<readonly Breadcrumb[] | undefined> {
  const known = await firstKnown(run.context, { entityType: fileType, id })
  const home = known?.breadcrumbs.at(-1)?.entityId
  if (!known || !home || !isOlder(home, message) || !run.channels.has(channelOf(home))) return undefined
  return (await firstKnown(run.context, { entityType: messageType, id: home })) && known.breadcrumbs
}

function fileEntity(run: Run, file: JsonObject, id: string, breadcrumbs: readonly Breadcrumb[]): Entity {
  const user = textAt(file, 'user')
  const created = numberAt(file, 'created') ?? numberAt(file, 'timestamp')
  const name = decodeEntities(textAt(file, 'name') ?? textAt(file, 'title') ?? id)
  const title = decodeEntities(textAt(file, 'title') ?? '')
  const facts = [
    title === name ? '' : title,
    textAt(file, 'subject'),
    textAt(file, 'plain_text') ?? textAt(file, 'preview'),
  ]
  return {
    entityType: fileType,
    id,
    name,
    text: facts.filter(Boolean).join('\n\n'),
    url: textAt(file, 'permalink'),
    author: user ? (run.names.user(user) ?? user) : textAt(file, 'username'),
    breadcrumbs,
    createdAt: created ? secondsToIso(created) : undefined,
    updatedAt: created ? secondsToIso(created) : undefined,
    raw: file,
  }
}

function crumbsBelow(message: {
  id: string
  name: string
  breadcrumbs?: readonly Breadcrumb[] | undefined
}): Breadcrumb[] {
  return [...(message.breadcrumbs ?? []), { entityId: message.id, name: message.name, entityType: messageType }]
}

function isDeleted(file: JsonObject): boolean {
  return file.mode === 'tombstone'
}

/** By time, then by channel: one order for everybody, whichever is read first. */
function isOlder(a: string, b: string): boolean {
  const [first, second] = [tsOf(a), tsOf(b)]
  return first < second || (first === second && a < b)
}
