/** Plugins that the configuration names: files, and packages that were installed beside it. */
import { registerHooks } from 'node:module'
import { extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '../core/errors.ts'
import type { Plugin } from '../core/plugin.ts'
import { problemsOfPlugin } from './schemas/plugin.ts'

/** As a plugin names the contract. It gets ours, so that its failures are ours, wherever it lies. */
const contract = {
  name: 'inlet/plugin',
  url: new URL(`../core/plugin${extname(import.meta.url)}`, import.meta.url).href,
}

const byPackage = 'inlet-plugin:'

/**
 * The default exports of what is named. A name that begins with a dot or a slash is a file, any other a package.
 * @param folder where file names begin, and packages are looked for first
 * @param known plugins there are already, whose names are taken
 * @throws Failure `bad_config`: what cannot be loaded, or what is missing in it
 */
export async function loadPlugins(
  names: readonly string[],
  folder: string,
  known: readonly Plugin[],
): Promise<Plugin[]> {
  if (names.length === 0) return []
  hook(folder)
  const loaded: Plugin[] = []
  for (const name of names) {
    const value = await load(name, folder)
    const problems = problemsOfPlugin(value)
    if (problems.length > 0) throw bad(name, `is no plugin:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    const plugin = value as Plugin
    refuseTaken(name, plugin, [...known, ...loaded])
    loaded.push(plugin)
  }
  return loaded
}

/** A package is looked for from the configuration's folder, then from where inlet lies. */
function hook(folder: string): void {
  const base = pathToFileURL(resolve(folder, 'config.json')).href
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === contract.name) return next(contract.url, context)
      if (!specifier.startsWith(byPackage)) return next(specifier, context)
      const name = specifier.slice(byPackage.length)
      try {
        return next(name, { ...context, parentURL: base })
      } catch {
        return next(name, { ...context, parentURL: import.meta.url })
      }
    },
  })
}

async function load(name: string, folder: string): Promise<unknown> {
  const isFile = /^(\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(name)
  try {
    const module: Record<string, unknown> = await import(
      isFile ? pathToFileURL(resolve(folder, name)).href : byPackage + name
    )
    if (!('default' in module)) throw bad(name, 'has no default export: export the plugin with `export default`')
    return module.default
  } catch (error) {
    if (error instanceof Failure) throw error
    const { code, message, name: kind } = error as NodeJS.ErrnoException
    const absent = code === 'ERR_MODULE_NOT_FOUND' && message.includes(isFile ? resolve(folder, name) : `'${name}'`)
    if (absent) throw bad(name, isFile ? `does not exist in ${folder}` : `is not installed: npm install ${name}`)
    throw bad(name, `cannot be loaded (${code ?? kind}): ${message.split('\n')[0]}`, error)
  }
}

function refuseTaken(name: string, plugin: Plugin, others: readonly Plugin[]): void {
  if (others.some(({ id }) => id === plugin.id)) throw bad(name, `has the id "${plugin.id}", which another plugin has`)
  const taken = new Set(others.flatMap(({ sources }) => sources.map(({ shortName }) => shortName)))
  for (const { shortName } of plugin.sources) {
    if (taken.has(shortName)) throw bad(name, `has the source "${shortName}", which another plugin has`)
    taken.add(shortName)
  }
}

function bad(name: string, what: string, cause?: unknown): Failure {
  return new Failure('bad_config', `plugins: ${name} ${what}`, { cause })
}
