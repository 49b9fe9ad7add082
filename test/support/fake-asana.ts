/**
 * An Asana that behaves as Asana documents it, and is stricter where Asana is lenient: every request and every answer
 * is compared with its specification, lists want a limit and come in small pages, page tokens are bound to their query,
 * sync tokens to their project, files lie on another host that wants no token, and addresses of files differ at each
 * read.
 */
import type { Endpoints } from '../../core/plugin.ts'
import { checkAnswer, checkQuery, operationOf } from './asana-spec.ts'
import { type Found, failure, find, many, one, Refusal, seal, unseal } from './fake-asana-protocol.ts'
import type { AsanaTask, AsanaWorld } from './fake-asana-types.ts'
import { selected, type View, viewOf } from './fake-asana-view.ts'
import { createAsanaWorld } from './fake-asana-world.ts'
import { type FakeRequest, type FakeResponse, type FakeServer, startFakeServer } from './fake-server.ts'

export interface FakeAsana {
  server: FakeServer
  /** Where files lie. */
  files: FakeServer
  endpoints: Endpoints
  world: AsanaWorld
  /** What in requests and answers was not as the specification says. */
  problems: string[]
  client: { id: string; secret: string }
  refreshToken: string
  /** Every sync token given so far becomes invalid. */
  expireSyncTokens(): void
  /** Every page token given so far becomes invalid. */
  expireOffsets(): void
  /** So many downloads are refused: an address of a file lives for two minutes. */
  killDownloads(count: number): void
  close(): Promise<void>
}

const base = '/api/1.0'

export interface FakeAsanaOptions {
  /** The most that one page of a list holds, whatever `limit` asks for; default 2. */
  pageSize?: number | ((path: string) => number)
  /** The most that one answer holds of events; default 3. */
  eventsAtOnce?: number
  /** Whether addresses of files are on Asana's own host and lead to the other one; default: on the other one. */
  redirects?: boolean
}

