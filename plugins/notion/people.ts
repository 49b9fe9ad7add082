/** The people and integrations of a workspace, for their names. Source: https://developers.notion.com/reference/get-users */
import { type Context, isJsonObject, objectAt, textAt } from '../../core/plugin.ts'
import { eachOf, isOutOfReach } from './api.ts'
import { commentType, pageType } from './model.ts'

/** Names by id; `undefined` for an integration that may not read people: its texts do without. */
export async function readPeople(context: Context): Promise<ReadonlyMap<string, string> | undefined> {
  const people = new Map<string, string>()
  try {
    await eachOf(context, { path: 'users' }, user => {
      const [id, name] = [textAt(user, 'id'), textAt(user, 'name')]
      if (id && name) people.set(id, name)
    })
    return people
  } catch (error) {
    if (isOutOfReach(error)) return undefined
    throw error
  }
}

/** The names that texts in the store were written with, for a run that may not ask for them. */
export async function recallPeople(context: Context): Promise<ReadonlyMap<string, string>> {
  const people = new Map<string, string>()
  for (const entityType of [pageType, commentType]) {
    for await (const { raw } of context.known({ entityType })) {
      const id = textAt(objectAt(raw, entityType === pageType ? 'last_edited_by' : 'created_by'), 'id')
      const author = isJsonObject(raw?.content) ? textAt(raw.content, 'author') : undefined
      if (id && author) people.set(id, author)
    }
  }
  return people
}
