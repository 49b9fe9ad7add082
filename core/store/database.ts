/** A thin layer over `node:sqlite`: cached statements, transactions, and one connection a thread. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { foldText, instantMs } from './text.ts'

export type Value = SQLInputValue
export type Row = Record<string, SQLOutputValue>

export interface Database {
  readonly file: string
  all(sql: string, ...values: Value[]): Row[]
  /** The same as lists of values, in the order of the columns: for many columns that takes less than half. */
  rows(sql: string, ...values: Value[]): SQLOutputValue[][]
  get(sql: string, ...values: Value[]): Row | undefined
  /** Runs one statement; returns the rows changed and the key of the last one inserted. */
  run(sql: string, ...values: Value[]): { changes: number; key: number }
  /** Runs a script of constant SQL. */
  script(sql: string): void
  /** The same for what is this connection's alone, and gone with it: a reader may make that, too. */
  scriptTemporary(sql: string): void
  /** All or nothing for the writer; one snapshot for a reader. */
  transaction<Result>(work: () => Result): Result
  /**
   * Each of these as if it were alone, all or nothing, one after the other, and only the wait for the disk is shared:
   * when this returns, every one that is fulfilled is on it.
   */
  together<Result>(works: readonly (() => Result)[]): PromiseSettledResult<Result>[]
  close(): void
}

/**
 * A limit that is bound. Of a variable that stands there alone SQLite looks at the value when it plans, and so plans the
 * statement anew each time it is run (https://www.sqlite.org/c3ref/bind_blob.html and `sqlite3VdbeSetVarmask` in its source).
 */
export const boundLimit = 'limit ? + 0'

/** Statements kept ready; filters make new SQL without end. */
const cachedStatements = 256
/** Beyond the lock of the data folder, only a backup tool may hold the file for a moment. */
const busyTimeoutMs = 5000

/**
 * No temporary file with a person's data is made outside the data folder (`temp_store`).
 * Every commit is synced to disk (`FULL`): a follower may have been given its sequence, and after a power cut the same
 * sequence must not name another change. Measured, it costs nothing beside indexing a batch. `fullfsync` makes it
 * true on macOS as well.
 */
const writerSettings = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma fullfsync = on;
  pragma cache_size = -16384;
  pragma wal_autocheckpoint = 4000;
  pragma journal_size_limit = 67108864;
  pragma temp_store = memory;
`
const readerSettings = `
  pragma query_only = on;
  pragma cache_size = -8192;
  pragma temp_store = memory;
`

export type Role = 'writer' | 'reader'

/** @param waitMs how long a statement waits for a file that another connection holds */
export function openDatabase(file: string, role: Role, waitMs = busyTimeoutMs): Database {
  const connection = new DatabaseSync(file, { timeout: waitMs, enableForeignKeyConstraints: false })
  connection.exec(role === 'writer' ? writerSettings : readerSettings)
  addFunctions(connection)
  const statements = new Map<string, StatementSync>()
  const listStatements = new Map<string, StatementSync>()
  const begin = role === 'writer' ? 'begin immediate' : 'begin'
  let isTogether = false

  function statement(sql: string): StatementSync {
    return cached(statements, sql, () => connection.prepare(sql))
  }

  function listStatement(sql: string): StatementSync {
    return cached(listStatements, sql, () => {
      const prepared = connection.prepare(sql)
      prepared.setReturnArrays(true)
      return prepared
    })
  }

  function transact<Result>(work: () => Result): Result {
    statement(begin).run()
    try {
      const result = work()
      statement('commit').run()
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors, such as a full disk.
      if (connection.isTransaction) connection.exec('rollback')
      throw error
    }
  }

  function withSavepoint<Result>(work: () => Result): Result {
    statement('savepoint one').run()
    try {
      const result = work()
      statement('release one').run()
      return result
    } catch (error) {
      if (connection.isTransaction) connection.exec('rollback to one; release one')
      throw error
    }
  }

  return {
    file,
    all: (sql, ...values) => statement(sql).all(...values),
    // Declared for objects alone: https://nodejs.org/api/sqlite.html#statementsetreturnarraysenabled
    rows: (sql, ...values) => listStatement(sql).all(...values) as unknown as SQLOutputValue[][],
    get: (sql, ...values) => statement(sql).get(...values),
    run(sql, ...values) {
      const { changes, lastInsertRowid } = statement(sql).run(...values)
      return { changes: Number(changes), key: Number(lastInsertRowid) }
    },
    script: sql => connection.exec(sql),
    scriptTemporary(sql) {
      if (role === 'writer') return connection.exec(sql)
      connection.exec('pragma query_only = off')
      try {
        connection.exec(sql)
      } finally {
        connection.exec('pragma query_only = on')
      }
    },
    transaction(work) {
      // Its savepoint is all or nothing already.
      return isTogether ? work() : transact(work)
    },
    together(works) {
      if (works.length < 2) return works.map(settle)
      try {
        return transact(() => {
          isTogether = true
          return works.map(work => {
            const outcome = settle(() => withSavepoint(work))
            if (!connection.isTransaction) throw new Error('the transaction was rolled back by SQLite')
            return outcome
          })
        })
      } catch {
        // Not one of them was kept; alone, each finds out by itself what the matter is.
        isTogether = false
        return works.map(settle)
      } finally {
        isTogether = false
      }
    },
    close() {
      statements.clear()
      listStatements.clear()
      connection.close()
    },
  }
}

function cached(statements: Map<string, StatementSync>, sql: string, prepare: () => StatementSync): StatementSync {
  const ready = statements.get(sql) ?? prepare()
  statements.delete(sql)
  statements.set(sql, ready)
  if (statements.size > cachedStatements) statements.delete(statements.keys().next().value ?? '')
  return ready
}

function settle<Result>(work: () => Result): PromiseSettledResult<Result> {
  try {
    return { status: 'fulfilled', value: work() }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}

/** Functions that filters call; SQLite's own fold ASCII only and know fewer spellings of a time. */
function addFunctions(connection: DatabaseSync): void {
  connection.function('instant_ms', { deterministic: true }, value =>
    typeof value === 'string' ? (instantMs(value) ?? null) : null,
  )
  connection.function('has_words', { deterministic: true }, (value, foldedWords) => {
    if (typeof value !== 'string' || typeof foldedWords !== 'string') return 0
    const folded = foldText(value)
    return foldedWords.split(' ').every(word => folded.includes(word)) ? 1 : 0
  })
  connection.function('has_phrase', { deterministic: true }, (value, foldedPhrase) =>
    typeof value === 'string' && typeof foldedPhrase === 'string' && foldText(value).includes(foldedPhrase) ? 1 : 0,
  )
}
