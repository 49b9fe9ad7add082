/** Asana's own SDK against the fake: what the fake answers is what Asana's clients understand. */
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
import { afterEach, describe, expect, it } from 'vitest'
import { taskFields } from '../../../plugins/asana/fields.ts'
import { type FakeAsana, startFakeAsana } from '../../support/fake-asana.ts'
import { furnish } from './office.ts'

interface Named {
  gid: string
  name?: string
}

interface Page {
  data: Named[] | null
  nextPage?(): Promise<Page>
}

let fake: FakeAsana | undefined
afterEach(async () => {
  expect(fake?.problems).toEqual([])
  expect(fake?.server.unknown).toEqual([])
  await fake?.close()
})

async function start() {
  fake = await startFakeAsana({ pageSize: 2 })
  const things = furnish(fake.world)
  const client = new ApiClient()
  client.basePath = fake.endpoints.api ?? ''
  client.authentications = {
    ...client.authentications,
    token: { type: 'personalAccessToken', accessToken: 'good-token' },
  }
  return { fake, world: fake.world, things, client }
}

/** Every page of what the SDK calls a collection. */
async function all(first: Promise<unknown>): Promise<{ gids: string[]; pages: number }> {
  const gids: string[] = []
  let pages = 0
  for (let page = (await first) as Page; page.data; page = (await page.nextPage?.()) ?? { data: null }) {
    gids.push(...page.data.map(({ gid }) => gid))
    pages++
  }
  return { gids, pages }
}

describe("Asana's SDK", () => {
  it('lists everything, page by page', async () => {
    const { world, things, client } = await start()
    const limit = 100
    const tasks = [...world.tasks.values()].filter(({ memberships }) =>
      memberships.some(({ project }) => project === things.launch),
    )
    const ofLaunch = await all(
      new TasksApi(client).getTasksForProject(things.launch, { limit, opt_fields: taskFields.join(',') }),
    )
    expect(ofLaunch).toEqual({ gids: tasks.map(({ gid }) => gid), pages: 3 })
    expect(await all(new TasksApi(client).getTasks({ limit, project: things.launch }))).toEqual(ofLaunch)
    const mine = await all(new TasksApi(client).getTasks({ limit, assignee: 'me', workspace: things.acme }))
    expect(mine.gids).toEqual([things.step, things.errand])
    expect((await all(new TasksApi(client).getSubtasksForTask(things.plan, { limit }))).gids).toEqual([things.step])
    const workspaces = await all(new WorkspacesApi(client).getWorkspaces({ limit }))
    expect(workspaces.gids).toEqual([things.acme, things.home])
    const projects = await all(new ProjectsApi(client).getProjectsForWorkspace(things.acme, { limit }))
    expect(projects).toEqual({ gids: [things.launch, things.site, things.attic], pages: 2 })
    expect(await all(new ProjectsApi(client).getProjects({ limit, workspace: things.acme }))).toEqual(projects)
    const sections = await all(new SectionsApi(client).getSectionsForProject(things.launch, { limit }))
    expect(sections.gids).toEqual([things.todo, things.doing])
    expect((await all(new UsersApi(client).getUsers({ limit, workspace: things.acme }))).gids).toHaveLength(2)
    expect((await all(new StoriesApi(client).getStoriesForTask(things.plan, { limit }))).gids).toHaveLength(2)
    const files = await all(new AttachmentsApi(client).getAttachmentsForObject(things.shared, { limit }))
    expect(files.gids).toHaveLength(2)
  })

  it('reads one of a kind', async () => {
    const { things, client } = await start()
    const me = (await new UsersApi(client).getUser('me', {})) as { data: Named }
    expect(me.data).toMatchObject({ gid: things.me, name: 'Mia' })
    const task = (await new TasksApi(client).getTask(things.plan, { opt_fields: 'name,memberships.section.name' })) as {
      data: unknown
    }
    expect(task.data).toMatchObject({ name: 'Plan it', memberships: [{ section: { name: 'To do' } }] })
    await expect(new TasksApi(client).getTask('1', {})).rejects.toMatchObject({ status: 404 })
  })

  it('follows events from a 412 on', async () => {
    const { world, things, client } = await start()
    const events = new EventsApi(client)
    const refusal = await events.getEvents(things.launch, {}).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 412 })
    let { sync } = (refusal as { response: { body: { sync: string } } }).response.body
    world.changeTask(things.detail, { name: 'Told' })
    world.editComment(things.remark, 'told')
    world.deleteTask(things.shared)
    const told: string[] = []
    for (let hasMore = true; hasMore; ) {
      const page = (await events.getEvents(things.launch, { sync })) as unknown as {
        data: { action: string; resource: { gid: string; resource_type: string } }[]
        _response: { sync: string; has_more: boolean }
      }
      told.push(...page.data.map(({ action, resource }) => `${resource.resource_type} ${action}`))
      sync = page._response.sync
      hasMore = page._response.has_more
    }
    expect(told).toEqual(['task changed', 'story added', 'story changed', 'task deleted'])
    expect(((await events.getEvents(things.launch, { sync })) as unknown as Page).data).toEqual([])
    await expect(events.getEvents(things.site, { sync })).rejects.toMatchObject({ status: 412 })
  })
})
