/** The table of commands. `--help`, completions and "did you mean" are made from it. */
import type { Command } from '../command-line/command.ts'
import { changes } from './changes.ts'
import { completions } from './completions.ts'
import { connect } from './connect.ts'
import { connections } from './connections.ts'
import { dashboard } from './dashboard.ts'
import { doctor } from './doctor.ts'
import { mcp } from './mcp.ts'
import { search } from './search.ts'
import { sources } from './sources.ts'
import { start } from './start.ts'
import { sync } from './sync.ts'
import { vault } from './vault.ts'

export const commands: readonly Command[] = [
  ...[start, dashboard, mcp, completions],
  ...[sources, connect, connections, sync],
  ...[search, changes],
  ...[doctor, vault],
]
