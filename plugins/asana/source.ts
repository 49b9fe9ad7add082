/** The workspaces of a person, as far as the token sees them. */
import {
  type Account,
  type Change,
  type Context,
  type IdentifyContext,
  maxFileMb,
  type Source,
} from '../../core/plugin.ts'
import { putContainers, readContainers, removeMissing } from './containers.ts'
import { nameOf } from './entities.ts'
import { followingPass, followTask } from './follow.ts'
import { readMe, syncLoose } from './loose.ts'
import { type AsanaCursor, createProgress } from './progress.ts'
import { syncProject } from './projects.ts'
import { attachmentType, commentType, projectType, type Run, sectionType, taskType, workspaceType } from './run.ts'

/** So many tasks are read again where a list is, although Asana says that they did not change. */
const mostSpare = 200

export const asanaSource: Source<AsanaCursor> = {
  shortName: 'asana',
  title: 'Asana',
  description: 'Projects with their sections, tasks with subtasks, comments and attachments, and tasks in no project.',
  labels: ['project management', 'collaboration'],
  // Events and sections are open to apps with full permissions only: no narrower scope covers them.
  scopes: ['default'],
  entityTypes: [workspaceType, projectType, sectionType, taskType, commentType, attachmentType],
  configFields: [
    {
      name: 'workspaces',
      title: 'Workspaces',
      description: 'Only these workspaces or organizations, by id or name; all that the token can see if empty.',
      type: 'strings',
    },
    {
      name: 'projects',
      title: 'Projects',
      description: 'Only these projects, by id or name, and no tasks outside of them; everything if empty.',
      type: 'strings',
    },
    maxFileMb,
  ],
  identify,
  sync,
}

/** @see https://developers.asana.com/reference/getuser */
async function identify(context: IdentifyContext): Promise<Account> {
  const me = await readMe(context)
  return { id: me.gid, name: nameOf(me, 'user') }
}

/**
 * Workspaces and projects first, whose names the rest shows; then each project's events, or its tasks where those may
 * have missed something; then the tasks in no project. A full listing is the same with nothing read yet.
 */
async function* sync(
  context: Context,
  cursor: AsanaCursor | undefined,
): AsyncGenerator<Change<AsanaCursor>, void, undefined> {
  const progress = createProgress(cursor, context.now())
  const { unread, ...containers } = await readContainers(context)
  const run: Run = { context, progress, spare: mostSpare, ...containers }
  const owed = progress.owed().filter(gid => progress.dueOf(gid))

  yield* putContainers(run)
  for (const project of run.projects.values()) yield* syncProject(run, project)
  if (run.takesLoose) {
    for (const workspace of run.workspaces.values()) {
      // What is in which project cannot be told there.
      if (!unread.has(workspace.gid)) yield* syncLoose(run, workspace)
    }
  }
  // Tasks outlive their project: by now most of them are where they belong.
  if (!progress.isFull) yield* removeMissing(run, unread)
  const pass = followingPass(run)
  if (unread.size === 0) for (const gid of owed) if (progress.dueOf(gid)) yield* followTask(run, gid, pass)
  progress.endListing()
  yield progress.checkpoint()
}
