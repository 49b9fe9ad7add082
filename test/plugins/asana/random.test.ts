import { describe, expect, it } from 'vitest'
import type { Fault } from '../../support/fake-server.ts'
import { expectQuiet, expectTruth, heldBy, type Office, openOffice, truthOf } from './office.ts'

/** A small generator of numbers from 0 to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** One thing that a person does, among what there is. */
function act({ world, things }: Office, random: () => number): string {
  const pick = <Value>(list: readonly Value[]): Value | undefined => list[Math.floor(random() * list.length)]
  const tasks = [...world.tasks.values()].filter(task => !task.isDeleted && task.workspace === things.acme)
  const projects = [...world.projects.values()].filter(one => !one.isDeleted && one.workspace === things.acme)
  const sections = [...world.sections.values()].filter(({ project }) => projects.some(({ gid }) => gid === project))
  const people = [things.me, things.ann, null]
  const word = `w${Math.floor(random() * 1000)}`
  const task = pick(tasks)
  const other = pick(tasks)
  const project = pick(projects)
  const section = pick(sections)
  const comment = pick([...world.stories.values()].filter(({ type }) => type === 'comment'))
  // An edited comment moves nothing of its task: without a project's events it shows a day later.
  const told = comment && world.projectsAbove(comment.task).length > 0
  const attachment = pick([...world.attachments.values()])
  const isAbove = (gid: string, of: string | null): boolean =>
    of !== null && (of === gid || isAbove(gid, world.tasks.get(of)?.parent ?? null))
  const actions: Record<string, () => unknown> = {
    rename: () => task && world.changeTask(task.gid, { name: word }),
    edit: () => task && world.changeTask(task.gid, { notes: word }),
    assign: () => task && world.changeTask(task.gid, { assignee: pick(people) ?? null }),
    add: () => project && world.addTask(things.acme, { name: word, project: project.gid, notes: word }),
    addLoose: () => world.addTask(things.acme, { name: word, assignee: things.ann, notes: word }),
    addBelow: () => task && world.addTask(things.acme, { name: word, parent: task.gid, notes: word }),
    remove: () => task && world.deleteTask(task.gid),
    restore: () => {
      const gone = pick([...world.tasks.values()].filter(one => one.isDeleted))
      if (gone && !(gone.parent && world.tasks.get(gone.parent)?.isDeleted)) world.undeleteTask(gone.gid)
    },
    enter: () => task && project && world.addToProject(task.gid, project.gid),
    enterSection: () => task && section && world.addToProject(task.gid, section.project, section.gid),
    leave: () => {
      const membership = task && pick(task.memberships)
      if (task && membership) world.removeFromProject(task.gid, membership.project)
    },
    lift: () => task && world.setParent(task.gid, null),
    lower: () => task && other && !isAbove(task.gid, other.gid) && world.setParent(task.gid, other.gid),
    comment: () => task && world.comment(task.gid, word),
    editComment: () => comment && told && world.editComment(comment.gid, word),
    deleteComment: () => comment && world.deleteComment(comment.gid),
    attach: () => task && world.attach(task.gid, `${word}.txt`, word),
    detach: () => attachment && world.deleteAttachment(attachment.gid),
    addSection: () => project && world.addSection(project.gid, word),
    renameSection: () => section && world.renameSection(section.gid, word),
    deleteSection: () => section && world.deleteSection(section.gid),
    addProject: () => projects.length < 6 && world.addProject(things.acme, word),
    renameProject: () => project && world.changeProject(project.gid, { name: word }),
    deleteProject: () => projects.length > 2 && project && world.deleteProject(project.gid),
  }
  const name = pick(Object.keys(actions)) ?? ''
  actions[name]?.()
  return `${name}(${task?.gid}, ${other?.gid}, ${project?.gid}, ${section?.gid}, ${word})`
}

const faults: readonly Fault[] = [
  ...[400, 401, 402, 403, 404, 429, 500, 503].map(status => ({ status, body: {} })),
  'drop',
  'truncate',
]

describe('whatever people do', () => {
  // One of many: each takes a second.
  it('the store follows, through failures and forgotten tokens', async () => {
    const random = createRandom(26)
    const office = await openOffice({ pageSize: 1 + Math.floor(random() * 3) })
    const { fake, harness } = office
    const done: string[] = []
    for (let round = 0; round < 8; round++) {
      for (let count = Math.floor(random() * 6); count >= 0; count--) done.push(act(office, random))
      if (random() < 0.2) {
        fake.expireSyncTokens()
        done.push('expire')
      }
      if (random() < 0.4) {
        const at = fake.server.requests.length + 1 + Math.floor(random() * 30)
        const fault = faults[Math.floor(random() * faults.length)]
        fake.server.fault = (_request, number) => (number === at ? fault : undefined)
        const before = [...(await heldBy(harness)).keys()]
        await harness.run().catch(() => undefined)
        fake.server.fault = undefined
        done.push(`fault ${at} ${JSON.stringify(fault)} ${fake.server.requests[at - 1]?.path}`)
        const [truth, after] = [truthOf(office.world), await heldBy(harness)]
        const lost = before.filter(key => truth.has(key) && !after.has(key))
        expect(lost, `wrongly deleted after ${done.slice(-9).join('\n')}`).toEqual([])
      }
      await harness.run()
      done.push('run')
      await expectTruth(office).catch(error => {
        throw new Error(`after: ${done.slice(-14).join('\n')}`, { cause: error })
      })
    }
    await expectQuiet(office)
    expect(done.length).toBeGreaterThan(16)
  })
})
