import { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { areaOf, partsOf } from '../../daemon/areas.ts'
import type { DashboardContext } from '../../daemon/dashboard/context.ts'
import { listAddresses } from '../../daemon/middleware/addresses.ts'
import type { AppEnv } from '../../daemon/routes/support.ts'

/** Adding a route asks nothing of the context: what handlers use of it is used when they run. */
const context = { closing: new AbortController().signal } as DashboardContext

async function routesOf(area: ReturnType<typeof areaOf>): Promise<string[]> {
  const app = new OpenAPIHono<AppEnv>()
  for (const add of await partsOf(area)) add(app, context)
  return listAddresses(app).routes.map(({ method, path }) => `${method} ${path}`)
}

describe('an area of the API', () => {
  it('has every route that is described at its addresses, in the same order', async () => {
    const all = await routesOf('openapi.json')
    const areas = new Set(all.map(route => areaOf(route.split(' ')[1] ?? '')))
    let held = 0
    for (const area of areas) {
      const isHere = (route: string) => areaOf(route.split(' ')[1] ?? '') === area
      const expected = all.filter(isHere)
      expect((await routesOf(area)).filter(isHere), area).toEqual(expected)
      held += expected.length
    }
    expect(held).toBe(all.length)
    expect(areas.size).toBeGreaterThan(15)
    expect(areas.has('none')).toBe(false)
  })

  it('is none where no route is, whatever the first part of a path is called', async () => {
    for (const path of ['/none', '/constructor', '/__proto__', '/nothing/at/all', '/Collections'])
      expect(areaOf(path), path).toBe('none')
    expect(await routesOf('none')).toEqual([])
  })
})
