/** All checks, one after the other, of the machine, the folder and the inlet on it. */
import { systemClock } from '../../core/clock.ts'
import { Failure, isFailure } from '../../core/errors.ts'
import { createInlet } from '../../core/index.ts'
import type { Plugin } from '../../core/plugin.ts'
import { isFolderLocked } from '../../core/store/lock.ts'
import type { DaemonConfig } from '../config.ts'
import { listen } from '../listen.ts'
import { readSettings } from '../settings.ts'
import { checkClock } from './clock.ts'
import { judgeConnection } from './connections.ts'
import { bad, type Finding, good, warning } from './finding.ts'
import { checkFolder } from './folder.ts'
import { type Patient, runningPatient, stoppedPatient } from './patient.ts'
import { judgeWebhook } from './webhooks.ts'

export interface Examined {
  environment: Readonly<Record<string, string | undefined>>
  folder: string
}

export async function* examine(surroundings: Examined): AsyncGenerator<Finding> {
  yield good('node', `Node.js ${process.versions.node}`)
  const read = await readSettings(surroundings).catch((error: unknown) => {
    if (isFailure(error)) return error
    throw error
  })
  if (read instanceof Failure) {
    yield bad('configuration', read.message, 'correct it: config.example.json shows every key')
    return
  }
  const { config, plugins } = read
  yield good('configuration', 'it is understood')
  yield* await checkFolder(config.dataDir)
  const isRunning = isFolderLocked(config.dataDir)
  yield isRunning ? good('port', 'an inlet runs on this folder') : await checkPort(config)
  const patient = isRunning ? runningPatient(config) : await openStopped(config, plugins, surroundings)
  if (patient instanceof Failure) {
    yield bad('inlet', patient.message, 'mend what is said above first')
    return
  }
  try {
    yield* examinePatient(patient, plugins, config)
  } catch (error) {
    if (!isFailure(error)) throw error
    yield bad('inlet', error.message, 'see its log')
  } finally {
    await patient.close()
  }
}

async function* examinePatient(
  patient: Patient,
  plugins: readonly Plugin[],
  config: DaemonConfig,
): AsyncGenerator<Finding> {
  const locked = await patient.lockedBecause()
  yield locked === undefined
    ? good('vault', 'it is open')
    : bad(
        'vault',
        locked,
        'give the key that it was set up with: INLET_MASTER_KEY, INLET_MASTER_KEY_FILE or INLET_PASSPHRASE',
      )
  const connections = await patient.connections()
  const used = new Set(connections.map(({ source }) => source))
  const origins = plugins
    .filter(({ sources }) => sources.some(({ shortName }) => used.has(shortName)))
    .flatMap(({ id, origins: of, endpoints }) => of({ ...endpoints, ...config.providers[id]?.endpoints }))
    .map(url => new URL(url).origin)
  yield await checkClock({ origins: [...new Set(origins)], now: systemClock.now, fetch })
  for (const connection of connections) {
    const check = connection.isPending || locked !== undefined ? undefined : await patient.check(connection.id)
    if (locked === undefined) yield judgeConnection({ ...connection, check }, systemClock.now())
  }
  for (const webhook of await patient.webhooks()) yield judgeWebhook(webhook)
}

async function checkPort({ server: { host, port } }: DaemonConfig): Promise<Finding> {
  try {
    const listening = await listen({ fetch: () => new Response(null, { status: 503 }), host, port })
    await listening.close()
    return good('port', `${host}:${port} is free, and no inlet runs on this folder`)
  } catch (error) {
    if (!isFailure(error)) throw error
    return warning('port', error.message, 'end the other program, or set server.port or INLET_PORT')
  }
}

async function openStopped(config: DaemonConfig, plugins: readonly Plugin[], { environment }: Examined) {
  try {
    const { dataDir, providers } = config
    return stoppedPatient(await createInlet({ dataDir, plugins, providers, environment, idle: true }))
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}
