/** What the fake Asana holds, and what people can do in it. */
import type { JsonObject } from '../../core/plugin.ts'

export interface AsanaObject {
  gid: string
  name: string
  [member: string]: unknown
}

export interface AsanaProject extends AsanaObject {
  workspace: string
  isDeleted: boolean
}

export interface AsanaSection extends AsanaObject {
  project: string
}

export interface AsanaTask extends AsanaObject {
  workspace: string
  /** Project and section, in no particular order. */
  memberships: { project: string; section: string | null }[]
  parent: string | null
  assignee: string | null
  isDeleted: boolean
  modified_at: string
}

export interface AsanaStory {
  gid: string
  task: string
  type: 'comment' | 'system'
  resource_subtype: string
  created_at: string
  created_by: string
  text: string
  html_text: string
  is_edited: boolean
}

export interface AsanaAttachment extends AsanaObject {
  task: string
  content: string
  host: string
}

export interface AsanaEvent {
  number: number
  project: string
  body: JsonObject
}

export interface AsanaWorld {
  me: string
  users: Map<string, AsanaObject & { workspaces: string[] }>
  workspaces: Map<string, AsanaObject>
  projects: Map<string, AsanaProject>
  sections: Map<string, AsanaSection>
  /** In the order of their priority. */
  tasks: Map<string, AsanaTask>
  stories: Map<string, AsanaStory>
  attachments: Map<string, AsanaAttachment>
  events: AsanaEvent[]
  /** Whether what happens is told to nobody: events are given at most once. */
  isSilent: boolean
  addUser(name: string, workspaces: string[]): string
  addWorkspace(name: string): string
  addProject(workspace: string, name: string, more?: JsonObject): string
  changeProject(gid: string, changes: JsonObject): void
  deleteProject(gid: string): void
  addSection(project: string, name: string): string
  renameSection(gid: string, name: string): void
  /** Its tasks stay in the project. */
  deleteSection(gid: string): void
  addTask(workspace: string, task: TaskInput): string
  changeTask(gid: string, changes: JsonObject): void
  /** Deletes what is below it, too. */
  deleteTask(gid: string): void
  undeleteTask(gid: string): void
  addToProject(task: string, project: string, section?: string): void
  removeFromProject(task: string, project: string): void
  setParent(task: string, parent: string | null): void
  comment(task: string, text: string, html?: string): string
  editComment(gid: string, text: string): void
  deleteComment(gid: string): void
  attach(task: string, name: string, content: string, host?: string): string
  deleteAttachment(gid: string): void
  now(): string
  /** The projects whose events tell of a task. */
  projectsAbove(task: string): string[]
}

export interface TaskInput extends JsonObject {
  name: string
  project?: string
  section?: string
  parent?: string
  assignee?: string
}
