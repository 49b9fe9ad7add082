/** What the sources of the family share: where an API lives and options as they are declared. */
import { type Config, type Endpoints, Failure, isSkippable } from '../../core/plugin.ts'

/**
 * The base URL of one of the family's APIs, without a trailing slash.
 * @throws Failure `bad_config` when the configuration has emptied it
 */
export function baseUrl(endpoints: Endpoints, name: 'api' | 'gmail'): string {
  const url = endpoints[name]?.replace(/\/+$/, '')
  if (!url) throw new Failure('bad_config', `endpoints.${name} of google is missing: give the URL of the API`)
  return url
}

/** An option of type `string` or `date`; blank is absent. */
export function textOption(config: Config, name: string): string | undefined {
  const value = config[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** An option of type `strings`, without blank entries; absent is empty. */
export function listOption(config: Config, name: string): string[] {
  const value = config[name]
  if (!Array.isArray(value)) return []
  return value.map(item => String(item).trim()).filter(item => item !== '')
}

/** Arrays of `size` items, the last one shorter. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/** A failure of one item as a value, for `catch`; throws every other on. */
export function skipped(error: unknown): Failure {
  if (isSkippable(error)) return error
  throw error
}
