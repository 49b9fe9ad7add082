import type { Command } from '../cli.ts'
import { loadPlace } from '../config.ts'
import { createClient } from './client.ts'

export const dashboard: Command = {
  name: 'dashboard',
  summary: 'a new link that opens the dashboard of the inlet that runs',
  help: `Usage: inlet dashboard

Asks the inlet that runs, with the API key in its data folder, for a link that opens the dashboard in a browser, and
prints it. The link works once, within half an hour.
`,
  async run(words, surroundings) {
    if (words.length > 0) {
      surroundings.complain(`inlet dashboard takes nothing, and got "${words.join(' ')}": see inlet --help`)
      return 2
    }
    const { url } = await createClient(loadPlace(surroundings)).ask<{ url: string }>('POST', '/sign-in/links')
    surroundings.say(`Open the dashboard: ${url}`)
    return 0
  },
}
