/** `Scope` of the plugin contract, over one entity and as SQL. */
import type { Breadcrumb, Scope } from '../plugin.ts'
import type { Value } from './database.ts'

/** Whether an entity is in the scope. `breadcrumbs` is asked only if the scope needs them. */
export function covers(
  scope: Scope,
  entity: { entityType: string; id: string; breadcrumbs: () => readonly Breadcrumb[] },
): boolean {
  if (scope.entityType !== undefined && scope.entityType !== entity.entityType) return false
  if (scope.id !== undefined && scope.id !== entity.id) return false
  const { parent } = scope
  if (parent === undefined) return true
  return entity.id.startsWith(`${parent}/`) || entity.breadcrumbs().some(crumb => crumb.entityId === parent)
}

/** The condition that an entity has this parent; the breadcrumbs are parsed only where they contain its name. */
export function parentCondition(parent: string): { sql: string; values: Value[] } {
  return {
    // '0' is the character after '/'.
    sql: `(entities.entity_id >= ? and entities.entity_id < ? or instr(entities.breadcrumbs, ?) > 0 and exists (
      select 1 from json_each(entities.breadcrumbs) as crumb where crumb.value ->> 'entityId' = ?))`,
    values: [`${parent}/`, `${parent}0`, JSON.stringify(parent), parent],
  }
}
