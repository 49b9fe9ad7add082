/** Saving one credential costs the same among ten and among 100,000. */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLog } from '../../../core/log.ts'
import { mapInOrder } from '../../../core/parallel.ts'
import { Secret } from '../../../core/secret.ts'
import { type Credential, openVault, type Vault } from '../../../core/vault/index.ts'
import type { BenchContext, Finding } from '../bench.ts'
import { median, timed } from '../measure.ts'

const few = 10
const rounds = 200
const warmUps = 20

export async function measureCredentials({ count, scratch, log }: BenchContext): Promise<Finding[]> {
  const many = count(100_000)
  log(`credentials: ${many} files are written`)
  const folders = [await prepare(scratch, few), await prepare(scratch, many)]
  // They take turns, so that whatever else the disk does falls on both.
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const folder of folders) {
      const tookMs = await timed(() => folder.vault.put(folder.id, credentialOf(++folder.generation)))
      if (round >= warmUps) folder.timesMs.push(tookMs)
    }
  }
  const [among = Number.NaN, amongMany = Number.NaN] = folders.map(({ timesMs }) => median(timesMs))
  for (const { vault } of folders) await vault.close()
  return [
    {
      what: `one credential saved among ${many.toLocaleString('en-US')}, median of ${rounds}`,
      value: amongMany,
      unit: 'ms',
      beside: { what: `among ${few}`, value: among },
      target: { of: 'ratio', atMost: 1.2 },
    },
  ]
}

interface Folder {
  vault: Vault
  id: string
  generation: number
  timesMs: number[]
}

/** A vault with so many files in it, of which one is saved again and again. */
async function prepare(scratch: string, count: number): Promise<Folder> {
  const dataDir = join(scratch, `credentials-${count}`)
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

function credentialOf(generation: number): Credential {
  return {
    generation,
    accessToken: new Secret(`access-${generation}`.padEnd(200, 'x')),
    refreshToken: new Secret(`refresh-${generation}`.padEnd(100, 'x')),
    fields: {},
    obtainedAt: '2026-01-01T00:00:00.000Z',
  }
}
