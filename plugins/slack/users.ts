/** The people of a workspace: entities of their own, and the names that texts show. */
import {
  type Change,
  type Context,
  type Entity,
  Failure,
  isFailure,
  type JsonObject,
  numberAt,
  objectAt,
  pick,
  textAt,
} from '../../core/plugin.ts'
import { largestPage, objects } from './api.ts'
import type { Progress, SlackCursor } from './progress.ts'
import { secondsToIso } from './timestamps.ts'

export const userType = 'slack_user'

/**
 * Fills `names` by id, yields everybody who has not left, and removes who has. Without `users:read` nobody is removed
 * and the names of earlier runs hold.
 */
export async function* syncUsers(
  context: Context,
  progress: Progress,
  teamUrl: string | undefined,
  names: Map<string, string>,
): AsyncGenerator<Change<SlackCursor>, void, undefined> {
  const left = new Set<string>()
  for await (const { id, name } of context.known({ entityType: userType })) {
    left.add(id)
    names.set(id, name)
  }
  try {
    for await (const user of objects(context, 'users.list', { limit: largestPage }, 'members')) {
      const id = textAt(user, 'id')
      if (!id) continue
      const name = displayName(user)
      const known = names.get(id)
      names.set(id, name)
      if (known !== undefined && known !== name && !progress.renamed.has(id)) {
        progress.renamed.add(id)
        // Before the new name is in the store, where the next run could not tell that it is new.
        yield progress.checkpoint()
      }
      // Slack lists for ever who was deactivated; their names are still of use in what they wrote.
      if (user.deleted === true) continue
      left.delete(id)
      yield { type: 'upsert', entity: userEntity(user, id, name, teamUrl) }
    }
  } catch (error) {
    if (!isFailure(error, 'scope_missing')) throw error
    const message = `${error.message}: until then people are not synced, and new ones appear by their ids`
    context.skip({ entityType: userType }, new Failure('item_forbidden', message, { cause: error }))
    return
  }
  for (const id of left) yield { type: 'remove', entityType: userType, id }
}

/** The name that Slack shows: what a person chose, else their real name, else the handle. */
export function displayName(user: JsonObject): string {
  const profile = objectAt(user, 'profile')
  return (
    textAt(profile, 'display_name') ??
    textAt(profile, 'real_name') ??
    textAt(user, 'real_name') ??
    textAt(user, 'name') ??
    textAt(user, 'id') ??
    'Unknown'
  )
}

function userEntity(user: JsonObject, id: string, name: string, teamUrl: string | undefined): Entity {
  const profile = objectAt(user, 'profile')
  const realName = textAt(profile, 'real_name') ?? textAt(user, 'real_name')
  const handle = textAt(user, 'name')
  const facts = [
    realName !== name ? realName : undefined,
    handle ? `@${handle}` : undefined,
    textAt(profile, 'title'),
    textAt(profile, 'email'),
    textAt(profile, 'phone'),
  ]
  const updated = numberAt(user, 'updated')
  return {
    entityType: userType,
    id,
    name,
    text: facts.filter(Boolean).join('\n'),
    url: teamUrl ? `${teamUrl}team/${id}` : undefined,
    updatedAt: updated ? secondsToIso(updated) : undefined,
    raw: {
      ...pick(user, [
        'id',
        'team_id',
        'name',
        'real_name',
        'is_bot',
        'is_app_user',
        'is_admin',
        'is_owner',
        'is_restricted',
        'tz',
      ]),
      profile: pick(profile ?? {}, ['display_name', 'real_name', 'title', 'email', 'phone', 'pronouns', 'fields']),
    },
  }
}
