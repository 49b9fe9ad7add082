import { resolve } from 'node:path'
import type { CommandContext } from '../command-line/context.ts'
import { type ExportApi, listAll, type ResolvedFilter } from '../export/feed.ts'
import { exportFolder } from '../export/folder.ts'
import { exportLines, writeFileWhole } from '../export/lines.ts'
import type { CollectionBody } from '../schemas/collection.ts'
import type { ConnectionItemBody } from '../schemas/connection.ts'
import { atDesk } from './desk.ts'
import { pickConnection } from './find.ts'

export interface ExportCall {
  format: 'jsonl' | 'markdown'
  output: string | undefined
  collection: readonly string[]
  source: readonly string[]
  connection: readonly string[]
  type: readonly string[]
  raw: boolean
}

export function runExport(call: ExportCall, context: CommandContext): Promise<void> {
  return atDesk(context, async api => {
    const collections = await collectionsOf(api, call.collection)
    const filter: ResolvedFilter = {
      sources: call.source.toSorted(),
      types: call.type.toSorted(),
      connections: await connectionsOf(api, call.connection),
    }
    const options = { api, collections, filter, includeRaw: call.raw, signal: context.signal }
    if (call.format === 'markdown') return toFolder(options, call, context)
    return toLines(options, call.output, context)
  })
}

interface Options {
  api: ExportApi
  collections: readonly CollectionBody[]
  filter: ResolvedFilter
  includeRaw: boolean
  signal: AbortSignal
}

async function toLines(options: Options, output: string | undefined, context: CommandContext): Promise<void> {
  const draw = (entities: number) => context.draw?.(`${entities} entities`)
  if (output === undefined || output === '-') {
    const count = await exportLines({ ...options, write: context.write, onProgress: () => undefined })
    context.tell(`${count} entities`)
    return
  }
  const path = resolve(context.folder, output)
  const entities = await writeFileWhole(path, write => exportLines({ ...options, write, onProgress: draw }))
  context.draw?.(undefined)
  await context.answer({ path, entities }, [`${entities} entities are in ${path}`])
}

async function toFolder(options: Options, call: ExportCall, context: CommandContext): Promise<void> {
  const folder = resolve(context.folder, call.output ?? '')
  const counts = await exportFolder({
    ...options,
    ...{ output: folder, isAll: call.collection.length === 0 },
    onKept: path => context.warn(`${path} was changed by somebody else, and stays as it is`),
    onProgress: ({ written, unchanged, removed }) =>
      context.draw?.(`${written} written, ${unchanged} unchanged, ${removed} removed`),
  })
  context.draw?.(undefined)
  const { written, unchanged, removed, kept } = counts
  const others = unchanged > 0 ? `, ${unchanged} were as they are` : ''
  const stayed = kept > 0 ? `; ${kept} that somebody else changed stay` : ''
  await context.answer({ path: folder, ...counts }, [
    `${folder}: ${written} written, ${removed} removed${others}${stayed}`,
  ])
}

async function collectionsOf(api: ExportApi, named: readonly string[]): Promise<CollectionBody[]> {
  if (named.length === 0) return listAll<CollectionBody>(api, '/collections')
  const wanted = [...new Set(named)]
  return Promise.all(wanted.map(id => api.ask<CollectionBody>('GET', `/collections/${encodeURIComponent(id)}`)))
}

/** Their ids. @throws Failure `not_found`, `invalid` */
async function connectionsOf(api: ExportApi, named: readonly string[]): Promise<string[]> {
  if (named.length === 0) return []
  const all = await listAll<ConnectionItemBody>(api, '/source-connections')
  return named.map(text => pickConnection(all, text).id).toSorted()
}
