/** One workspace, as far as it is shared with the integration. */
import {
  type Account,
  type Context,
  Failure,
  type IdentifyContext,
  maxFileMb,
  objectAt,
  type Source,
  textAt,
} from '../../core/plugin.ts'
import { get } from './api.ts'
import { auditComments } from './audit.ts'
import { findRoots, readDatabases, recallDatabases, search } from './catalogue.ts'
import { createHeldBelow, removeGone } from './held-below.ts'
import { commentType, databaseType, fileType, type Kind, pageType } from './model.ts'
import { readPages } from './pages.ts'
import { readPeople, recallPeople } from './people.ts'
import { createProgress, type NotionCursor, type Progress } from './progress.ts'
import { recallPages } from './recall.ts'
import { rewrite } from './rewrite.ts'
import { readRoots } from './roots.ts'
import type { Changes, Run } from './run.ts'
import { createTree } from './tree.ts'

export const notionSource: Source<NotionCursor> = {
  shortName: 'notion',
  title: 'Notion',
  description: 'Pages with their properties and blocks, databases, comments and files.',
  labels: ['wiki', 'documents', 'collaboration'],
  // Notion has no scopes: a person chooses pages, and the integration has capabilities.
  scopes: [],
  entityTypes: [databaseType, pageType, commentType, fileType],
  configFields: [
    {
      name: 'root_pages',
      title: 'Root pages',
      description:
        'Only these pages and databases with everything below them, by id, address or title; all that is shared if empty.',
      type: 'strings',
    },
    maxFileMb,
  ],
  identify,
  sync,
}

/** @see https://developers.notion.com/reference/get-self */
async function identify(context: IdentifyContext): Promise<Account> {
  const me = await get(context, 'users/me')
  const bot = objectAt(me, 'bot')
  const owner = objectAt(objectAt(bot, 'owner'), 'user')
  const id = textAt(bot, 'workspace_id') ?? textAt(owner, 'id') ?? textAt(me, 'id')
  if (!id) throw new Failure('bad_response', 'GET /v1/users/me answered without the workspace and the user')
  return { id, name: textAt(bot, 'workspace_name') ?? textAt(owner, 'name') ?? textAt(me, 'name') ?? id }
}

/**
 * First everything that is there, by listings that cost little; then the blocks of what changed; then what follows from
 * it without asking. A full listing is the same with nothing known yet: what the store has with the same time is true.
 */
async function* sync(context: Context, cursor: NotionCursor | undefined): Changes {
  const progress = createProgress(cursor, context.now())
  const run = await begin(context, progress)
  const held = createHeldBelow(run)
  yield progress.checkpoint()

  await search(run)
  await findRoots(run)
  await recallDatabases(run)
  yield* readDatabases(run)
  await recallPages(run)
  yield* readDatabases(run)
  yield* readPages(run, held)
  yield* rewrite(run)
  yield* auditComments(run, held)
  yield* removeGone(run, held)

  // A page that could not be read is found by its id again.
  for (const id of [...progress.unlisted.keys()]) {
    if (run.tree.get('page', id)?.fate !== 'failed') progress.unlisted.delete(id)
  }
  progress.keepPending(id => run.tree.get('page', id) !== undefined)
  yield progress.checkpoint({ hasPeople: run.hasPeople, newest: run.newest })
}

async function begin(context: Context, progress: Progress): Promise<Run> {
  const people = await readPeople(context)
  return {
    context,
    progress,
    tree: createTree(context, progress.isPending),
    roots: readRoots(context.config),
    people: people ?? (progress.hadPeople ? await recallPeople(context) : new Map()),
    hasPeople: people !== undefined,
    startedMs: context.now().getTime(),
    databases: new Set(unlisted('database')),
    described: new Set(),
    sources: new Map(),
    unread: new Set(),
    bare: new Set(unlisted('page')),
    expected: new Map(),
    newest: undefined,
    weak: new Set(),
    due: new Set(),
    gone: { page: new Set(), database: new Set() },
    untouched: new Set(),
    placed: new Set(),
    commentsRefused: false,
  }

  function unlisted(kind: Kind): string[] {
    return [...progress.unlisted].filter(([, found]) => found === kind).map(([id]) => id)
  }
}
