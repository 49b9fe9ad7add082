/** Gmail, Slack and Notion: the prepared providers of the other benches, and the loops that `sdk` measures, too. */
import { firstLoops, quietLoops } from '../sdk-loops.ts'
import { startShapes } from '../shapes/index.ts'
import { inWords, type World } from './world.ts'

type Name = keyof typeof firstLoops

export const gmailWorld = worldOf('gmail', 1000, size => `${inWords(size)} mails`)
export const slackWorld = worldOf('slack', 20_000, size => `${inWords(size)} messages in 10 channels`)
export const notionWorld = worldOf('notion', 500, size => `${inWords(size)} pages`)

function worldOf(shortName: Name, full: number, what: World['what']): World {
  return {
    ...{ shortName, full, what },
    async start(size) {
      const shapes = await startShapes({ [shortName]: size })
      let asked = 0
      return {
        providers: shapes.providers,
        entities: size,
        // Asking is a request, too.
        requests: async () => (await shapes.requests()) - asked++,
        sdk: { first: () => firstLoops[shortName](shapes.url), quiet: () => quietLoops[shortName](shapes.url) },
        close: () => shapes.stop(),
      }
    },
  }
}
