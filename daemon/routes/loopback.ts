import type { MiddlewareHandler } from 'hono'
import { refusal } from '../problems.ts'
import { isLoopback } from '../schemas/config.ts'
import type { AppEnv } from './support.ts'

/** For what must not be readable on its way. @param what as in "keys are taken" */
export function loopbackOnly(what: string): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const address = context.env.remoteAddress?.replace(/^::ffff:/, '') ?? ''
    const name = context.req.header('host')?.toLowerCase().replace(/:\d+$/, '') ?? ''
    if (!isLoopback(address) || !isLoopback(name)) {
      throw refusal('loopback-only', `${what} over the loopback alone: ask on the machine itself, at localhost`)
    }
    await next()
  }
}
