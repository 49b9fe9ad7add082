/** Members of a row type as columns of a table, declared once for reading and writing. */
import type { Database, Row, Value } from './database.ts'

export interface Column<Member> {
  name: string
  write(member: Member): Value
  read(stored: unknown): Member
}

/** A member that SQLite stores as it is. */
export function plain<Member extends string | number | null>(name: string): Column<Member> {
  return { name, write: member => member, read: stored => stored as Member }
}

/** A member stored as JSON text. */
export function json<Member>(name: string): Column<Member> {
  return { name, write: member => JSON.stringify(member), read: stored => JSON.parse(String(stored)) as Member }
}

export type Columns<Member extends object> = { readonly [Name in keyof Member]-?: Column<Member[Name]> }

export interface Table<Member extends object> {
  /** `select <columns> from <table>`, to be followed by conditions. */
  readonly select: string
  read(row: Row): Member
  insert(database: Database, member: Member): void
  /** Changes the given members of the row whose column `key` has this value; whether there is such a row. */
  update(database: Database, key: string, value: Value, changes: Partial<Member>): boolean
}

export function table<Member extends object>(name: string, columns: Columns<Member>): Table<Member> {
  const members = Object.keys(columns) as (keyof Member)[]
  const write = <Name extends keyof Member>(member: Name, value: Member[Name]): Value => columns[member].write(value)
  const names = members.map(member => columns[member].name)
  const insertion = `insert into ${name} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
  return {
    select: `select ${names.map(column => `${name}.${column}`).join(', ')} from ${name}`,
    read(row) {
      const whole: Partial<Member> = {}
      for (const member of members) whole[member] = columns[member].read(row[columns[member].name])
      return whole as Member
    },
    insert(database, row) {
      database.run(insertion, ...members.map(member => write(member, row[member])))
    },
    update(database, key, value, changes) {
      const changed = members.filter(member => changes[member] !== undefined)
      if (changed.length === 0) return database.get(`select 1 from ${name} where ${key} = ?`, value) !== undefined
      const assignments = changed.map(member => `${columns[member].name} = ?`).join(', ')
      const values = changed.map(member => write(member, changes[member] as Member[keyof Member]))
      return database.run(`update ${name} set ${assignments} where ${key} = ?`, ...values, value).changes > 0
    },
  }
}
