/**
 * What happened in a project since it was last asked for. Whatever happens to subtasks, comments and attachments shows
 * in the project's events, too. Source: https://developers.asana.com/reference/getevents
 */
import { Failure, isFailure, isSkippable, type JsonObject } from '../../core/plugin.ts'
import { address, readIfThere } from './api.ts'
import { lookUp } from './place.ts'
import { attachmentType, commentType, type Run } from './run.ts'
import { gidOf, listAt, objectAt, textAt } from './shape.ts'

export type EventsAnswer =
  | { type: 'events'; events: JsonObject[]; sync: string; hasMore: boolean }
  /** The token was missing or is forgotten; `sync` is a fresh one, from now on. */
  | { type: 'expired'; sync: string }
  /** There are no events for this project, or not for this token. */
  | { type: 'refused' }

/** @param sync where to go on; absent to begin. @throws Failure for what concerns more than the project's events */
export async function askEvents(run: Run, project: string, sync: string | undefined): Promise<EventsAnswer> {
  const url = address(run.context, 'events')
  let answer: JsonObject
  try {
    answer = await run.context.api.get<JsonObject>(url, {
      query: { resource: project, sync },
      accept: [412],
      item: true,
    })
  } catch (error) {
    // Apps with granular scopes have no events (https://developers.asana.com/docs/oauth-scopes): the project is listed.
    if (isFailure(error, 'item_unreadable')) throw error
    if (isSkippable(error) || isFailure(error, 'scope_missing')) return { type: 'refused' }
    throw error
  }
  const next = textAt(answer, 'sync')
  if (Array.isArray(answer.data)) {
    const hasMore = answer.has_more === true
    if (hasMore && (next === undefined || next === sync)) {
      throw new Failure('bad_response', `GET ${url} says that there is more and does not say where`)
    }
    return { type: 'events', events: listAt(answer, 'data'), sync: next ?? sync ?? '', hasMore }
  }
  if (!Array.isArray(answer.errors)) throw new Failure('bad_response', `GET ${url} gave no list`)
  return next === undefined ? { type: 'refused' } : { type: 'expired', sync: next }
}

export interface Happened {
  /** Tasks that something has happened to, in order of time; what is `deleted` is gone for good. */
  tasks: Map<string, 'changed' | 'deleted'>
  sections: boolean
  /** Something happened to a task that cannot be told: a listing finds it. */
  isPartial: boolean
}

export async function readEvents(run: Run, events: readonly JsonObject[]): Promise<Happened> {
  const happened: Happened = { tasks: new Map(), sections: false, isPartial: false }
  for (const event of events) {
    const resource = objectAt(event, 'resource')
    const gid = gidOf(resource)
    const parent = objectAt(event, 'parent')
    if (gid === undefined) continue
    switch (textAt(resource, 'resource_type') ?? textAt(event, 'type')) {
      case 'task':
        happened.tasks.set(gid, event.action === 'deleted' ? 'deleted' : 'changed')
        break
      case 'story':
        note(
          happened,
          taskOf(parent) ?? (await taskAbove(run, commentType, gid)) ?? (await taskOfStory(run, gid, happened)),
        )
        break
      case 'attachment':
        note(happened, taskOf(parent) ?? (await taskAbove(run, attachmentType, gid)))
        break
      case 'section':
        happened.sections = true
        break
      default:
    }
  }
  return happened
}

/** What hangs on a task that was deleted cannot bring it back. */
function note({ tasks }: Happened, gid: string | undefined): void {
  if (gid !== undefined && !tasks.has(gid)) tasks.set(gid, 'changed')
}

function taskOf(parent: JsonObject | undefined): string | undefined {
  return parent && (textAt(parent, 'resource_type') ?? 'task') === 'task' ? gidOf(parent) : undefined
}

async function taskAbove(run: Run, entityType: string, gid: string): Promise<string | undefined> {
  return (await lookUp(run.context, entityType, gid))?.breadcrumbs.at(-1)?.entityId
}

/** Events of edited stories name no parent. */
async function taskOfStory(run: Run, gid: string, happened: Happened): Promise<string | undefined> {
  try {
    const story = await readIfThere(run.context, `stories/${encodeURIComponent(gid)}`, ['target'])
    return gidOf(objectAt(story, 'target'))
  } catch (error) {
    if (!isSkippable(error)) throw error
    happened.isPartial = true
    return undefined
  }
}
