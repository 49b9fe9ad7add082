/** For the suite: an office in which each list has two pages, and people who change something of everything in it. */
import type { Config } from '../../../core/plugin.ts'
import { startFakeAsana } from '../../support/fake-asana.ts'
import { failure } from '../../support/fake-asana-protocol.ts'
import type { AsanaWorld } from '../../support/fake-asana-types.ts'
import type { Fixture, Paging, Truth } from '../../support/source-suite/index.ts'
import { truthOf, type Wanted } from './office.ts'

type Things = ReturnType<typeof furnish>

export async function startAsana(): Promise<Fixture> {
  // Lists of what holds everything else are of two, so that their pages are of one.
  const fake = await startFakeAsana({
    pageSize: path => (/\/(tasks\/\d+\/stories|attachments|projects\/\d+\/tasks)$/.test(path) ? 2 : 1),
  })
  const { world } = fake
  const things = furnish(world)
  return {
    endpoints: fake.endpoints,
    token: 'good-token',
    config: { workspaces: [things.acme] },
    filters: [{}, { projects: ['Launch'] }],
    truth: config => tellAll(world, config),
    change: round => change(world, things, round),
    expireCursors: () => fake.expireSyncTokens(),
    paging,
    isFile: ({ href }) => href.startsWith(fake.files.url),
    answers: {
      unauthorized: answer(401, 'Not Authorized'),
      rateLimited: seconds => ({ ...answer(429, 'Rate Limit Enforced'), headers: { 'retry-after': String(seconds) } }),
      forbidden: answer(403, 'You do not have access to this'),
      missing: answer(404, 'Unknown object'),
      tokens: accessToken => ({
        access_token: accessToken,
        token_type: 'bearer',
        expires_in: 3600,
        data: { gid: '1' },
      }),
    },
    complaints: () => [...fake.problems, ...fake.server.unknown, ...fake.files.unknown],
    close: () => fake.close(),
  }
}

const paging: readonly Paging[] = [
  ...[
    /\/workspaces$/,
    /\/users$/,
    /\/workspaces\/\d+\/projects$/,
    /\/sections$/,
    /\/projects\/\d+\/tasks$/,
    /\/1\.0\/tasks$/,
    /\/subtasks$/,
    /\/stories$/,
    /\/attachments$/,
  ].map(path => ({ path, items: ['data'], next: ['next_page', 'offset'], parameter: 'offset' })),
  { path: /\/events$/, items: ['data'], next: ['sync'], parameter: 'sync', more: ['has_more'], isLater: true },
]

function answer(status: number, message: string) {
  return { status, body: failure(status, message).body }
}

/** Of each kind and each list enough, and no more: every request of a sync is failed in turn. */
function furnish(world: AsanaWorld) {
  const [acme, home] = [world.addWorkspace('Acme'), world.addWorkspace('Home')]
  const me = world.addUser('Mia', [acme, home])
  world.me = me
  const ann = world.addUser('Ann', [acme])
  const launch = world.addProject(acme, 'Launch', { notes: 'Everything for the launch' })
  const site = world.addProject(acme, 'Site', { archived: true })
  const [todo, doing] = [world.addSection(launch, 'To do'), world.addSection(launch, 'Doing')]
  const plan = world.addTask(acme, { name: 'Plan it', project: launch, section: todo, assignee: me, notes: 'a plan' })
  const step = world.addTask(acme, { name: 'Step', parent: plan, completed: true, notes: 'small' })
  const shared = world.addTask(acme, { name: 'In two projects, and below', parent: plan, notes: 'thrice' })
  world.addToProject(shared, site)
  world.addToProject(shared, launch, doing)
  const errand = world.addTask(acme, { name: 'Errand', assignee: me, notes: 'in no project' })
  world.addTask(home, { name: 'Weeds', assignee: me, notes: 'green' })
  // Nobody's, in no project: out of everybody's sight.
  world.addTask(acme, { name: 'Lost' })
  const remark = world.comment(plan, 'looks good', '<body>looks <strong>good</strong></body>')
  world.comment(plan, 'and again')
  world.comment(step, 'below')
  world.attach(plan, 'notes.txt', 'written down')
  world.attach(plan, 'picture.png', 'no text')
  world.attach(plan, 'elsewhere.md', '', 'gdrive')
  world.changeTask(plan, { due_on: '2026-02-01' })
  return { acme, me, ann, launch, site, todo, doing, plan, step, shared, errand, remark }
}

