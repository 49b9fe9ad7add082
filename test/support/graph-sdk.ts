/** Microsoft's own client of Graph, led to a fake. */
import { AuthenticationHandler, Client, HTTPMessageHandler } from '@microsoft/microsoft-graph-client'

/** Where Graph is. */
export const graphAddress = 'https://graph.microsoft.com'

/** A fake of Graph: where it says that it is, and where it listens. */
export interface GraphFake {
  graph: string
  server: { url: string }
}

/** The SDK knows Graph at its own address alone; only the last step leads to the fake, which says that it is there. */
export function graphClient(fake: GraphFake, token = 'good-token'): Client {
  fake.graph = `${graphAddress}/v1.0`
  const sender = new HTTPMessageHandler()
  const authentication = new AuthenticationHandler({ getAccessToken: async () => token })
  authentication.setNext({
    execute(context) {
      context.request = String(context.request).replace(graphAddress, fake.server.url)
      return sender.execute(context)
    },
  })
  return Client.initWithMiddleware({ middleware: authentication })
}
