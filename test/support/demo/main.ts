/** `npm run demo`, or `npm run demo -- --once` to end by itself: exit code 0 only when all of it worked. */
import { runDemo, suggest } from './run.ts'

const once = process.argv.includes('--once')
const interrupted = new Promise<void>(resolve => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
})

const demo = await runDemo(process.stdout)
if (!once) {
  suggest(process.stdout, demo.daemon)
  await interrupted
}
const exitCode = await demo.close()
process.stdout.write(
  once && !demo.complete ? 'Something is missing above.\n' : 'The demo is over, and its data are gone.\n',
)
process.exitCode = demo.complete && exitCode === 0 ? 0 : 1
