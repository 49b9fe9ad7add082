import { createInlet, type Inlet } from '../../core/index.ts'
import { plugins } from '../../plugins/index.ts'
import type { CommandContext } from '../command-line/context.ts'

/**
 * Opens the data folder of an inlet that does not run; nothing is started by itself. Plugins of others are not loaded:
 * what was synced is read without them, and a configuration that lies in a folder from elsewhere runs nothing.
 * @throws Failure `data_folder`
 */
export function openFolder(dataDir: string, { environment }: CommandContext): Promise<Inlet> {
  return createInlet({ dataDir, plugins, environment, idle: true })
}
