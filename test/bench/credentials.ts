/**
 * Saving one credential costs the same among ten and among 100,000: `npm run bench -- credentials`, with `--many 1000`
 * for fewer. The two folders take turns, so that whatever else the disk does falls on both.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { silentLog } from '../../core/log.ts'
import { mapInOrder } from '../../core/parallel.ts'
import { Secret } from '../../core/secret.ts'
import { type Credential, openVault, type Vault } from '../../core/vault/index.ts'
import { printRows } from './measure.ts'

const few = 10
const rounds = 200
const warmUps = 20
const targetRatio = 1.2

const { values } = parseArgs({ options: { many: { type: 'string', default: '100000' } } })
const many = Number(values.many)

interface Folder {
  vault: Vault
  id: string
  generation: number
  timesMs: number[]
}

const scratch = await mkdtemp(join(tmpdir(), 'inlet-bench-'))
try {
  const folders = [await prepare(few), await prepare(many)]
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const folder of folders) {
      const tookMs = await save(folder)
      if (round >= warmUps) folder.timesMs.push(tookMs)
    }
  }
  const [among, amongMany] = folders.map(({ timesMs }) => median(timesMs))
  const ratio = (amongMany ?? Number.NaN) / (among ?? Number.NaN)
  printRows([
    [`saving one among ${few}`, `${among?.toFixed(2)} ms, the median of ${rounds}`],
    [`saving one among ${many}`, `${amongMany?.toFixed(2)} ms, the median of ${rounds}`],
    ['ratio', `${ratio.toFixed(2)}, to be at most ${targetRatio}`],
  ])
  for (const { vault } of folders) await vault.close()
} finally {
  await rm(scratch, { recursive: true, force: true })
}

/** A vault with so many files in it, of which one is saved again and again. */
async function prepare(count: number): Promise<Folder> {
  const dataDir = join(scratch, String(count))
  const environment = { INLET_MASTER_KEY: randomBytes(32).toString('base64') }
  const vault = await openVault({ dataDir, environment, log: silentLog })
  const id = randomUUID()
  await vault.put(id, credentialOf(1))
  // Saving one looks into no other, so that the others may be copies; a hundred thousand fsyncs take minutes.
  const content = await readFile(join(dataDir, 'vault', `${id}.json`))
  const others = Array.from({ length: count - 1 }, () => join(dataDir, 'vault', `${randomUUID()}.json`))
  for await (const _written of mapInOrder(others, 16, path => writeFile(path, content, { mode: 0o600 })));
  return { vault, id, generation: 1, timesMs: [] }
}

async function save(folder: Folder): Promise<number> {
  const startedAt = performance.now()
  await folder.vault.put(folder.id, credentialOf(++folder.generation))
  return performance.now() - startedAt
}

function credentialOf(generation: number): Credential {
  return {
    generation,
    accessToken: new Secret(`access-${generation}`.padEnd(200, 'x')),
    refreshToken: new Secret(`refresh-${generation}`.padEnd(100, 'x')),
    fields: {},
    obtainedAt: '2026-01-01T00:00:00.000Z',
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
