/** A database as an entity: its description, and the properties of its data sources. */
import {
  type Breadcrumb,
  type Entity,
  isJsonObject,
  type JsonObject,
  listAt,
  objectAt,
  textAt,
} from '../../core/plugin.ts'
import { type Content, contentVersion, databaseType, type Item } from './model.ts'
import { plainText, richText } from './rich-text.ts'
import { namesOf, type Run } from './run.ts'

export function databaseEntity(run: Run, item: Item, breadcrumbs: readonly Breadcrumb[]): Entity {
  const { raw, id, title } = item
  const sources = listAt(raw, 'data_sources')
  const names = namesOf(run)
  const parts = [
    richText(listAt(raw, 'description'), names),
    ...sources.flatMap(source => [sources.length > 1 ? `## ${sourceName(source)}` : '', schemaText(source)]),
  ]
  const people = [raw, ...sources].flatMap(object => [
    textAt(objectAt(object, 'last_edited_by'), 'id'),
    textAt(objectAt(object, 'created_by'), 'id'),
  ])
  const block = textAt(item.parent, 'block_id')
  const home = block === undefined ? undefined : run.tree.homeOf(block)
  const content: Content = { version: contentVersion, head: '', body: '', ...(home ? { home } : {}) }
  return {
    entityType: databaseType,
    id,
    name: title,
    text: parts.filter(part => part !== '').join('\n\n'),
    url: item.url,
    author: people.flatMap(person => (person && names.user(person)) ?? []).find(name => name !== ''),
    breadcrumbs,
    createdAt: textAt(raw, 'created_time') ?? sources.map(source => textAt(source, 'created_time')).find(Boolean),
    updatedAt: item.edited || undefined,
    raw: { ...raw, content },
  }
}

function sourceName(source: JsonObject): string {
  return plainText(listAt(source, 'title')) || (textAt(source, 'name') ?? 'Untitled')
}

function schemaText(source: JsonObject): string {
  return Object.entries(objectAt(source, 'properties') ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([name, property]) => (isJsonObject(property) ? [`- ${name}${kindText(property)}`] : []))
    .join('\n')
}

function kindText(property: JsonObject): string {
  const type = textAt(property, 'type')
  if (!type) return ''
  const options = listAt(objectAt(property, type), 'options').map(option => textAt(option, 'name') ?? '')
  const about = textAt(property, 'description')
  return ` (${type.replaceAll('_', ' ')}${options.length > 0 ? `: ${options.join(', ')}` : ''})${about ? `: ${about}` : ''}`
}
