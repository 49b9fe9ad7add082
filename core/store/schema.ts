/** The tables, as a list of migrations: one is never changed once it was released. */
import type { Database } from './database.ts'
import { divideStored } from './divide-stored.ts'

/** `inlt`: tells our files from any other SQLite database. */
export const applicationId = 0x696e6c74

/** A script, or what needs more than SQL. */
type Migration = string | ((database: Database) => void)

const migrations: readonly Migration[] = [
  `
  create table feed (
    only integer primary key check (only = 1),
    store_id text not null,
    sequence integer not null
  ) strict;
  insert into feed values (1, lower(hex(randomblob(16))), 0);

  create table collections (
    ordinal integer primary key,
    id text not null unique,
    readable_id text not null unique,
    name text not null,
    created_at text not null,
    modified_at text not null
  ) strict;

  create table connections (
    ordinal integer primary key,
    id text not null unique,
    name text not null,
    description text,
    short_name text not null,
    collection text not null,
    config text not null,
    auth_field_names text not null,
    white_label_id text,
    cron_schedule text,
    timezone text,
    next_run_at text,
    created_at text not null,
    modified_at text not null,
    auth_state text not null,
    authenticated_at text,
    expires_at text,
    needs_person_at text,
    needs_person_because text,
    need_tell_at text,
    account text not null,
    credential_generation integer not null,
    cursor text not null,
    cursor_key text,
    listing text not null,
    generation integer not null,
    total_runs integer not null,
    successful_runs integer not null,
    failed_runs integer not null,
    last_error_category text,
    last_error_message text
  ) strict;
  create index connections_by_collection on connections (collection, created_at);
  create index connections_by_age on connections (created_at);
  create index connections_needy on connections (need_tell_at) where need_tell_at is not null;
  create index connections_due on connections (next_run_at) where next_run_at is not null;

  create table jobs (
    ordinal integer primary key,
    id text not null unique,
    connection_id text not null,
    status text not null,
    trigger text not null,
    created_at text not null,
    modified_at text not null,
    started_at text,
    completed_at text,
    failed_at text,
    inserted integer not null,
    updated integer not null,
    deleted integer not null,
    kept integer not null,
    skipped integer not null,
    failed integer not null,
    encountered text not null,
    requests integer not null,
    error text,
    error_category text,
    provider_error text
  ) strict;
  create index jobs_by_connection on jobs (connection_id, created_at);
  create unique index open_jobs on jobs (connection_id) where status in ('pending', 'in_progress');

  -- Narrow on purpose: listings, filters and unchanged entities never touch the pages of bodies.
  create table entities (
    key integer primary key,
    connection_id text not null,
    entity_type text not null,
    entity_id text not null,
    hash blob not null,
    sequence integer not null,
    collection text not null,
    change text not null,
    id text not null,
    source_name text not null,
    synced_at text not null,
    created_at text,
    updated_at text,
    created_ms integer,
    updated_ms integer,
    name text not null,
    author text,
    url text,
    breadcrumbs text not null,
    places text not null
  ) strict;
  create unique index entities_by_source on entities (connection_id, entity_type, entity_id);
  create unique index entities_by_id on entities (id);
  create unique index entities_by_sequence on entities (collection, sequence);

  create table bodies (key integer primary key, text text not null, raw text) strict;

  -- The last full listing that saw an entity.
  create table marks (key integer primary key, generation integer not null) strict;

  create table entity_counts (
    connection_id text not null,
    entity_type text not null,
    count integer not null,
    last_updated text not null,
    primary key (connection_id, entity_type)
  ) strict, without rowid;

  create table tombstones (
    collection text not null,
    sequence integer not null,
    id text not null,
    connection_id text not null,
    source_name text not null,
    entity_type text not null,
    entity_id text not null,
    name text not null,
    deleted_at text not null,
    primary key (collection, sequence)
  ) strict, without rowid;
  create unique index tombstones_by_id on tombstones (collection, id);

  -- Deletions and moves under way: done in steps, and finished at the next start if cut short.
  create table chores (
    id integer primary key,
    kind text not null,
    subject text not null,
    until_sequence integer not null,
    after_type text not null,
    after_id text not null,
    unique (kind, subject)
  ) strict;

  -- Plain columns only: FTS5 reads its content without virtual tables such as json_each.
  create view searchable as
    select entities.key as key, name, text, author, places
    from entities join bodies on bodies.key = entities.key;
  create virtual table search using fts5 (
    name, text, author, places,
    content = 'searchable', content_rowid = 'key', tokenize = 'unicode61 remove_diacritics 2', detail = full
  );
  insert into search (search, rank) values ('rank', 'bm25(8.0, 1.0, 2.0, 1.0)');
  `,
  `
  create table white_labels (
    ordinal integer primary key,
    id text not null unique,
    name text not null,
    short_name text not null,
    redirect_url text not null,
    client_id text not null,
    allowed_origins text not null,
    created_at text not null,
    modified_at text not null
  ) strict;
  create index connections_by_white_label on connections (white_label_id, created_at) where white_label_id is not null;
  `,
  `
  -- Their sequence is never given again, not even when all of them were pruned.
  create table events (
    sequence integer primary key autoincrement,
    id text not null unique,
    at text not null,
    type text not null,
    members text not null
  ) strict;
  `,
  `
  create table api_keys (
    ordinal integer primary key,
    id text not null unique,
    name text not null unique,
    hash text not null unique,
    hint text not null,
    scope text not null,
    collections text not null,
    created_at text not null,
    expires_at text,
    last_used_at text
  ) strict;
  `,
  `
  create table webhooks (
    ordinal integer primary key,
    id text not null unique,
    description text,
    origin text not null,
    format text not null,
    events text not null,
    collections text not null,
    connections text not null,
    header_names text not null,
    disabled_because text,
    created_at text not null,
    modified_at text not null,
    failures integer not null,
    failing_since text,
    last_attempt_at text,
    next_attempt_at text,
    last_error text,
    last_delivered_at text
  ) strict;

  -- What is to be sent, written with its event.
  create table deliveries (
    ordinal integer primary key,
    id text not null unique,
    webhook_id text not null,
    event_sequence integer not null,
    state text not null,
    created_at text not null,
    attempts integer not null,
    first_attempt_at text,
    last_attempt_at text,
    next_attempt_at text,
    last_status integer,
    last_error text
  ) strict;
  create index deliveries_by_webhook on deliveries (webhook_id, ordinal);
  create index deliveries_by_event on deliveries (event_sequence);
  create index deliveries_by_age on deliveries (created_at);
  create index jobs_by_age on jobs (created_at);
  create index deliveries_pending on deliveries (webhook_id, ordinal) where state = 'pending';
  create index deliveries_least_tried on deliveries (webhook_id, attempts, ordinal) where state = 'pending';
  create index deliveries_next on deliveries (webhook_id, next_attempt_at) where state = 'pending';
  `,
  `
  -- Of an entity with a file: which state of it was read, where its text begins in the body's, and why there is none.
  alter table bodies add column file text;
  `,
  divideStored,
  `
  -- How often a person asked for something to be sent anew: an attempt that began before does not undo that.
  alter table webhooks add column times_asked integer not null default 0;
  alter table deliveries add column times_asked integer not null default 0;
  `,
  `
  -- The newest without a look at all.
  create index entities_by_time on entities (collection, coalesce(updated_ms, created_ms), sequence);
  `,
  `
  -- Between which keys they are, or were: what is in everything is not looked for where nothing of them is.
  alter table entity_counts add column first_key integer not null default 0;
  alter table entity_counts add column last_key integer not null default 0;
  update entity_counts set (first_key, last_key) = (
    select coalesce(min(key), 0), coalesce(max(key), 0) from entities
    where entities.connection_id = entity_counts.connection_id and entities.entity_type = entity_counts.entity_type
  );
  `,
]

/** The version this program writes. */
export const schemaVersion = migrations.length

/** Brings a database to the newest version or the one given, each step in a transaction of its own. */
export function migrate(database: Database, to = schemaVersion): void {
  const row = database.get('pragma user_version')
  for (let version = Number(row?.user_version); version < to; version++) {
    database.transaction(() => {
      const migration = migrations[version] ?? ''
      if (typeof migration === 'string') database.script(migration)
      else migration(database)
      database.script(`pragma application_id = ${applicationId}; pragma user_version = ${version + 1}`)
    })
  }
}
