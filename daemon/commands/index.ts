/** The table of commands. `--help`, completions and "did you mean" are made from it. */
import type { Command } from '../command-line/command.ts'
import { dashboard } from './dashboard.ts'
import { doctor } from './doctor.ts'
import { mcp } from './mcp.ts'
import { start } from './start.ts'
import { vault } from './vault.ts'

export const commands: readonly Command[] = [start, dashboard, doctor, vault, mcp]
