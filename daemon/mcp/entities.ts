/** An entity in the few words that lists have room for. */
import { z } from 'zod'
import type { EntityRow } from '../../core/store/store.ts'
import { oneLine } from './size.ts'

export const briefEntity = {
  id: z.string().meta({ description: 'For get_entity' }),
  name: z.string(),
  type: z.string().meta({ description: 'Such as gmail_message, google_drive_file or slack_message' }),
  source: z.string().meta({ description: 'Short name of the source, such as gmail' }),
  collection: z.string(),
  author: z.string().nullable(),
  date: z.string().nullable().meta({ description: 'Last updated, else created: ISO 8601 in UTC' }),
  url: z.string().nullable().meta({ description: 'Where a person opens it' }),
}

export interface BriefEntity {
  id: string
  name: string
  type: string
  source: string
  collection: string
  author: string | null
  date: string | null
  url: string | null
}

const [longestName, longestAuthor, longestUrl] = [200, 120, 1000]

export function toBrief(entity: EntityRow): BriefEntity {
  return {
    id: entity.id,
    name: oneLine(entity.name, longestName),
    type: entity.entityType,
    source: entity.sourceName,
    collection: entity.collection,
    author: entity.author === null ? null : oneLine(entity.author, longestAuthor),
    date: entity.updatedAt ?? entity.createdAt,
    url: shortUrl(entity.url),
  }
}

/** Half an address is none. */
export function shortUrl(url: string | null): string | null {
  return url !== null && url.length <= longestUrl ? url : null
}

/** The same as lines of text. */
export function briefLines(entity: BriefEntity): string[] {
  const { name, type, source, collection, author, date, url } = entity
  const about = [`${type} from ${source} in ${collection}`, author === null ? '' : `by ${author}`, date ?? '']
  const heading = name === '' ? '(without a name)' : name
  const lines = [heading, `   ${about.filter(part => part !== '').join(', ')}`, `   id ${entity.id}`]
  return url === null ? lines : [...lines, `   ${url}`]
}
