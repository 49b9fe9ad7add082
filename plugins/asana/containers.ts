/** Workspaces, their people and their projects: which of them the configuration asks for, and their entities. */
import { type Context, Failure, isFailure, isSkippable } from '../../core/plugin.ts'
import { readList } from './api.ts'
import { nameOf, projectEntity, workspaceEntity } from './entities.ts'
import { projectFields, userFields, workspaceFields } from './fields.ts'
import { followingPass, removeBelow } from './follow.ts'
import { type Changes, type Project, projectType, type Run, type Workspace, workspaceType } from './run.ts'
import { filterOf, isNamed } from './shape.ts'

export interface Containers {
  workspaces: Map<string, Workspace>
  projects: Map<string, Project>
  /** Workspaces whose projects could not be listed: nothing can be said of what is in them. */
  unread: Set<string>
  takesLoose: boolean
}

/** @throws Failure where not even the workspaces can be listed */
export async function readContainers(context: Context): Promise<Containers> {
  const wantedWorkspaces = filterOf(context.config.workspaces)
  const wantedProjects = filterOf(context.config.projects)
  const takesLoose = wantedProjects.size === 0
  const found: Containers = { workspaces: new Map(), projects: new Map(), unread: new Set(), takesLoose }
  for (const raw of await readList(context, [{ path: 'workspaces' }], workspaceFields)) {
    const workspace: Workspace = { gid: raw.gid, name: nameOf(raw, 'workspace'), raw, people: undefined }
    if (!isNamed(wantedWorkspaces, workspace)) continue
    try {
      const projects = (await readProjects(context, workspace)).filter(project => isNamed(wantedProjects, project))
      // A workspace in which nothing is asked for is not asked for itself.
      if (projects.length === 0 && !takesLoose) continue
      for (const project of projects) found.projects.set(project.gid, project)
      workspace.people = await readPeople(context, workspace)
    } catch (error) {
      context.skip({ parent: workspace.gid }, error)
      found.unread.add(workspace.gid)
    }
    found.workspaces.set(workspace.gid, workspace)
  }
  return found
}

export async function* putContainers(run: Run): Changes {
  for (const workspace of run.workspaces.values()) yield { type: 'upsert', entity: workspaceEntity(workspace) }
  for (const project of run.projects.values()) {
    yield { type: 'upsert', entity: await projectEntity(run.context, project) }
  }
}

/**
 * What is gone, or has got a name that is not asked for, goes with everything in it, itself last. A full listing leaves
 * that to the sweep.
 */
export async function* removeMissing(run: Run, unread: ReadonlySet<string>): Changes {
  const { context, projects, workspaces } = run
  const missing: { entityType: string; id: string }[] = []
  for await (const { id, breadcrumbs } of context.known({ entityType: projectType })) {
    const workspace = breadcrumbs[0]?.entityId ?? ''
    if (!projects.has(id) && !unread.has(workspace)) missing.push({ entityType: projectType, id })
  }
  for await (const { id } of context.known({ entityType: workspaceType })) {
    if (!workspaces.has(id)) missing.push({ entityType: workspaceType, id })
  }
  for (const { entityType, id } of missing) {
    // One that comes back before its removal is over must begin anew.
    run.progress.retain(key => key !== id && !key.startsWith(`${id}/`))
    yield run.progress.checkpoint()
    yield* removeBelow(run, id, followingPass(run))
    yield { type: 'remove', entityType, id }
  }
}

async function readProjects(context: Context, workspace: Workspace): Promise<Project[]> {
  const gid = encodeURIComponent(workspace.gid)
  const routes = [
    { path: `workspaces/${gid}/projects` },
    { path: 'projects', query: { workspace: workspace.gid } },
  ] as const
  const projects = await readList(context, routes, projectFields)
  return projects.map(raw => ({ gid: raw.gid, name: nameOf(raw, 'project'), raw, workspace }))
}

/**
 * Guests may not see who is in a workspace, and a gateway may not tell; that is believed the second time only, since
 * the names of all authors depend on it.
 */
async function readPeople(context: Context, { gid }: Workspace): Promise<Map<string, string> | undefined> {
  const routes = [
    { path: 'users', query: { workspace: gid } },
    // The one list of Asana's that takes no limit.
    { path: `workspaces/${encodeURIComponent(gid)}/users`, query: { limit: undefined } },
  ] as const
  for (let tries = 1; ; tries++) {
    try {
      const people = await readList(context, routes, userFields)
      return people.length > 0 ? new Map(people.map(raw => [raw.gid, nameOf(raw, 'user')])) : undefined
    } catch (error) {
      if (!isSkippable(error) && !isFailure(error, 'scope_missing')) throw error
      if (tries === 2) return undefined
    }
  }
}

/** Why nothing may be swept in a workspace whose people are not known. */
export function noPeople({ gid }: Workspace): Failure {
  return new Failure('item_forbidden', `the people of workspace ${gid} cannot be listed: only own tasks are brought in`)
}
