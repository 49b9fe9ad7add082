/** The tasks of a project: listed once, followed by its events, and listed again where those may have missed something. */
import { listPages } from './api.ts'
import { askEvents, readEvents } from './events.ts'
import { taskFields } from './fields.ts'
import { followingPass, followTask, heldTask, removeTask } from './follow.ts'
import { homeOf, ownTrail } from './place.ts'
import type { ListState } from './progress.ts'
import { type Changes, type Project, projectTrail, type Run, type Trail, taskType } from './run.ts'
import { syncSections } from './sections.ts'
import { compareGids, type Identified } from './shape.ts'
import { type Held, type Pass, type Placed, putTasks, toHeld } from './tree.ts'

/** Asana keeps events for a day, and gives each at most once: what slipped through is found once a day. */
export const listEveryMs = 24 * 60 * 60 * 1000

/** Brings one project up to date. A project that refuses keeps what the store has of it, and its place in the cursor. */
export async function* syncProject(run: Run, project: Project): Changes {
  const { context, progress } = run
  const state = progress.list(project.gid)
  const place = placeName(projectTrail(project))
  try {
    yield* followEvents(run, project)
    if (state.owesSections) yield* syncSections(run, project)
    const isNamed = project.workspace.people !== undefined
    if (state.sync !== undefined && !isDue(state, place, context.now()) && !(state.isAnonymous && isNamed)) return
    if (state.sync === undefined) yield* beginEvents(run, project)
    delete state.listedAt
    yield* listProject(run, project)
    state.listedAt = context.now().toISOString()
    state.place = place
    delete state.done
    delete state.healed
    state.isAnonymous = !isNamed
    yield progress.checkpoint()
    // What happened while it was listed, or since a listing that was interrupted.
    yield* followEvents(run, project)
  } catch (error) {
    context.skip({ parent: project.gid }, error)
    delete state.listedAt
  }
}

/** Whether a list has to be read as a whole. */
export function isDue({ listedAt, place }: ListState, placeNow: string, now: Date): boolean {
  return listedAt === undefined || place !== placeNow || now.getTime() - Date.parse(listedAt) >= listEveryMs
}

/** The names above a list, to notice a new one. */
export function placeName(trail: Trail): string {
  return trail.map(({ name }) => name).join('\n')
}

/** Drains the events; the place is kept after each page, when everything in it has been dealt with. */
async function* followEvents(run: Run, project: Project): Changes {
  const state = run.progress.list(project.gid)
  while (state.sync !== undefined) {
    const answer = await askEvents(run, project.gid, state.sync)
    if (answer.type !== 'events') {
      // Whatever happened since the old place shows in no event any more.
      delete state.listedAt
      delete state.done
      state.healed = []
      if (answer.type === 'expired') state.sync = answer.sync
      else delete state.sync
      return yield run.progress.checkpoint()
    }
    const { tasks, sections, isPartial } = await readEvents(run, answer.events)
    if (sections) yield* syncSections(run, project)
    const pass = followingPass(run)
    for (const [gid, what] of tasks) {
      yield* what === 'deleted' ? removeTask(run, gid, pass) : followTask(run, gid, pass)
    }
    state.sync = answer.sync
    if (isPartial) {
      delete state.listedAt
      state.healed = []
    }
    if (tasks.size > 0 && !project.workspace.people) state.isAnonymous = true
    if (answer.events.length > 0) yield run.progress.checkpoint()
    if (!answer.hasMore) return
  }
}

/** The place is taken before anything is listed: what happens meanwhile is in the events. */
async function* beginEvents(run: Run, project: Project): Changes {
  const state = run.progress.list(project.gid)
  const answer = await askEvents(run, project.gid, undefined)
  if (answer.type === 'refused') return
  state.sync = answer.sync
  delete state.done
  yield run.progress.checkpoint()
}

