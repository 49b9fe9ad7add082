import type { Config, Field } from '../plugin.ts'

const defaultMegabytes = 25

/** How large a file of a connection may be. Sources with files declare it, and `Context.file` keeps to it. */
export const maxFileMb: Field = {
  name: 'max_file_mb',
  title: 'Largest file (MB)',
  description: 'A larger file keeps its metadata and is not downloaded; with 0, none is.',
  type: 'integer',
  minimum: 0,
  default: defaultMegabytes,
}

export function maxFileMegabytes({ max_file_mb: megabytes }: Config): number {
  return typeof megabytes === 'number' ? megabytes : defaultMegabytes
}
