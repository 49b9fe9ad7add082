/** The command line beside a daemon with a Slack behind it, shared by the tests of a file. */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { type Ended, type RunOptions, runInlet } from '../../support/command-run.ts'
import { startTestDaemon, type TestDaemon } from '../harness.ts'

export type Options = Omit<RunOptions, 'environment'> & { environment?: Record<string, string> }

export interface CommandDaemon {
  readonly daemon: TestDaemon
  /** @param words split at spaces, but for what is in double quotes */
  inlet(words: string, options?: Options): Promise<Ended>
  /** A connection whose first sync is done. */
  connected(name: string, collection?: string): Promise<Ended>
}

/** What a token is given with. */
export const token = { environment: { INLET_FIELD_ACCESS_TOKEN: 'good-token' } }

export const parsed = (text: string) => text.split('\n').map(line => JSON.parse(line))

/** One daemon for the file; before each test, nothing is left of the one before. */
export function shareCommandDaemon(): CommandDaemon {
  let daemon: TestDaemon

  beforeAll(async () => {
    daemon = await startTestDaemon()
  })
  afterAll(() => daemon?.close())
  beforeEach(async () => {
    for (const { readable_id } of (await daemon.ask('GET', '/collections')).body as { readable_id: string }[])
      await daemon.ask('DELETE', `/collections/${readable_id}?delete_data=true`)
    for (const { id } of (await daemon.ask('GET', '/source-connections')).body as { id: string }[])
      await daemon.ask('DELETE', `/source-connections/${id}?delete_data=true`)
    daemon.slack.server.tokens = new Set(['good-token'])
  })

  const inlet = (words: string, { environment = {}, ...options }: Options = {}) => {
    const split = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const here = { INLET_PORT: String(daemon.port), ...environment }
    return runInlet(split, { folder: daemon.folder, ...options, environment: here })
  }
  return {
    get daemon() {
      return daemon
    },
    inlet,
    async connected(name, collection = 'my-life') {
      const ended = await inlet(`connect slack --name "${name}" --collection ${collection} --follow`, token)
      expect(ended.code, ended.err).toBe(0)
      return ended
    },
  }
}
