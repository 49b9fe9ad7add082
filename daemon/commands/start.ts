import { defineCommand } from '../command-line/command.ts'

export const start = defineCommand({
  name: 'start',
  group: 'run',
  summary: 'run until a signal (what inlet does without a command)',
  description: [
    'Runs the daemon until SIGTERM or SIGINT; a second signal ends it at once. Where it listens, a link to the dashboard, and at the first start where it has put the API key, is printed on the standard output, with --json as one line of JSON once it listens; the log goes to the standard error, one JSON object a line.',
  ],
  variables: {
    INLET_CONFIG: 'the configuration file; else config.json in this folder, if there is one',
    INLET_HOST: 'where it listens, localhost by default',
    INLET_PORT: 'its port, 8001 by default',
    INLET_DATA_DIR: 'the data folder, ./data by default',
    INLET_API_KEY: 'the API key, in place of one that is made',
    INLET_LOG_LEVEL: 'debug, info, warn or error',
  },
  examples: [
    { command: 'inlet start', says: 'In this folder, with its config.json' },
    { command: 'INLET_PORT=8002 INLET_DATA_DIR=~/.inlet inlet start', says: 'At another port, on another folder' },
  ],
  async run(_call, { version, isJson }) {
    // What a daemon needs is much, and the other commands do without it.
    const { startSpareThreads } = await import('../../core/store/spare-threads.ts')
    // They load beside what follows, which takes about as long.
    const spareThreads = startSpareThreads()
    const { main } = await import('../main.ts')
    return (await main(version, { isJson, spareThreads })) === 0 ? 0 : 1
  },
})