export async function startFakeAsana(options: FakeAsanaOptions = {}): Promise<FakeAsana> {
  const { pageSize = 2, eventsAtOnce = 3, redirects = false } = options
  const world = createAsanaWorld()
  const problems: string[] = []
  let syncEra = 0
  let offsetEra = 0
  let reads = 0
  let deadDownloads = 0

  const server = await startFakeServer([
    { method: 'POST', pattern: '/-/oauth_token', open: true, handler: refresh },
    { method: 'GET', pattern: '/-/asset/{gid}/{name}', handler: toFile },
    route('/users/{user_gid}', ({ user_gid: gid }) => one('user', find(world.users, gid === 'me' ? world.me : gid))),
    route('/users', (_params, query) => usersOf(query.get('workspace'))),
    route('/workspaces/{workspace_gid}/users', ({ workspace_gid: gid }) => usersOf(gid)),
    route('/workspaces', () => many('workspace', [...world.workspaces.values()])),
    route('/workspaces/{workspace_gid}/projects', ({ workspace_gid: gid }) => projectsOf(gid)),
    route('/projects', (_params, query) => projectsOf(query.get('workspace') ?? '')),
    route('/projects/{project_gid}/sections', ({ project_gid: gid }) => {
      const { gid: project } = liveProject(gid)
      return many(
        'section',
        [...world.sections.values()].filter(section => section.project === project),
      )
    }),
    route('/projects/{project_gid}/tasks', ({ project_gid: gid }) => tasksOf(gid)),
    route('/tasks', (_params, query) => {
      const project = query.get('project')
      return project === null ? tasksAssignedTo(query) : tasksOf(project)
    }),
    route('/tasks/{task_gid}', ({ task_gid: gid }) => one('task', liveTask(gid))),
    route('/tasks/{task_gid}/subtasks', ({ task_gid: gid }) => {
      const { gid: parent } = liveTask(gid)
      return many(
        'task',
        liveTasks().filter(task => task.parent === parent),
      )
    }),
    route('/tasks/{task_gid}/stories', ({ task_gid: gid }) => {
      const { gid: task } = liveTask(gid)
      return many(
        'story',
        [...world.stories.values()].filter(story => story.task === task),
      )
    }),
    route('/stories/{story_gid}', ({ story_gid: gid }) => one('story', find(world.stories, gid))),
    route('/attachments', (_params, query) => {
      const { gid: task } = liveTask(query.get('parent') ?? '')
      return many(
        'attachment',
        [...world.attachments.values()].filter(attachment => attachment.task === task),
      )
    }),
    route('/attachments/{attachment_gid}', ({ attachment_gid: gid }) =>
      one('attachment', find(world.attachments, gid)),
    ),
    route('/events', (_params, query) => events(query)),
  ])
  server.tokens = new Set(['good-token'])
  server.refuse = failure(401, 'Not Authorized')
  const files = await startFakeServer([{ method: 'GET', pattern: '/{gid}/{name}', handler: file }])

  const fake: FakeAsana = {
    ...{ server, files, world, problems, client: { id: 'client.id', secret: 'client-secret' } },
    endpoints: {
      api: `${server.url}${base}`,
      token: `${server.url}/-/oauth_token`,
      authorize: `${server.url}/-/oauth_authorize`,
    },
    refreshToken: 'refresh-token',
    expireSyncTokens() {
      syncEra++
    },
    expireOffsets() {
      offsetEra++
    },
    killDownloads(count) {
      deadDownloads = count
    },
    async close() {
      await Promise.all([server.close(), files.close()])
    },
  }
  return fake

  function route(pattern: string, answer: (params: Record<string, string>, query: URLSearchParams) => Found) {
    return {
      method: 'GET',
      pattern: base + pattern,
      handler(request: FakeRequest): FakeResponse {
        reads++
        const wrong = checkQuery(pattern, request.query)
        problems.push(...wrong)
        if (wrong.length > 0) return failure(400, wrong.join('; '))
        try {
          const response = shape(pattern, request, answer(request.params, request.query))
          if (response.status === undefined) {
            problems.push(...checkAnswer(pattern, request.query, response.body as { data?: unknown }))
          }
          return response
        } catch (error) {
          if (error instanceof Refusal) return error.response
          throw error
        }
      },
    }
  }

  function shape(pattern: string, { query, path }: FakeRequest, found: Found): FakeResponse {
    if ('response' in found) return found.response
    const asked = query.get('opt_fields')?.split(',') ?? ['name']
    const show = (object: object) => selected(viewOf(found.type, object, view()), asked)
    if (!('list' in found)) return { body: { data: show(found.object) } }
    if (!operationOf(pattern).parameters.limit) return { body: { data: found.list.map(show) } }
    const bound = JSON.stringify([offsetEra, path, [...query].filter(([name]) => name !== 'offset').sort()])
    const start = startOf(query.get('offset'), bound, found.list)
    const most = typeof pageSize === 'number' ? pageSize : pageSize(path)
    const size = Math.min(Number(query.get('limit')), most)
    const page = found.list.slice(start, start + size)
    const next = found.list[start + size]
    const offset = next && seal([bound, next.gid, String(start + page.length)])
    const following = new URLSearchParams(query)
    if (offset) following.set('offset', offset)
    const link = `${path.slice(base.length)}?${following}`
    const nextPage = offset ? { offset, path: link, uri: `${server.url}${base}${link}` } : null
    return { body: { data: page.map(show), next_page: nextPage } }
  }

  /** By object, not by count, so that what comes and goes meanwhile shifts nothing; an object that is gone, by count. */
  function startOf(offset: string | null, bound: string, list: readonly { gid: string }[]): number {
    if (offset === null) return 0
    const [sealed, gid, count] = unseal(offset)
    if (sealed !== bound) throw new Refusal(failure(400, 'offset: Your pagination token has expired.'))
    const index = list.findIndex(object => object.gid === gid)
    return index < 0 ? Number(count) : index
  }

  function events(query: URLSearchParams): Found {
    const project = liveProject(query.get('resource') ?? '').gid
    const [sealed, since] = unseal(query.get('sync') ?? '')
    const bound = JSON.stringify([syncEra, project])
    const token = (number: number) => seal([bound, String(number)])
    if (sealed !== bound) {
      const message =
        'Sync token invalid or too old. If you are attempting to keep resources in sync, you must fetch the full dataset for this query now and use the new sync token for the next sync.'
      return { response: { status: 412, body: { errors: [{ message }], sync: token(world.events.length) } } }
    }
    const later = world.events.filter(event => event.project === project && event.number > Number(since))
    const page = later.slice(0, eventsAtOnce)
    const hasMore = later.length > page.length
    const last = hasMore ? (page.at(-1)?.number ?? 0) : world.events.length
    const data = page.map(({ body }) => body)
    return { response: { body: { data, sync: token(last), has_more: hasMore } } }
  }

  function usersOf(gid: string | null | undefined): Found {
    const { gid: workspace } = find(world.workspaces, gid)
    return many(
      'user',
      [...world.users.values()].filter(({ workspaces }) => workspaces.includes(workspace)),
    )
  }

  function projectsOf(gid: string | undefined): Found {
    const { gid: workspace } = find(world.workspaces, gid)
    return many(
      'project',
      [...world.projects.values()].filter(project => project.workspace === workspace && !project.isDeleted),
    )
  }

  function tasksOf(gid: string | undefined): Found {
    const { gid: project } = liveProject(gid)
    return many(
      'task',
      liveTasks().filter(task => task.memberships.some(membership => membership.project === project)),
    )
  }

  function tasksAssignedTo(query: URLSearchParams): Found {
    const workspace = query.get('workspace')
    const person = query.get('assignee') === 'me' ? world.me : query.get('assignee')
    if (workspace === null || person === null) throw new Refusal(failure(400, 'You should specify one of workspace'))
    find(world.users, person)
    return many(
      'task',
      liveTasks().filter(task => task.workspace === workspace && task.assignee === person),
    )
  }

  function liveTasks(): AsanaTask[] {
    return [...world.tasks.values()].filter(({ isDeleted }) => !isDeleted)
  }

  function liveTask(gid: string | undefined): AsanaTask {
    const task = find(world.tasks, gid)
    if (task.isDeleted) throw new Refusal(failure(404, 'task: Unknown object'))
    return task
  }

  function liveProject(gid: string | undefined) {
    const project = find(world.projects, gid)
    if (project.isDeleted) throw new Refusal(failure(404, 'project: Unknown object'))
    return project
  }

  function view(): View {
    return { world, files: redirects ? `${server.url}/-/asset` : files.url, reads }
  }

  function toFile({ params }: FakeRequest): FakeResponse {
    return { status: 302, headers: { location: `${files.url}/${params.gid}/${encodeURIComponent(params.name ?? '')}` } }
  }

  function file(request: FakeRequest): FakeResponse {
    if (request.headers.authorization !== undefined) problems.push('a token came to the host of the files')
    const attachment = world.attachments.get(request.params.gid ?? '')
    if (!attachment || deadDownloads-- > 0) return { status: 403, body: 'Request has expired' }
    return { body: attachment.content }
  }

  function refresh(request: FakeRequest): FakeResponse {
    const form = new URLSearchParams(request.body)
    const { id, secret } = fake.client
    if (form.get('client_id') !== id || form.get('client_secret') !== secret) {
      return { status: 401, body: { error: 'invalid_client' } }
    }
    if (form.get('grant_type') !== 'refresh_token' || form.get('refresh_token') !== fake.refreshToken) {
      return { status: 400, body: { error: 'invalid_grant' } }
    }
    server.tokens?.add('fresh-token')
    const data = { id: world.me, gid: world.me, name: 'Me', email: 'me@example.test' }
    return { body: { access_token: 'fresh-token', token_type: 'bearer', expires_in: 3600, data } }
  }
}
