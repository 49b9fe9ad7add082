import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'

export const dashboard = defineCommand({
  name: 'dashboard',
  group: 'run',
  summary: 'a new link that opens the dashboard of the inlet that runs',
  description: [
    'Asks the inlet that runs, with the API key in its data folder, for a link that opens the dashboard in a browser, and prints it. The link works once, within half an hour.',
  ],
  examples: [{ command: 'inlet dashboard', says: 'A link to open in a browser' }],
  exits: { 5: clientExits[5], 7: clientExits[7] },
  async run(_call, context) {
    const link = await (await context.client()).ask<{ url: string }>('POST', '/sign-in/links')
    await context.answer(link, [`Open the dashboard: ${link.url}`])
  },
})
