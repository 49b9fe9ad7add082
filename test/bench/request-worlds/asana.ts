/** Asana: the strict fake with pages of a hundred, and Asana's own client. */
import {
  ApiClient,
  AttachmentsApi,
  EventsApi,
  ProjectsApi,
  SectionsApi,
  StoriesApi,
  TasksApi,
  UsersApi,
  WorkspacesApi,
} from 'asana'
import { type FakeAsana, startFakeAsana } from '../../support/fake-asana.ts'
import { type Account, inWords, numbersTo, unlimited, type World } from './world.ts'

const people = 5
const projects = 10

export const asanaWorld: World = {
  shortName: 'asana',
  full: 1000,
  what: size => `${inWords(size)} tasks with comments in ${projects} projects`,
  async start(size) {
    const fake = await startFakeAsana({ pageSize: 100, eventsAtOnce: 100 })
    const { world } = fake
    const workspace = world.addWorkspace('Acme')
    const users = numbersTo(people).map(index => world.addUser(`Person ${index}`, [workspace]))
    world.me = users[0] ?? ''
    const homes = numbersTo(projects).map(index => {
      const project = world.addProject(workspace, `Project ${index}`)
      return { project, section: world.addSection(project, 'To do') }
    })
    for (const index of numbersTo(size)) {
      const assignee = users[index % users.length] ?? world.me
      // One of twenty is in no project.
      const home = index % 20 === 19 ? {} : homes[index % homes.length]
      const task = world.addTask(workspace, { name: `Task ${index}`, assignee, ...home })
      world.comment(task, `About task ${index}`)
    }
    const { server, files } = fake
    return {
      providers: { asana: { endpoints: fake.endpoints, limits: { ...unlimited, concurrent: 4 } } },
      entities: 1 + projects * 2 + size * 2,
      requests: () => server.requests.length + files.requests.length,
      asked: () => server.requests,
      sdk: asanaLoops(fake),
      close: () => fake.close(),
    }
  },
}

interface Named {
  gid: string
  resource_subtype?: string
}

interface Page {
  data: Named[] | null
  nextPage?(): Promise<Page>
}

/** https://developers.asana.com/docs/pagination and https://developers.asana.com/reference/events */
function asanaLoops(fake: FakeAsana): Account['sdk'] {
  const client = new ApiClient()
  client.basePath = fake.endpoints.api ?? ''
  client.authentications = {
    ...client.authentications,
    token: { type: 'personalAccessToken', accessToken: 'good-token' },
  }
  const tasks = new TasksApi(client)
  const stories = new StoriesApi(client)
  const limit = 100
  const places = new Map<string, string>()
  const persons: { workspace: string; assignee: string }[] = []
  return {
    async first() {
      const workspaces = await all(new WorkspacesApi(client).getWorkspaces({ limit }))
      let entities = workspaces.length
      for (const { gid: workspace } of workspaces) {
        const projects = await all(new ProjectsApi(client).getProjectsForWorkspace(workspace, { limit }))
        for (const { gid } of projects) entities += 1 + (await readProject(gid))
        for (const { gid: assignee } of await all(new UsersApi(client).getUsers({ limit, workspace }))) {
          persons.push({ workspace, assignee })
          entities += await readTasks(
            tasks.getTasks({ limit, assignee, workspace, opt_fields: 'projects,num_subtasks' }),
            true,
          )
        }
      }
      return entities
    },
    async quiet() {
      for (const workspace of new Set(persons.map(person => person.workspace))) {
        await all(new ProjectsApi(client).getProjectsForWorkspace(workspace, { limit }))
      }
      const events = new EventsApi(client)
      for (const [project, sync] of places) await events.getEvents(project, { sync })
      for (const person of persons) await all(tasks.getTasks({ limit, ...person }))
    },
  }

  async function readProject(project: string): Promise<number> {
    const refusal: unknown = await new EventsApi(client).getEvents(project, {}).catch((error: unknown) => error)
    places.set(project, (refusal as { response: { body: { sync: string } } }).response.body.sync)
    const sections = await all(new SectionsApi(client).getSectionsForProject(project, { limit }))
    return (
      sections.length +
      (await readTasks(tasks.getTasksForProject(project, { limit, opt_fields: 'num_subtasks' }), false))
    )
  }

  async function readTasks(first: Promise<unknown>, isLoose: boolean): Promise<number> {
    let entities = 0
    for (const task of await all(first)) {
      if (isLoose && (task as unknown as { projects: unknown[] }).projects.length > 0) continue
      const told = await all(stories.getStoriesForTask(task.gid, { limit, opt_fields: 'resource_subtype' }))
      const files = await all(new AttachmentsApi(client).getAttachmentsForObject(task.gid, { limit }))
      entities += 1 + told.filter(story => story.resource_subtype === 'comment_added').length + files.length
    }
    return entities
  }
}

/** Every page of what the SDK calls a collection. */
async function all(first: Promise<unknown>): Promise<Named[]> {
  const found: Named[] = []
  for (let page = (await first) as Page; page.data; page = (await page.nextPage?.()) ?? { data: null }) {
    found.push(...page.data)
  }
  return found
}
