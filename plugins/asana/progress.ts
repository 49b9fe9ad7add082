/** What a run leaves to the next one: the cursor, and how it grows. */
import type { Change } from '../../core/plugin.ts'

/** How far a list of tasks is read: those of a project, or those of a person that are in no project. */
export type ListState = {
  /** Where the project's events go on; absent where there are none yet. */
  sync?: string
  /** When the whole list was last read to its end, ISO 8601; absent while it has to be read. */
  listedAt?: string
  /** The names above the list when it was read: they are in the breadcrumbs of all of it. */
  place?: string
  /** Tasks of a full listing that was interrupted which need not be read again. */
  done?: string[]
  /** Some of it was read while nobody's name was known. */
  isAnonymous?: boolean
  /**
   * Events were lost: the listing that is due reads comments and files of every task again. These it has read so far.
   */
  healed?: string[]
  /** The task after which comments that no event tells of are read again. */
  reread?: string
  /** The sections could not be read. */
  owesSections?: boolean
}

export type AsanaCursor = {
  /** A full listing that is not over. */
  full: boolean
  /** By gid of the project, or gids of workspace and person joined by `/`. */
  lists: { [key: string]: ListState }
  /** Tasks of which something could not be read. */
  owed?: { [task: string]: Owed }
  /** The person of a large workspace who was the last to be asked for, by workspace. */
  turns?: { [workspace: string]: string }
}

export type Owed = {
  /** How often it was tried. */
  tries: number
  /** When last, ISO 8601. */
  at: string
  /** Its subtasks could not be listed: what is below it has to be read again, too. */
  isDeep?: true
  /** Attachments whose text could not be had. */
  files?: string[]
}

export interface Progress {
  /** Every entity has to be yielded: what is not is swept after the run. */
  readonly isFull: boolean
  readonly turns: Map<string, string>
  /** The tasks that earlier runs owe. */
  owed(): string[]
  /** What is owed of a task and due: in each of the next runs, then once a day. */
  dueOf(task: string): Owed | undefined
  /** Attachments of a task whose text is not there yet. */
  filesOwed(task: string): readonly string[]
  /** Notes that something of a task could not be read. */
  owe(task: string, what: Pick<Owed, 'isDeep' | 'files'>): void
  settle(task: string): void
  list(key: string): ListState
  /** Forgets the lists that are not among these. */
  retain(isWanted: (key: string) => boolean): void
  endListing(): void
  checkpoint(): Change<AsanaCursor>
}

const triesAtOnce = 5
const retryEveryMs = 24 * 60 * 60 * 1000

export function createProgress(cursor: AsanaCursor | undefined, now: Date): Progress {
  const state: AsanaCursor = structuredClone(cursor ?? { full: true, lists: {} })
  const owed = new Map(Object.entries(state.owed ?? {}))
  const turns = new Map(Object.entries(state.turns ?? {}))
  return {
    get isFull() {
      return state.full
    },
    turns,
    owed: () => [...owed.keys()],
    dueOf(task) {
      const found = owed.get(task)
      if (!found) return undefined
      const isDue = found.tries < triesAtOnce || now.getTime() - Date.parse(found.at) >= retryEveryMs
      return isDue ? found : undefined
    },
    filesOwed: task => owed.get(task)?.files ?? [],
    owe(task, what) {
      owed.set(task, { ...what, tries: (owed.get(task)?.tries ?? 0) + 1, at: now.toISOString() })
    },
    settle(task) {
      owed.delete(task)
    },
    list(key) {
      state.lists[key] ??= {}
      return state.lists[key]
    },
    retain(isWanted) {
      for (const key of Object.keys(state.lists)) if (!isWanted(key)) delete state.lists[key]
    },
    endListing() {
      state.full = false
      for (const list of Object.values(state.lists)) delete list.done
    },
    checkpoint() {
      const next: AsanaCursor = structuredClone({ full: state.full, lists: state.lists })
      if (owed.size > 0) next.owed = Object.fromEntries(owed)
      if (turns.size > 0) next.turns = Object.fromEntries(turns)
      return { type: 'checkpoint', cursor: next }
    },
  }
}
