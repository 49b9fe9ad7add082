/** Where a task belongs: workspace, project, section, parent task. */
import type { Breadcrumb, Context, JsonObject, Known } from '../../core/plugin.ts'
import { readIfThere } from './api.ts'
import { nameOf } from './entities.ts'
import { taskFields } from './fields.ts'
import { type Project, projectTrail, type Run, sectionType, type Trail, taskType, workspaceTrail } from './run.ts'
import { compareGids, gidOf, listAt, objectAt } from './shape.ts'

/**
 * The trail of a task, or `undefined` if it is not one to be brought in: by its own project, else by its parent, else by
 * the person it is assigned to. The same task has the same trail whichever way it was found.
 * @param leaving tasks that are about to be removed: nothing is below them any more
 */
export async function placeOf(run: Run, raw: JsonObject, leaving: Iterable<string> = []): Promise<Trail | undefined> {
  const own = ownTrail(run, raw)
  if (own) return own
  const parent = gidOf(objectAt(raw, 'parent'))
  const above =
    parent === undefined ? undefined : await trailBelow(run, parent, new Set([gidOf(raw) ?? '', ...leaving]))
  return above ?? looseTrail(run, raw)
}

/** The trail of a task that is in a project itself. In several projects it hangs on the oldest one that is asked for. */
export function ownTrail(run: Run, raw: JsonObject): Trail | undefined {
  const home = homeOf(run, raw)
  if (!home) return undefined
  const trail: Breadcrumb[] = [...projectTrail(home)]
  const section = listAt(raw, 'memberships').find(
    membership => gidOf(objectAt(membership, 'project')) === home.gid && objectAt(membership, 'section'),
  )?.section
  const parent = objectAt(raw, 'parent')
  if (isObject(section)) trail.push(crumbOf(section, 'section', sectionType))
  if (parent) trail.push(crumbOf(parent, 'task', taskType))
  return trail
}

export function homeOf(run: Run, raw: JsonObject | undefined): Project | undefined {
  const gids = [
    ...listAt(raw, 'memberships').map(membership => gidOf(objectAt(membership, 'project'))),
    ...listAt(raw, 'projects').map(gidOf),
  ].filter(gid => gid !== undefined)
  const home = gids.filter(gid => run.projects.has(gid)).sort(compareGids)[0]
  return home === undefined ? undefined : run.projects.get(home)
}

export function taskCrumb(raw: JsonObject): Breadcrumb {
  return crumbOf(raw, 'task', taskType)
}

/** What the store holds of an entity. */
export async function lookUp(context: Context, entityType: string, id: string): Promise<Known | undefined> {
  for await (const known of context.known({ entityType, id })) return known
  return undefined
}

/** Tasks that are in no project and below no other task come with the people of the workspace. */
function looseTrail(run: Run, raw: JsonObject): Trail | undefined {
  const gid = gidOf(objectAt(raw, 'workspace'))
  const workspace = gid === undefined ? onlyOne(run.workspaces) : run.workspaces.get(gid)
  const assignee = gidOf(objectAt(raw, 'assignee'))
  if (!run.takesLoose || !workspace || assignee === undefined) return undefined
  return !workspace.people || workspace.people.has(assignee) ? workspaceTrail(workspace) : undefined
}

/** The breadcrumbs of what is below a task; `undefined` if that is gone or not one to be brought in. */
async function trailBelow(run: Run, gid: string, passed: Set<string>): Promise<Trail | undefined> {
  if (passed.has(gid)) return undefined
  passed.add(gid)
  const known = await lookUp(run.context, taskType, gid)
  if (known)
    return [...(await renewed(run, known.breadcrumbs)), { entityId: gid, name: known.name, entityType: taskType }]
  const raw = await readIfThere(run.context, `tasks/${encodeURIComponent(gid)}`, taskFields)
  if (!raw) return undefined
  const parent = gidOf(objectAt(raw, 'parent'))
  const trail =
    ownTrail(run, raw) ??
    (parent === undefined ? undefined : await trailBelow(run, parent, passed)) ??
    looseTrail(run, raw)
  return trail && [...trail, taskCrumb(raw)]
}

/** What holds a task may have got another name since the task was stored. */
async function renewed(run: Run, trail: Trail): Promise<Trail> {
  return Promise.all(
    trail.map(async crumb => {
      const { entityId, entityType } = crumb
      const found =
        entityType === sectionType
          ? await lookUp(run.context, sectionType, entityId)
          : (run.workspaces.get(entityId) ?? run.projects.get(entityId))
      return { ...crumb, name: found?.name ?? crumb.name }
    }),
  )
}

function crumbOf(raw: JsonObject, kind: string, entityType: string): Breadcrumb {
  return { entityId: gidOf(raw) ?? '', name: nameOf(raw, kind), entityType }
}

function onlyOne<Value>(map: ReadonlyMap<string, Value>): Value | undefined {
  return map.size === 1 ? [...map.values()][0] : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
