import type { Database } from './database.ts'
import type { Tally } from './store.ts'

/** From counts that are kept anyway: no entity is looked at. */
export function tally(database: Database): Tally {
  const entities = database.all(
    `select short_name, entity_type, sum(count) as count
     from entity_counts join connections on connections.id = connection_id
     group by short_name, entity_type order by short_name, entity_type`,
  )
  const connections = database.all(
    `select short_name, status, count(*) as count from (
       select short_name, case when auth_state <> 'ready' then auth_state
         when last_error_category is not null then 'failing' else 'active' end as status
       from connections
     ) group by short_name, status`,
  )
  const pending = database.get("select count(*) as count from deliveries where state = 'pending'")
  return {
    entities: entities.map(row => ({
      source: String(row.short_name),
      entityType: String(row.entity_type),
      count: Number(row.count),
    })),
    connections: connections.map(row => ({
      source: String(row.short_name),
      status: String(row.status),
      count: Number(row.count),
    })),
    pendingDeliveries: Number(pending?.count),
  }
}
