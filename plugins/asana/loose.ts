/** Tasks in no project: Asana lists them by the person they are assigned to. */
import { type IdentifyContext, isSkippable } from '../../core/plugin.ts'
import { listPages, readOne } from './api.ts'
import { noPeople } from './containers.ts'
import { taskFields, userFields } from './fields.ts'
import { homeOf, placeOf } from './place.ts'
import { isDue, listingPass, placeName, settleUnseen, taking } from './projects.ts'
import { type Changes, type Run, type Trail, taskType, type Workspace, workspaceTrail, workspaceType } from './run.ts'
import { compareGids, gidOf, type Identified, objectAt, textAt } from './shape.ts'
import { type Held, type Placed, putTasks, toHeld } from './tree.ts'

/**
 * One request for each in every run: a minute and a half at the pace of a free plan. In a larger workspace they are asked
 * for in turns, and the owner of the token always.
 */
const peopleAtOnce = 200
const owner = 'me'

/**
 * Brings the tasks of a workspace that are in no project up to date. No events tell of them, so each run lists those of
 * everybody whose turn it is: what changed, came and went shows by comparison.
 */
export async function* syncLoose(run: Run, workspace: Workspace): Changes {
  const { context, progress } = run
  const { people } = workspace
  // Whose tasks would have to be asked for is not known then.
  if (progress.isFull && !people) context.skip({ parent: workspace.gid }, noPeople(workspace))
  const held = progress.isFull ? new Map<string, Held>() : await heldLoose(run, workspace)
  for (const person of await whoseTurn(run, workspace)) {
    try {
      yield* syncPerson(run, workspace, person, held)
    } catch (error) {
      context.skip({ parent: workspace.gid }, error)
      delete progress.list(listKey(workspace, person)).listedAt
    }
  }
  // Tasks of people who have left the workspace.
  const left = people ? [...held.keys()].filter(gid => !people.has(assigneeOf(held, gid) ?? '')) : []
  yield* settleUnseen(run, left, listingPass(run, held, { rereads: () => false, descends: () => true }))
}

/** Whose token it is. @throws Failure as the status says */
export function readMe(context: IdentifyContext): Promise<Identified> {
  return readOne(context, `users/${owner}`, userFields)
}

function listKey(workspace: Workspace, person: string): string {
  return `${workspace.gid}/${person}`
}

async function* syncPerson(run: Run, workspace: Workspace, person: string, held: ReadonlyMap<string, Held>): Changes {
  const { context, progress } = run
  const state = progress.list(listKey(workspace, person))
  const place = placeName(workspaceTrail(workspace))
  const isWhole = isDue(state, place, context.now())
  if (progress.isFull && !isWhole) return
  // Nothing but a look tells of what changed below a task; for completed ones, once a day is enough.
  const own = [...held.keys()].filter(gid => assigneeOf(held, gid) === person)
  const rereads = isWhole ? taking(run, state, own) : () => false
  const pass = listingPass(run, held, { rereads, descends: raw => isWhole || raw.completed !== true })
  if (isWhole) delete state.listedAt
  const route = { path: 'tasks', query: { assignee: person, workspace: workspace.gid } }
  for await (const page of listPages(context, [route], taskFields)) {
    const roots: Placed[] = []
    for (const raw of page) {
      const trail = await rootTrail(run, workspace, raw, held)
      if (trail) roots.push({ raw, trail })
    }
    yield* putTasks(run, roots, pass)
  }
  const theirs = [...held.keys()].filter(gid => person === owner || assigneeOf(held, gid) === person)
  yield* settleUnseen(run, theirs, pass)
  if (!isWhole) return
  state.listedAt = context.now().toISOString()
  state.place = place
  yield progress.checkpoint()
}

/** The trail of a task that nothing else brings in; `undefined` for one in a project, or below a task that is held. */
async function rootTrail(
  run: Run,
  workspace: Workspace,
  raw: Identified,
  held: ReadonlyMap<string, Held>,
): Promise<Trail | undefined> {
  if (homeOf(run, raw)) return undefined
  const top = workspaceTrail(workspace)
  const parent = gidOf(objectAt(raw, 'parent'))
  const known = held.get(raw.gid)
  // Asana does not count a move as a modification.
  const isSettled = known?.modifiedAt === textAt(raw, 'modified_at') && known?.parent === parent
  if (parent === undefined || (isSettled && known?.breadcrumbs.length === 1)) return top
  return (await placeOf(run, raw))?.length === 1 ? top : undefined
}

/** What the store holds of the workspace outside of projects. */
async function heldLoose(run: Run, workspace: Workspace): Promise<Map<string, Held>> {
  const held = new Map<string, Held>()
  for await (const known of run.context.known({ entityType: taskType, parent: workspace.gid })) {
    const isLoose = known.breadcrumbs.every(({ entityType }) => entityType === workspaceType || entityType === taskType)
    if (isLoose) held.set(known.id, toHeld(known))
  }
  return held
}

/** Whom the task, or the one at the top above it, is assigned to. */
function assigneeOf(held: ReadonlyMap<string, Held>, gid: string): string | undefined {
  const root = held.get(gid)?.breadcrumbs[1]?.entityId ?? gid
  return held.get(root)?.assignee
}

async function whoseTurn(run: Run, { gid, people }: Workspace): Promise<string[]> {
  if (!people) return [owner]
  const all = [...people.keys()].sort(compareGids)
  if (run.progress.isFull || all.length <= peopleAtOnce) return all
  const last = run.progress.turns.get(gid)
  const next = all.findIndex(person => last !== undefined && compareGids(person, last) > 0)
  const turn = (next > 0 ? [...all.slice(next), ...all.slice(0, next)] : all).slice(0, peopleAtOnce)
  run.progress.turns.set(gid, turn.at(-1) ?? '')
  return [...new Set([await ownGid(run), ...turn])]
}

async function ownGid(run: Run): Promise<string> {
  try {
    return (await readMe(run.context)).gid
  } catch (error) {
    if (!isSkippable(error)) throw error
    return owner
  }
}
