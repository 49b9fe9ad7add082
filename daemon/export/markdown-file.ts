import type { EntityBody } from '../schemas/entity.ts'

export interface MarkdownOptions {
  /** The connection's name, where there is still one. */
  connection: string | undefined
  includeRaw: boolean
}

/**
 * An entity as a file: YAML front matter and its text. The same entity gives the same bytes, so that nothing is
 * written for what has not changed.
 */
export function markdownFile(entity: EntityBody, { connection, includeRaw }: MarkdownOptions): string {
  const lines = [
    line('title', entity.name),
    line('id', entity.id),
    line('entity_id', entity.entity_id),
    line('type', entity.entity_type),
    line('source', entity.source_name),
    line('connection', connection),
    line('collection', entity.collection),
    line('url', entity.url),
    line('author', entity.author),
    line('created', entity.created_at),
    line('updated', entity.updated_at),
    line('file_unread_because', entity.file_unread_because),
    ...breadcrumbs(entity),
    ...(includeRaw && entity.raw ? [`raw: ${scalar(entity.raw)}`] : []),
  ]
  const text = entity.text.toWellFormed().trimEnd()
  return `---\n${lines.filter(part => part !== undefined).join('\n')}\n---\n${text === '' ? '' : `\n${text}\n`}`
}

function line(name: string, value: string | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : `${name}: ${scalar(value.toWellFormed())}`
}

function breadcrumbs({ breadcrumbs: places }: EntityBody): string[] {
  if (places.length === 0) return []
  return ['breadcrumbs:', ...places.map(({ name }) => `  - ${scalar(name.toWellFormed())}`)]
}

/** JSON is YAML (YAML 1.2, section 1.3), but for characters that one of the two versions of YAML breaks lines at or refuses. */
function scalar(value: string | object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
