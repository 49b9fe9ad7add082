import { DatabaseSync } from 'node:sqlite'

const mostProblems = 20

/**
 * What is wrong inside a database, in SQLite's words; nothing for a sound one. Only reads, and may be asked while
 * another process writes (https://www.sqlite.org/pragma.html#pragma_quick_check).
 */
export function problemsOfDatabase(file: string): string[] {
  try {
    const connection = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
    try {
      const rows = connection.prepare(`pragma quick_check(${mostProblems})`).all()
      return rows.map(row => String(Object.values(row)[0])).filter(text => text !== 'ok')
    } finally {
      connection.close()
    }
  } catch (error) {
    return [error instanceof Error ? error.message : 'it cannot be read']
  }
}
