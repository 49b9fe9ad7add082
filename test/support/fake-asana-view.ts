/** Objects of the fake Asana as it shows them: what `opt_fields` asks for, in no order, some of it new at each read. */
import type { JsonObject } from '../../core/plugin.ts'
import type { AsanaTask, AsanaWorld } from './fake-asana-types.ts'
import { get } from './fake-asana-world.ts'

export type AsanaType = 'user' | 'workspace' | 'project' | 'section' | 'task' | 'story' | 'attachment'

export interface View {
  world: AsanaWorld
  /** Where files lie. */
  files: string
  /** How often something was asked for. */
  reads: number
}

/** A stored object as Asana would give it with every field asked for. */
export function viewOf(type: AsanaType, object: object, view: View): JsonObject {
  const stored: JsonObject = { ...(structuredClone(object) as JsonObject), resource_type: type }
  const { world, reads } = view
  switch (type) {
    case 'project':
      return {
        ...stored,
        workspace: compact('workspace', world.workspaces, stored.workspace),
        owner: compact('user', world.users, stored.owner),
        permalink_url: link(stored),
      }
    case 'task':
      return taskView(stored, object as AsanaTask, view)
    case 'story': {
      const author = compact('user', world.users, stored.created_by)
      return { ...stored, created_by: author, target: compact('task', world.tasks, stored.task), num_likes: reads }
    }
    case 'attachment':
      return attachmentView(stored, view)
    default:
      return stored
  }
}

/** Only what `opt_fields` names, and gids; an object that is named without a member is its gid. */
export function selected(object: JsonObject, fields: readonly string[]): JsonObject {
  const shown: JsonObject = {}
  if (typeof object.gid === 'string') shown.gid = object.gid
  for (const name of new Set(fields.map(field => field.split('.', 1).join()))) {
    const below = fields.filter(field => field.startsWith(`${name}.`)).map(field => field.slice(name.length + 1))
    const value = object[name]
    if (value === undefined) continue
    if (Array.isArray(value)) shown[name] = value.map(item => (isObject(item) ? selected(item, below) : item))
    else shown[name] = isObject(value) ? selected(value, below) : value
  }
  return shown
}

function taskView(stored: JsonObject, task: AsanaTask, { world, reads }: View): JsonObject {
  const memberships = task.memberships.map(({ project, section }) => ({
    project: compact('project', world.projects, project),
    section: compact('section', world.sections, section),
  }))
  const tags = (stored.tags ?? []) as JsonObject[]
  const subtasks = [...world.tasks.values()].filter(({ parent, isDeleted }) => parent === task.gid && !isDeleted)
  return {
    html_notes: `<body>${String(stored.notes)}</body>`,
    ...stored,
    memberships: reads % 2 ? memberships : memberships.toReversed(),
    projects: memberships.map(({ project }) => project),
    tags: reads % 2 ? tags : tags.toReversed(),
    parent: compact('task', world.tasks, stored.parent),
    assignee: compact('user', world.users, stored.assignee),
    created_by: compact('user', world.users, stored.created_by),
    completed_by: compact('user', world.users, stored.completed_by),
    workspace: compact('workspace', world.workspaces, stored.workspace),
    num_subtasks: subtasks.length,
    num_likes: reads,
    permalink_url: link(stored),
  }
}

/** Addresses of files are signed anew at each read. */
function attachmentView(stored: JsonObject, { world, files, reads }: View): JsonObject {
  const { gid, host = 'asana', name, size = null } = stored
  const address = `${files}/${gid}/${encodeURIComponent(String(name))}?signature=${reads}`
  const isOwn = host === 'asana'
  return {
    ...stored,
    resource_subtype: host,
    parent: compact('task', world.tasks, stored.task),
    size: isOwn ? size : null,
    download_url: isOwn ? address : null,
    view_url: isOwn ? address : `https://files.example.test/${gid}`,
    permanent_url: isOwn ? `https://app.asana.com/app/asana/-/get_asset?asset_id=${gid}` : null,
  }
}

function compact(
  type: string,
  map: ReadonlyMap<string, { gid: string; name: string }>,
  gid: unknown,
): JsonObject | null {
  if (typeof gid !== 'string') return null
  const { name } = get(map, gid)
  return { gid, resource_type: type, name }
}

function link({ gid }: JsonObject): string {
  return `https://app.asana.com/0/0/${gid}`
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
