/** Every provider that inlet knows; a new one is added here. */
import type { Plugin } from '../core/plugin.ts'
import { asana } from './asana/index.ts'
import { google } from './google/index.ts'
import { microsoft } from './microsoft/index.ts'
import { notion } from './notion/index.ts'
import { slack } from './slack/index.ts'

export { asana, google, microsoft, notion, slack }

export const plugins: readonly Plugin[] = [google, microsoft, asana, slack, notion]
