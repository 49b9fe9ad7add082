import type { Command } from '../cli.ts'
import { main } from '../main.ts'

export const start: Command = {
  name: 'start',
  summary: 'run until a signal (the default)',
  help: `Usage: inlet start

Runs the daemon until SIGTERM or SIGINT; a second signal ends it at once. Where it listens, and at the first start where
it has put the API key, is printed on the standard output; the log goes to the standard error, one JSON object a line.
`,
  async run(words, { version, complain }) {
    if (words.length > 0) {
      complain(`inlet start takes nothing, and got "${words.join(' ')}": see inlet --help`)
      return 2
    }
    return main(version)
  },
}
