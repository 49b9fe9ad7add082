import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** Each costs a start some hundredths of a second and some megabytes, and most inlets use none of it most of the time. */
const later = [
  ...['undici', '@modelcontextprotocol', 'htmlparser2', 'postal-mime'],
  ...['daemon/routes', 'daemon/dashboard/pages', 'daemon/mcp', 'daemon/docs', 'daemon/export', 'daemon/doctor'],
]

it('the daemon is loaded without what its first answer does not need', () => {
  const program = pathToFileURL(join(root, 'daemon', 'main.ts')).href
  const watch = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
    await import(${JSON.stringify(program)})
    process.stdout.write(urls.join('\\n'))`
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', watch], { encoding: 'utf8' })
  expect(status).toBe(0)
  const loaded = stdout.split('\n').filter(url => url.startsWith('file:'))
  expect(loaded.some(url => url.endsWith('/daemon/server.ts'))).toBe(true)
  const early = later.filter(part => loaded.some(url => url.includes(`/${part}/`) && !/routes\/support/.test(url)))
  expect(early).toEqual([])
})
