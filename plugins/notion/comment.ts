/** Comments on a page. Source: https://developers.notion.com/reference/list-comments */
import {
  type Breadcrumb,
  type Context,
  type Entity,
  isJsonObject,
  type JsonObject,
  listAt,
  objectAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { eachOf } from './api.ts'
import { commentType } from './model.ts'
import { type Names, plainText, richText, userName } from './rich-text.ts'
import { stable } from './stable.ts'

/** The comments of a page that are not resolved. @throws Failure as `classify` says */
export async function readComments(context: Context, pageId: string): Promise<JsonObject[]> {
  const found: JsonObject[] = []
  await eachOf(
    context,
    { path: 'comments', query: { block_id: pageId }, isOfItem: true },
    object => found.push(object),
    () => found.splice(0),
  )
  return found
}

/** A comment as it is kept, its author's name with it. */
export function trimComment(comment: JsonObject, names: Names): JsonObject {
  const by = objectAt(comment, 'created_by')
  const shown = textAt(objectAt(comment, 'display_name'), 'resolved_name')
  const author = shown ?? userName(by, names)
  const id = textAt(by, 'id')
  return stable({
    ...pick(comment, ['object', 'id', 'parent', 'discussion_id', 'created_time', 'last_edited_time', 'rich_text']),
    ...(id ? { created_by: { object: 'user', id } } : {}),
    ...(author ? { content: { author } } : {}),
    attachments: listAt(comment, 'attachments').map(({ category }) => ({ category: category ?? 'file' })),
  })
}

export function commentEntity(raw: JsonObject, names: Names, breadcrumbs: readonly Breadcrumb[]): Entity {
  const author = isJsonObject(raw.content) ? textAt(raw.content, 'author') : undefined
  const attachments = listAt(raw, 'attachments').map(({ category }) => `[${String(category)}]`)
  const words = plainText(listAt(raw, 'rich_text')).replace(/\s+/g, ' ').trim()
  const created = textAt(raw, 'created_time')
  return {
    entityType: commentType,
    id: textAt(raw, 'id') ?? '',
    name: shortened(words) || 'Comment',
    text: [richText(listAt(raw, 'rich_text'), names), ...attachments].filter(part => part !== '').join('\n\n'),
    author,
    breadcrumbs,
    createdAt: created,
    updatedAt: textAt(raw, 'last_edited_time') ?? created,
    raw,
  }
}

function shortened(text: string): string {
  const characters = [...text]
  return characters.length <= 80 ? text : `${characters.slice(0, 79).join('').trimEnd()}…`
}
