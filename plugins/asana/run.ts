/** What one run knows while it reads. */
import type { Breadcrumb, Change, Context, JsonObject } from '../../core/plugin.ts'
import type { AsanaCursor, Progress } from './progress.ts'

export interface Run {
  context: Context
  progress: Progress
  /** Those that the configuration asks for, by gid. */
  workspaces: ReadonlyMap<string, Workspace>
  /** Those that the configuration asks for, by gid. */
  projects: ReadonlyMap<string, Project>
  /** Whether tasks outside of projects are brought in: not where the configuration names projects. */
  takesLoose: boolean
  /** How many more tasks are read again although Asana says that they did not change. */
  spare: number
}

export interface Workspace {
  gid: string
  name: string
  raw: JsonObject
  /** Names by gid; `undefined` where the token may not see who is in the workspace. */
  people: ReadonlyMap<string, string> | undefined
}

export interface Project {
  gid: string
  name: string
  raw: JsonObject
  workspace: Workspace
}

export type Trail = readonly Breadcrumb[]
export type Changes = AsyncGenerator<Change<AsanaCursor>, void, undefined>

export const workspaceType = 'asana_workspace'
export const projectType = 'asana_project'
export const sectionType = 'asana_section'
export const taskType = 'asana_task'
export const commentType = 'asana_comment'
export const attachmentType = 'asana_attachment'

export function workspaceTrail({ gid, name }: Workspace): Trail {
  return [{ entityId: gid, name, entityType: workspaceType }]
}

export function projectTrail({ gid, name, workspace }: Project): Trail {
  return [...workspaceTrail(workspace), { entityId: gid, name, entityType: projectType }]
}

export function sameTrail(a: Trail, b: Trail): boolean {
  return (
    a.length === b.length &&
    a.every(({ entityId, name }, index) => b[index]?.entityId === entityId && b[index]?.name === name)
  )
}
