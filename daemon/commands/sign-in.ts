/** Waits for a person who signs in with a browser. */
import { Failure } from '../../core/errors.ts'
import type { CommandContext } from '../command-line/context.ts'
import type { ConnectionBody } from '../schemas/connection.ts'
import type { Client } from './client.ts'
import { pause, whileUnreachable } from './patience.ts'

const pollMs = 1000
/** For as long as an address works. */
const limitMs = 20 * 60_000

/**
 * Shows where to sign in, with `--json` as a line `{ "auth_url", "connection_id" }`, and resolves with the connection
 * once that is done.
 * @throws Failure `token_expired` when nobody did in time; `cancelled` on Ctrl-C
 */
export async function waitForSignIn(
  client: Client,
  { id }: Pick<ConnectionBody, 'id'>,
  url: string,
  context: CommandContext,
): Promise<ConnectionBody> {
  const { clock, signal, draw } = context
  if (context.isJson) await context.emit({ auth_url: url, connection_id: id }, '')
  context.tell(`Sign in with a browser, within twenty minutes:\n\n  ${url}\n`)
  if (!context.isJson) context.openBrowser?.(url)
  draw?.('Waiting for the sign-in (Ctrl-C stops waiting; the address goes on working) …')
  const endsAt = clock.monotonic() + limitMs
  try {
    while (clock.monotonic() < endsAt) {
      const connection = await whileUnreachable(() => client.ask<ConnectionBody>('GET', `/source-connections/${id}`), {
        ...{ clock, signal, attempts: 12, onLost: ({ message }) => context.warn(message) },
      })
      if (connection.auth.authenticated) return connection
      await pause(clock, pollMs, signal)
    }
  } finally {
    draw?.(undefined)
  }
  throw new Failure('token_expired', 'nobody signed in within twenty minutes: begin it again')
}
