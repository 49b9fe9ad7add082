import { defineCommand } from '../command-line/command.ts'

export const mcp = defineCommand({
  name: 'mcp',
  group: 'run',
  summary: 'for assistants: the Model Context Protocol on standard input and output',
  description: [
    'Assistants start this by themselves, as the README shows: it carries the Model Context Protocol between them and the inlet that runs, until its standard input ends. What an assistant may do and see is what its key may.',
    'As an assistant may start it in any folder, no config.json is read but the one that INLET_CONFIG names. What goes wrong is told to the assistant, and on the standard error.',
  ],
  variables: {
    INLET_API_KEY: 'the key; else the one in the data folder of the inlet that runs on it',
    INLET_HOST: 'where inlet listens, localhost by default',
    INLET_PORT: 'its port, 8001 by default',
    INLET_DATA_DIR: 'the data folder, ./data by default',
    INLET_CONFIG: 'a configuration file that says all this',
  },
  examples: [{ command: 'inlet mcp', says: 'What an assistant is told to start' }],
  async run(_call, context) {
    const [{ loadPlace }, { addressOf, keyFor, unanswered }, { bridge }, { createPost }] = await Promise.all([
      import('../config.ts'),
      import('./client.ts'),
      import('../mcp/bridge.ts'),
      import('../mcp/http-post.ts'),
    ])
    const place = loadPlace(context, { trusted: false })
    const { stdin: input, stdout: output } = process
    if (input.isTTY) context.tell('inlet mcp speaks to assistants, which start it by themselves; Ctrl-C ends it.')
    const post = createPost({
      url: new URL('/mcp', addressOf(place)),
      key: () => keyFor(place),
      unanswered: error => unanswered(error, place),
    })
    await bridge({ input, output, post, complain: words => context.warn(words) })
    return undefined
  },
})
