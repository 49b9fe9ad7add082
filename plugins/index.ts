/** Every provider that inlet knows; a new one is added here. */
import type { Plugin } from '../core/plugin.ts'
import { google } from './google/index.ts'
import { slack } from './slack/index.ts'

export { google, slack }

export const plugins: readonly Plugin[] = [google, slack]