/** @throws Failure `item_forbidden`, `item_missing` when the project cannot be read */
async function* listProject(run: Run, project: Project): Changes {
  const { context, progress } = run
  const state = progress.list(project.gid)
  const done = new Set(state.done)
  yield* syncSections(run, project)
  const held = new Map<string, Held>()
  if (!progress.isFull) {
    for await (const known of context.known({ entityType: taskType, parent: project.gid })) {
      held.set(known.id, toHeld(known))
    }
  }
  const met: string[] = []
  const rereads = state.healed ? healing(state, met) : taking(run, state, held.keys())
  const pass = listingPass(run, held, { rereads, descends: () => true })
  const path = `projects/${encodeURIComponent(project.gid)}/tasks`
  const routes = [
    { path, isOfItem: true },
    { path: 'tasks', query: { project: project.gid }, isOfItem: true },
  ] as const
  for await (const page of listPages(context, routes, taskFields)) {
    const tasks = page.filter(({ gid }) => !done.has(gid))
    yield* putTasks(
      run,
      tasks.flatMap(raw => placeIn(run, project, raw) ?? []),
      pass,
    )
    if (!progress.isFull) {
      state.healed?.push(...met.splice(0))
      if (state.healed) yield progress.checkpoint()
      continue
    }
    for (const { gid } of tasks) done.add(gid)
    state.done = [...done]
    yield progress.checkpoint()
  }
  yield* settleUnseen(run, [...held.keys()], pass)
}

/** A task in several projects comes with one of them; one that says nothing of projects is in the one it was found in. */
function placeIn(run: Run, project: Project, raw: Identified): Placed | undefined {
  const home = homeOf(run, raw)
  if (home && home.gid !== project.gid) return undefined
  const trail = ownTrail(run, home ? raw : { ...raw, projects: [{ gid: project.gid }] })
  return trail && { raw, trail }
}

export function listingPass(
  run: Run,
  held: ReadonlyMap<string, Held>,
  options: { rereads(raw: Identified): boolean; descends(raw: Identified): boolean },
): Pass {
  const seen = new Map<string, Trail>()
  return {
    seen,
    held: gid => (run.progress.isFull ? undefined : (held.get(gid) ?? heldTask(run, gid))),
    keepBelow(gid) {
      for (const [id, { breadcrumbs }] of held) {
        if (breadcrumbs.some(({ entityId }) => entityId === gid)) seen.set(id, breadcrumbs)
      }
    },
    rereads: options.rereads,
    descends: options.descends,
    isListing: true,
  }
}

/** Events were lost: any comment may have been edited. What an interrupted listing has read is not read again. */
function healing(state: ListState, met: string[]): (raw: Identified) => boolean {
  const healed = new Set(state.healed)
  return ({ gid }) => {
    if (healed.has(gid)) return false
    met.push(gid)
    return true
  }
}

/**
 * An edited comment does not show in its task. Where no event was lost that anybody knows of, as many tasks as the run
 * can spare are looked at anyway, in turns.
 */
export function taking(run: Run, state: ListState, gids: Iterable<string>): (raw: Identified) => boolean {
  const { reread } = state
  const all = [...gids].sort(compareGids)
  const first = all.findIndex(gid => reread !== undefined && compareGids(gid, reread) > 0)
  const taken = (first > 0 ? [...all.slice(first), ...all.slice(0, first)] : all).slice(0, run.spare)
  run.spare -= taken.length
  const last = taken.at(-1)
  if (last !== undefined) state.reread = last
  const chosen = new Set(taken)
  return ({ gid }) => chosen.has(gid)
}

/** What the store has and a whole listing did not show is asked for one by one: it may be elsewhere now. */
export async function* settleUnseen(run: Run, gids: readonly string[], pass: Pass): Changes {
  for (const gid of gids) {
    if (pass.seen.has(gid) || !(await heldTask(run, gid))) continue
    yield* followTask(run, gid, pass)
  }
}
