import { Failure } from '../../core/errors.ts'
import type { Renamed } from '../schemas/connection-input.ts'

/** Has errors point at the names that the caller used, where those have two or are somewhere else. */
export async function inCallersWords<Result>(renamed: Renamed, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'invalid') throw error
    const fields = error.fields.map(field => {
      const [first, ...others] = field.location
      const words = renamed[String(first)]
      return words ? { ...field, location: [...words, ...others] } : field
    })
    throw new Failure(error.code, error.message, { ...error, fields, cause: error })
  }
}
