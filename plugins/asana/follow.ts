/** What became of single tasks, and of all that was below something that is gone. */
import type { Known } from '../../core/plugin.ts'
import { readIfThere } from './api.ts'
import { taskFields } from './fields.ts'
import { homeOf, lookUp, placeOf } from './place.ts'
import { type Changes, type Run, type Trail, taskType } from './run.ts'
import { gidOf, type Identified, objectAt } from './shape.ts'
import { type Held, type Pass, putTasks, toHeld } from './tree.ts'

/** A pass for tasks that something has happened to: each is read whole, and below it what is new or has moved. */
export function followingPass(run: Run): Pass {
  return {
    seen: new Map(),
    held: gid => heldTask(run, gid),
    keepBelow() {},
    rereads: () => false,
    descends: () => false,
    isListing: false,
  }
}

/** Brings one task up to date, wherever it is now; one that is gone, or belongs nowhere any more, is removed. */
export async function* followTask(
  run: Run,
  gid: string,
  pass: Pass,
  leaving: ReadonlySet<string> = new Set(),
): Changes {
  if (pass.seen.has(gid)) return
  let raw: Identified | undefined
  let trail: Trail | undefined
  try {
    raw = await readIfThere(run.context, `tasks/${encodeURIComponent(gid)}`, taskFields)
    trail = raw && (await placeOf(run, raw, leaving))
  } catch (error) {
    run.context.skip({ entityType: taskType, id: gid }, error)
    run.progress.owe(gid, { isDeep: true })
    return yield run.progress.checkpoint()
  }
  if (!raw || !trail) return yield* removeTask(run, gid, pass)
  const isDeep = run.progress.dueOf(gid)?.isDeep === true
  const own = isDeep ? { rereads: () => true, descends: () => true } : { rereads: (one: Identified) => one.gid === gid }
  yield* putTasks(run, [{ raw, trail }], { ...pass, ...own, isListing: false })
}

/** The task goes last, so that a removal that was interrupted is begun again. */
export async function* removeTask(run: Run, gid: string, pass: Pass): Changes {
  run.progress.settle(gid)
  if (!(await lookUp(run.context, taskType, gid))) return
  yield* removeBelow(run, gid, pass)
  yield { type: 'remove', entityType: taskType, id: gid }
}

/**
 * Removes everything that is below something, but for tasks that may be elsewhere too: in a project of their own that
 * is asked for, below a task that stays, or with the person they are assigned to. Those are asked for.
 */
export async function* removeBelow(run: Run, gid: string, pass: Pass): Changes {
  const below = new Map<string, Known['raw']>()
  const trails = new Map<string, Trail>()
  for await (const { id, raw, breadcrumbs } of run.context.known({ entityType: taskType, parent: gid })) {
    below.set(id, raw && { gid: id, ...pickPlace(raw) })
    trails.set(id, breadcrumbs)
  }
  const staying = new Set<string>()
  for (const [id, raw] of below) {
    const parent = gidOf(objectAt(raw, 'parent'))
    const isElsewhere = parent !== undefined && parent !== gid && !below.has(parent)
    const isLoose = run.takesLoose && objectAt(raw, 'assignee') && run.workspaces.has(trailOf(id)[0]?.entityId ?? '')
    if (homeOf(run, raw) || isElsewhere || isLoose) staying.add(id)
  }
  for await (const { entityType, id, breadcrumbs } of run.context.known({ parent: gid })) {
    if (staying.has(id) || breadcrumbs.some(({ entityId }) => staying.has(entityId))) continue
    if (entityType === taskType) run.progress.settle(id)
    yield { type: 'remove', entityType, id }
  }
  const leaving = new Set([gid])
  for (const id of below.keys()) {
    if (!staying.has(id) && !trailOf(id).some(({ entityId }) => staying.has(entityId))) leaving.add(id)
  }
  // What is above comes first, and brings what is below it.
  const inOrder = [...staying].sort((a, b) => trailOf(a).length - trailOf(b).length)
  for (const id of inOrder) yield* followTask(run, id, pass, leaving)

  function trailOf(id: string): Trail {
    return trails.get(id) ?? []
  }
}

export async function heldTask(run: Run, gid: string): Promise<Held | undefined> {
  const known = await lookUp(run.context, taskType, gid)
  return known && toHeld(known)
}

/** As much of a task as tells where it belongs: a workspace may have more tasks than memory holds whole. */
function pickPlace({ parent = null, memberships = null, assignee = null }: NonNullable<Known['raw']>) {
  return { parent, memberships, assignee }
}
