/** The table of commands. `--help`, completions and "did you mean" are made from it. */
import type { Command } from '../command-line/command.ts'
import { backup } from './backup.ts'
import { changes } from './changes.ts'
import { completions } from './completions.ts'
import { connect } from './connect.ts'
import { connections } from './connections.ts'
import { dashboard } from './dashboard.ts'
import { doctor } from './doctor.ts'
import { events } from './events.ts'
import { exportCommand } from './export.ts'
import { keys } from './keys.ts'
import { mcp } from './mcp.ts'
import { restore } from './restore.ts'
import { search } from './search.ts'
import { service } from './service.ts'
import { sources } from './sources.ts'
import { start } from './start.ts'
import { sync } from './sync.ts'
import { vault } from './vault.ts'
import { webhooks } from './webhooks.ts'

export const commands: readonly Command[] = [
  ...[start, service, dashboard, mcp, completions],
  ...[sources, connect, connections, sync],
  ...[search, changes, events, exportCommand],
  ...[doctor, webhooks, keys, backup, restore, vault],
]
