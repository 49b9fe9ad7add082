import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import { clean, toJson } from '../command-line/text.ts'
import type { EntityBody } from '../schemas/entity.ts'
import { createBell, watchActivity } from './activity.ts'
import type { Client } from './client.ts'
import { type Cursors, readCursors, writeCursors } from './cursor-file.ts'
import { findConnection, listCollections } from './find.ts'
import { interruption, whileUnreachable } from './patience.ts'

export const changes = defineCommand({
  name: 'changes',
  group: 'read',
  summary: 'every entity as a line of JSON, and what changes from then on with --follow',
  description: [
    'Each line is an entity as the API shows it, in the order of their last change; "change" says whether it is new, updated or deleted. Lines are JSON with and without --json. Without --collection, all collections are listed one after the other.',
    'With --cursor-file, it goes on where it ended: the file is written after the lines of a page have been taken by the reader, so that nothing is lost, and nothing comes twice but what was being written when the machine or the process was killed. Ctrl-C and SIGTERM end it between pages.',
    'With --follow it stays, and waits for changes while inlet restarts, too.',
  ],
  options: {
    collection: { value: 'COLLECTION', multiple: true, description: 'only of this one', completes: 'collection' },
    connection: { value: 'CONNECTION', description: 'only of this connection', completes: 'connection' },
    type: { value: 'TYPE', description: 'only entities of this type' },
    follow: { short: 'f', description: 'stay, and give what changes as it comes' },
    after: { value: 'CURSOR', description: 'only what changed since this cursor; for one collection' },
    'cursor-file': { value: 'FILE', description: 'go on where the last call with this file ended', completes: 'file' },
    'from-now': { description: 'leave out what is there already (where the cursor file has no cursor yet)' },
    'no-raw': { description: "leave out the providers' own objects" },
  },
  examples: [
    { command: "inlet changes --collection my-life | jq -r '.name'", says: 'Everything there is, once' },
    {
      command: 'inlet changes --follow --cursor-file seen.json | while read -r line; do echo "$line"; done',
      says: 'Each change once, over restarts of both sides',
    },
    { command: 'inlet changes --follow --from-now --type gmail_message', says: 'New mail, from now on' },
  ],
  exits: { 5: clientExits[5], 6: 'there is no such collection or connection', 7: clientExits[7], 130: 'interrupted' },
  async run({ options }, context) {
    const { after, follow, 'from-now': fromNow, 'cursor-file': file } = options
    if ([after !== undefined, file !== undefined].filter(Boolean).length > 1)
      throw misuse('inlet changes takes --after or --cursor-file', 'changes')
    if (after !== undefined && (options.collection.length !== 1 || fromNow))
      throw misuse('inlet changes takes --after with one --collection, and without --from-now', 'changes')
    const { signal, clock } = context
    const client = await context.client()
    const connectionId =
      options.connection === undefined ? undefined : (await findConnection(client, options.connection)).id
    const cursors: Cursors = file === undefined ? new Map() : await readCursors(file, context.folder)
    if (after !== undefined) cursors.set(String(options.collection[0]), after)
    const query = { connectionId, type: options.type, isBare: options['no-raw'] }
    const save = () => (file === undefined ? undefined : writeCursors(file, context.folder, cursors))

    /** Gives what there is until there is no more. */
    const drain = async () => {
      const named = options.collection.length > 0 ? options.collection : await collectionsOf(client)
      for (const collection of named) {
        if (fromNow && !cursors.has(collection)) {
          cursors.set(collection, await endOf(client, collection, query, signal))
          await save()
        }
        for await (const page of pages(client, collection, query, cursors.get(collection), signal)) {
          if (page.entities.length > 0) await context.write(page.entities.map(entity => toJson(entity)).join('\n'))
          const isNew = cursors.get(collection) !== page.next_cursor
          cursors.set(collection, page.next_cursor)
          if (isNew) await save()
        }
      }
    }
    if (!follow) {
      await drain()
      if (file === undefined)
        for (const [name, cursor] of cursors) context.tell(`next cursor of ${clean(name)}: ${cursor}`)
      return
    }
    const bell = createBell(clock)
    const watching = watchActivity(client, bell, context)
    try {
      for (;;) {
        const since = bell.rung()
        await whileUnreachable(drain, {
          clock,
          signal,
          onLost: ({ message }) => context.warn(`${message}; waiting for it`),
        })
        await bell.wait(since, watching.isBusy() ? busyMs : quietMs, signal)
      }
    } finally {
      watching.stop()
    }
  },
})

/** Between looks while jobs run, and while nothing is known to happen, in milliseconds. */
const busyMs = 1000
const quietMs = 30_000

interface Query {
  connectionId: string | undefined
  type: string | undefined
  isBare: boolean
}

interface Page {
  entities: EntityBody[]
  next_cursor: string
}

async function collectionsOf(client: Client): Promise<string[]> {
  return (await listCollections(client)).map(({ readable_id }) => readable_id)
}

/** @throws Failure `cancelled` between pages, once it is interrupted */
async function* pages(
  client: Client,
  collection: string,
  { connectionId, type, isBare }: Query,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const query = new URLSearchParams({ limit: '1000' })
  if (connectionId !== undefined) query.set('source_connection_id', connectionId)
  if (type !== undefined) query.set('entity_type', type)
  if (isBare) query.set('include_raw', 'false')
  if (after !== undefined) query.set('after', after)
  for (;;) {
    if (signal.aborted) throw interruption()
    const page = await client.ask<Page>('GET', `/collections/${encodeURIComponent(collection)}/entities?${query}`)
    yield page
    if (page.entities.length === 0) return
    query.set('after', page.next_cursor)
  }
}

/** The cursor after all that is there. */
async function endOf(client: Client, collection: string, query: Query, signal: AbortSignal): Promise<string> {
  let end = ''
  for await (const page of pages(client, collection, { ...query, isBare: true }, undefined, signal))
    end = page.next_cursor
  return end
}
