/**
 * What Asana holds, and what happens when people change it: `modified_at` moves as Asana documents it, and events go to
 * every project that the task, or a task above it, is in.
 */
import type { JsonObject } from '../../core/plugin.ts'
import type { AsanaStory, AsanaTask, AsanaWorld } from './fake-asana-types.ts'

export function createAsanaWorld(): AsanaWorld {
  let gids = 1_200_000_000_000_000
  let ticks = 0
  const gid = () => String(++gids)
  const now = () => new Date(Date.UTC(2026, 0, 10) + ticks * 1000).toISOString()

  const world: AsanaWorld = {
    me: '',
    users: new Map(),
    workspaces: new Map(),
    projects: new Map(),
    sections: new Map(),
    tasks: new Map(),
    stories: new Map(),
    attachments: new Map(),
    events: [],
    isSilent: false,
    now,
    projectsAbove,
    addUser(name, workspaces) {
      const user = { gid: gid(), name, workspaces }
      world.users.set(user.gid, user)
      return user.gid
    },
    addWorkspace(name) {
      const workspace = { gid: gid(), name, is_organization: true, email_domains: ['example.test'] }
      world.workspaces.set(workspace.gid, workspace)
      return workspace.gid
    },
    addProject(workspace, name, more = {}) {
      ticks++
      const project = {
        ...{ gid: gid(), name, workspace, isDeleted: false, archived: false, completed: false, notes: '' },
        ...{ created_at: now(), modified_at: now(), owner: world.me, privacy_setting: 'public_to_workspace' },
        ...more,
      }
      world.projects.set(project.gid, project)
      return project.gid
    },
    changeProject(gid, changes) {
      ticks++
      const project = get(world.projects, gid)
      Object.assign(project, changes, { modified_at: now() })
      tell([gid], { action: 'changed', resource: named('project', project), parent: null })
    },
    deleteProject(gid) {
      ticks++
      get(world.projects, gid).isDeleted = true
      for (const task of world.tasks.values()) {
        task.memberships = task.memberships.filter(({ project }) => project !== gid)
      }
    },
    addSection(project, name) {
      ticks++
      const section = { gid: gid(), name, project, created_at: now() }
      world.sections.set(section.gid, section)
      const parent = named('project', get(world.projects, project))
      tell([project], { action: 'added', resource: named('section', section), parent })
      return section.gid
    },
    renameSection(gid, name) {
      ticks++
      const section = get(world.sections, gid)
      section.name = name
      tell([section.project], { action: 'changed', resource: named('section', section), parent: null })
    },
    deleteSection(gid) {
      ticks++
      const { project } = get(world.sections, gid)
      world.sections.delete(gid)
      for (const task of world.tasks.values()) {
        for (const membership of task.memberships) if (membership.section === gid) membership.section = null
      }
      tell([project], { action: 'deleted', resource: { gid, resource_type: 'section' }, parent: null })
    },
    addTask(workspace, { project, section, parent, ...input }) {
      ticks++
      const task: AsanaTask = {
        ...{ gid: gid(), workspace, isDeleted: false, notes: '', completed: false, resource_subtype: 'default_task' },
        ...{ memberships: [], parent: parent ?? null, created_at: now(), modified_at: now(), created_by: world.me },
        ...{ tags: [], dependencies: [], custom_fields: [] },
        ...input,
        assignee: input.assignee ?? null,
      }
      if (project !== undefined) task.memberships.push({ project, section: section ?? null })
      world.tasks.set(task.gid, task)
      const above = parent === undefined ? undefined : named('task', get(world.tasks, parent))
      const home = project === undefined ? undefined : named('project', get(world.projects, project))
      tellOf(task.gid, 'task', task, 'added', home ?? above ?? null)
      return task.gid
    },
    changeTask(gid, changes) {
      touch(gid)
      const task = get(world.tasks, gid)
      Object.assign(task, changes)
      for (const field of Object.keys(changes)) {
        tellOf(gid, 'task', task, 'changed', null, { change: { field, action: 'changed' } })
      }
      system(gid, 'changed')
    },
    deleteTask(gid) {
      touch(gid)
      // Told while it is still known where it was.
      tellOf(gid, 'task', get(world.tasks, gid), 'deleted', null)
      for (const child of subtasks(gid)) world.deleteTask(child.gid)
      get(world.tasks, gid).isDeleted = true
    },
    undeleteTask(gid) {
      touch(gid)
      get(world.tasks, gid).isDeleted = false
      for (const task of world.tasks.values()) if (task.parent === gid) world.undeleteTask(task.gid)
      tellOf(gid, 'task', get(world.tasks, gid), 'undeleted', null)
    },
    addToProject(gid, project, section) {
      ticks++
      const task = get(world.tasks, gid)
      task.memberships = task.memberships.filter(membership => membership.project !== project)
      task.memberships.unshift({ project, section: section ?? null })
      tellOf(gid, 'task', task, 'added', named('project', get(world.projects, project)))
    },
    removeFromProject(gid, project) {
      ticks++
      const task = get(world.tasks, gid)
      tellOf(gid, 'task', task, 'removed', named('project', get(world.projects, project)))
      task.memberships = task.memberships.filter(membership => membership.project !== project)
    },
    setParent(gid, parent) {
      ticks++
      const task = get(world.tasks, gid)
      const before = task.parent
      if (before) tellOf(gid, 'task', task, 'removed', named('task', get(world.tasks, before)))
      task.parent = parent
      if (parent) tellOf(gid, 'task', task, 'added', named('task', get(world.tasks, parent)))
    },
    comment(task, text, html = `<body>${text}</body>`) {
      return addStory(task, { type: 'comment', resource_subtype: 'comment_added', text, html_text: html })
    },
    editComment(gid, text) {
      ticks++
      const story = get(world.stories, gid)
      Object.assign(story, { text, html_text: `<body>${text}</body>`, is_edited: true })
      tellOf(story.task, 'story', story, 'changed', null)
    },
    deleteComment(gid) {
      const story = get(world.stories, gid)
      touch(story.task)
      world.stories.delete(gid)
      tellOf(story.task, 'story', story, 'deleted', named('task', get(world.tasks, story.task)))
    },
    attach(task, name, content, host = 'asana') {
      touch(task)
      const attachment = { gid: gid(), name, task, content, host, created_at: now(), size: content.length }
      world.attachments.set(attachment.gid, attachment)
      tellOf(task, 'attachment', attachment, 'added', named('task', get(world.tasks, task)))
      return attachment.gid
    },
    deleteAttachment(gid) {
      const attachment = get(world.attachments, gid)
      touch(attachment.task)
      world.attachments.delete(gid)
      tellOf(attachment.task, 'attachment', attachment, 'deleted', null)
    },
  }
  return world

  function addStory(task: string, story: Pick<AsanaStory, 'type' | 'resource_subtype' | 'text' | 'html_text'>): string {
    touch(task)
    const added = { gid: gid(), task, created_at: now(), created_by: world.me, is_edited: false, ...story }
    world.stories.set(added.gid, added)
    tellOf(task, 'story', added, 'added', named('task', get(world.tasks, task)))
    return added.gid
  }

  function system(task: string, text: string): void {
    addStory(task, { type: 'system', resource_subtype: 'name_changed', text, html_text: `<body>${text}</body>` })
  }

  function touch(task: string): void {
    ticks++
    get(world.tasks, task).modified_at = now()
  }

  function subtasks(gid: string): AsanaTask[] {
    return [...world.tasks.values()].filter(task => task.parent === gid && !task.isDeleted)
  }

  function tellOf(
    task: string,
    type: string,
    object: { gid: string },
    action: string,
    parent: JsonObject | null,
    more: JsonObject = {},
  ): void {
    tell(projectsAbove(task), { action, resource: named(type, object), parent, ...more })
  }

  function projectsAbove(gid: string): string[] {
    const found = new Set<string>()
    for (let task = world.tasks.get(gid); task; task = world.tasks.get(task.parent ?? '')) {
      for (const { project } of task.memberships) found.add(project)
    }
    return [...found]
  }

  function tell(projects: readonly string[], event: JsonObject): void {
    if (world.isSilent) return
    const user = { gid: world.me, resource_type: 'user' }
    for (const project of projects) {
      const body = { user, created_at: now(), type: String((event.resource as JsonObject).resource_type), ...event }
      world.events.push({ number: world.events.length + 1, project, body })
    }
  }
}

export function get<Value>(map: ReadonlyMap<string, Value>, gid: string): Value {
  const found = map.get(gid)
  if (found === undefined) throw new Error(`there is no ${gid}`)
  return found
}

function named(type: string, object: { gid: string; name?: unknown; resource_subtype?: unknown }): JsonObject {
  const { gid, name, resource_subtype: subtype } = object
  return {
    gid,
    resource_type: type,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof subtype === 'string' ? { resource_subtype: subtype } : {}),
  }
}
