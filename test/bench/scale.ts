/** Ten thousand connections, and a hundred thousand credentials, beside ten. */
import type { Bench } from './bench.ts'
import { measureCredentials } from './scale/credentials.ts'
import { measureScheduling } from './scale/scheduling.ts'
import { measureStorm } from './scale/storm.ts'

export const bench: Bench = {
  title: '10,000 connections with schedules, 100,000 credentials, and 10,000 refreshes due together, beside 10',
  async run(context) {
    return [
      ...(await measureCredentials(context)),
      ...(await measureScheduling(context)),
      ...(await measureStorm(context)),
    ]
  },
}
