import type { Plugin } from '../core/plugin.ts'
import { plugins as ownPlugins } from '../plugins/index.ts'
import { type ConfigSource, type DaemonConfig, loadConfig, pluginsNamed } from './config.ts'
import { loadPlugins } from './plugin-loader.ts'

/**
 * The configuration with the plugins that it names, which it may be about.
 * @throws Failure `bad_config`
 */
export async function readSettings({
  environment,
  folder,
}: Omit<ConfigSource, 'families'>): Promise<{ config: DaemonConfig; plugins: readonly Plugin[] }> {
  const named = pluginsNamed({ environment, folder })
  const plugins = [...ownPlugins, ...(await loadPlugins(named.names, named.folder, ownPlugins))]
  const families = plugins.map(({ id, endpoints }) => ({ id, endpoints: Object.keys(endpoints) }))
  return { config: loadConfig({ environment, folder, families }), plugins }
}
