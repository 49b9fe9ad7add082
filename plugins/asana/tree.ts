/** Tasks with all that is below them: comments, attachments, subtasks. */
import { type Change, type Failure, isSkippable, type Known, mapInOrder } from '../../core/plugin.ts'
import { listPages } from './api.ts'
import { type Details, type DetailsInput, readDetails } from './details.ts'
import { nameOf, taskEntity, taskUrl } from './entities.ts'
import { taskFields } from './fields.ts'
import { ownTrail, taskCrumb } from './place.ts'
import type { AsanaCursor } from './progress.ts'
import { attachmentType, type Changes, commentType, type Run, sameTrail, type Trail, taskType } from './run.ts'
import { gidOf, type Identified, objectAt, textAt } from './shape.ts'

export interface Placed {
  raw: Identified
  trail: Trail
}

/** One way through tasks, and how much of them it asks for. */
export interface Pass {
  /** Tasks met so far, and where. */
  seen: Map<string, Trail>
  /** What the store holds of a task. */
  held(gid: string): Held | undefined | Promise<Held | undefined>
  /** Notes that everything held below a task is still there, without looking. */
  keepBelow(gid: string): void
  /** Whether comments and attachments are read again although the task says that it did not change. */
  rereads(raw: Identified): boolean
  /** Whether subtasks are listed of a task that is neither new nor elsewhere than before. */
  descends(raw: Identified): boolean
  /** Leaves subtasks that are in a project of their own to the listing of that project. */
  isListing: boolean
}

export interface Held {
  name: string
  breadcrumbs: Trail
  /** Absent where something of the task could not be read. */
  modifiedAt: string | undefined
  assignee: string | undefined
  parent: string | undefined
}

/** Of so many tasks the comments and attachments are asked for at a time; how fast is for the pacing to say. */
const parallelTasks = 4

/** Yields tasks and what is below them, a task itself last: where it is in the store, so is the rest. */
export async function* putTasks(run: Run, tasks: readonly Placed[], pass: Pass): Changes {
  const plans: Plan[] = []
  for (const task of tasks) {
    const { raw, trail } = task
    const before = pass.seen.get(raw.gid)
    // One that was followed by itself may be below a task that turns out to have moved. A ring would have no end.
    const isMoved = before && !pass.isListing && !sameTrail(before, trail)
    if ((before && !isMoved) || trail.some(({ entityId }) => entityId === raw.gid)) continue
    pass.seen.set(raw.gid, trail)
    plans.push(await planTask(run, task, pass))
  }
  const ready = mapInOrder(plans, parallelTasks, async plan => ({ plan, details: await readDetails(run, plan) }))
  for await (const { plan, details } of ready) yield* putTask(run, plan, details, pass)
}

export function toHeld({ name, breadcrumbs, raw }: Known): Held {
  const [assignee, parent] = [gidOf(objectAt(raw, 'assignee')), gidOf(objectAt(raw, 'parent'))]
  return { name, breadcrumbs, modifiedAt: textAt(raw, 'modified_at'), assignee, parent }
}

interface Plan extends Placed, DetailsInput {
  descends: boolean
}

async function planTask(run: Run, { raw, trail }: Placed, pass: Pass): Promise<Plan> {
  const { gid } = raw
  const known = await pass.held(gid)
  const isMoved = known !== undefined && !(known.name === nameOf(raw, 'task') && sameTrail(known.breadcrumbs, trail))
  const modifiedAt = textAt(raw, 'modified_at')
  const owed = run.progress.dueOf(gid)
  const isChanged = !known || modifiedAt === undefined || known.modifiedAt !== modifiedAt
  const reads = isChanged || owed !== undefined || pass.rereads(raw)
  return {
    gid,
    raw,
    trail,
    below: [...trail, taskCrumb(raw)],
    url: taskUrl(raw),
    reads,
    descends: raw.num_subtasks !== 0 && (!known || isMoved || owed !== undefined || pass.descends(raw)),
    owedFiles: run.progress.filesOwed(gid),
    comments: known && (reads || isMoved) ? await heldOf(run, commentType, gid) : undefined,
    attachments: known && (reads || isMoved) ? await heldOf(run, attachmentType, gid) : undefined,
  }
}

async function* putTask(run: Run, plan: Plan, details: Details, pass: Pass): Changes {
  const { raw, trail, gid } = plan
  for (const entity of details.entities) yield { type: 'upsert', entity }
  for (const { entityType, id } of details.gone) yield { type: 'remove', entityType, id }
  let { failure } = details
  const below = plan.descends ? yield* putSubtasks(run, plan, pass) : undefined
  failure ??= below
  if (!plan.descends && raw.num_subtasks !== 0) pass.keepBelow(gid)

  const people = run.workspaces.get(trail[0]?.entityId ?? '')?.people
  const entity = await taskEntity(run.context, raw, trail, people)
  if (failure) run.context.skip({ parent: gid }, failure)
  if (failure) {
    const { owedFiles: files } = details
    run.progress.owe(gid, { ...(below ? { isDeep: true } : {}), ...(files.length > 0 ? { files } : {}) })
    // What is still to be done is noted before the task looks done.
    yield run.progress.checkpoint()
  } else if (plan.reads) run.progress.settle(gid)
  yield { type: 'upsert', entity }
}

/** @returns why they could not be listed */
async function* putSubtasks(
  run: Run,
  { gid, below }: Plan,
  pass: Pass,
): AsyncGenerator<Change<AsanaCursor>, Failure | undefined, undefined> {
  try {
    const path = `tasks/${encodeURIComponent(gid)}/subtasks`
    for await (const page of listPages(run.context, [{ path, isOfItem: true }], taskFields)) {
      const placed: Placed[] = []
      for (const raw of page) {
        const own = ownTrail(run, raw)
        if (!own || !pass.isListing || (await isElsewhere(run, raw, own))) placed.push({ raw, trail: own ?? below })
      }
      yield* putTasks(run, placed, pass)
    }
    return undefined
  } catch (error) {
    if (!isSkippable(error)) throw error
    pass.keepBelow(gid)
    return error
  }
}

/** The task above shows in the breadcrumbs of a task in a project of its own, whose events do not tell of its name. */
async function isElsewhere(run: Run, { gid }: Identified, trail: Trail): Promise<boolean> {
  if (run.progress.isFull) return false
  for await (const { breadcrumbs } of run.context.known({ entityType: taskType, id: gid })) {
    return !sameTrail(breadcrumbs, trail)
  }
  return false
}

async function heldOf(run: Run, entityType: string, task: string): Promise<Known[]> {
  const found: Known[] = []
  for await (const known of run.context.known({ entityType, parent: task })) {
    if (known.breadcrumbs.at(-1)?.entityId === task) found.push(known)
  }
  return found
}
