/**
 * `npm run bench` measures memory and latency, `npm run bench -- credentials` what saving one costs, and
 * `npm run bench -- export` memory while everything is exported; options go to the one named, or to the first.
 */
const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  memory: () => import('./flat-memory.ts'),
  credentials: () => import('./credentials.ts'),
  export: () => import('./export.ts'),
}

const [first = ''] = process.argv.slice(2)
const isNamed = first !== '' && !first.startsWith('-')
if (isNamed) process.argv.splice(2, 1)
const bench = benches[isNamed ? first : 'memory']
if (bench) await bench()
else {
  process.stderr.write(`there is no bench ${JSON.stringify(first)}; there are ${Object.keys(benches).join(', ')}\n`)
  process.exitCode = 2
}