/** Everything that can happen, in every eight rounds; what a round makes, the next ones take away again. */
function change(world: AsanaWorld, things: Things, round: number): void {
  const { acme, me, ann, launch, site, todo, doing, plan, step, shared, errand, remark } = things
  tidy(world)
  const isFirst = Math.floor(round / 8) % 2 === 0
  const task = world.addTask(acme, { name: `New ${round}`, project: launch, section: doing, notes: `new ${round}` })
  const before = find(world, `New ${round - 1}`)
  if (before) world.deleteTask(before)
  switch (round % 8) {
    case 0:
      world.changeTask(plan, { name: `Plan ${round}` })
      world.editComment(remark, `looks better ${round}`)
      break
    case 1:
      world.renameSection(doing, `Doing ${round}`)
      world.attach(task, `file ${round}.txt`, `in file ${round}`)
      break
    case 2:
      if (isFirst) world.removeFromProject(shared, launch)
      else world.addToProject(shared, launch, todo)
      world.changeTask(errand, { notes: `somewhere ${round}` })
      break
    case 3:
      for (const { gid, name } of world.projects.values()) if (name.startsWith('Project')) world.deleteProject(gid)
      world.addTask(acme, { name: `New in ${round}`, project: world.addProject(acme, `Project ${round}`), notes: 'in' })
      break
    case 4:
      world.setParent(step, isFirst ? shared : plan)
      world.changeTask(errand, { assignee: isFirst ? ann : me })
      break
    case 5: {
      const loose = world.addTask(acme, { name: 'Loose', assignee: me, notes: `loose ${round}` })
      world.addTask(acme, { name: `New below ${round}`, parent: loose, notes: `below ${round}` })
      world.changeProject(site, { name: `Site ${round}` })
      break
    }
    case 6:
      if (isFirst) world.addToProject(errand, site)
      else world.removeFromProject(errand, site)
      world.deleteTask(step)
      break
    default: {
      const loose = find(world, 'Loose')
      if (loose) world.deleteTask(loose)
      world.undeleteTask(step)
      Object.assign(world.workspaces.get(acme) ?? {}, { name: `Acme ${round}` })
    }
  }
}

function find(world: AsanaWorld, name: string): string | undefined {
  return [...world.tasks.values()].find(task => task.name === name && !task.isDeleted)?.gid
}

/** Forgets what nobody can ask for any more, so that any number of rounds take as long as one. */
function tidy({ tasks, projects, stories, attachments }: AsanaWorld): void {
  const isPassing = ({ name }: { name: string }) => /^(New|Loose|Project)/.test(name)
  for (const [gid, task] of tasks) if (task.isDeleted && isPassing(task)) tasks.delete(gid)
  for (const [gid, { type, task }] of stories) if (type === 'system' || !tasks.has(task)) stories.delete(gid)
  for (const [gid, { task }] of attachments) if (!tasks.has(task)) attachments.delete(gid)
  for (const [gid, project] of projects) if (project.isDeleted) projects.delete(gid)
}

function tellAll(world: AsanaWorld, config: Config): Truth[] {
  return [...truthOf(world, wantedBy(world, config)).keys()].map(key => {
    const [entityType = '', id = ''] = key.split(':')
    return { entityType, id, ...tell(world, entityType, id) }
  })
}

function tell({ tasks, projects, workspaces, sections, stories, attachments }: AsanaWorld, type: string, gid: string) {
  const [task, story, attachment] = [tasks.get(gid), stories.get(gid), attachments.get(gid)]
  switch (type) {
    case 'asana_task':
      return { name: task?.name, text: String(task?.notes) }
    case 'asana_comment':
      return { name: story?.text, text: story?.text.split(' ')[0] }
    case 'asana_attachment':
      return { name: attachment?.name, text: attachment?.name.endsWith('.txt') ? attachment.content : undefined }
    default:
      return { name: (workspaces.get(gid) ?? projects.get(gid) ?? sections.get(gid))?.name }
  }
}

function wantedBy({ workspaces, projects }: AsanaWorld, config: Config): Wanted {
  const isNamed = (filter: Config[string], { gid, name }: { gid: string; name: string }) =>
    !Array.isArray(filter) || filter.some(word => word === gid || word === name)
  const hasProject = (workspace: string) =>
    [...projects.values()].some(project => project.workspace === workspace && isNamed(config.projects, project))
  const isIn = (filter: Config[string], found: { gid: string; name: string } | undefined) =>
    found !== undefined && isNamed(filter, found)
  return {
    workspace: gid => isIn(config.workspaces, workspaces.get(gid)) && (!config.projects || hasProject(gid)),
    project: gid => isIn(config.projects, projects.get(gid)),
    loose: !config.projects,
  }
}
