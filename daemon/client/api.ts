/** Written by `npm run client` from the OpenAPI document: not by hand. */

/** A key for another program, without itself */
export type ApiKey = {
  /** The key, which it tells nothing of */
  id: string
  /** What it is for */
  name: string
  /** Its last characters */
  hint: string
  /** `read` looks and searches, `sync` also starts and cancels runs, `admin` also changes what is there. Each holds those before it. */
  scope: 'read' | 'sync' | 'admin'
  /** The readable ids of what it reaches; null for everything */
  collections: string[] | null
  /** ISO 8601 in UTC */
  created_at: string
  /** When it ends; null for never (ISO 8601 in UTC) */
  expires_at: string | null
  /** When it was last used, exact to a minute over restarts (ISO 8601 in UTC) */
  last_used_at: string | null
}

/** What the key is for, and how far it reaches */
export type ApiKeyCreate = {
  /** What it is for */
  name: string
  /** `read` looks and searches, `sync` also starts and cancels runs, `admin` also changes what is there. Each holds those before it. */
  scope: 'read' | 'sync' | 'admin'
  /** Readable ids; default everything */
  collections?: string[] | null | undefined
  /** When it ends (ISO 8601); default never */
  expires_at?: string | null | undefined
}

/** What a backup is to hold, and how */
export type BackupOptions = {
  /** Whether a key of the vault that is kept in the data folder is in it */
  include_key?: boolean | undefined
  /** With gzip around it */
  compressed?: boolean | undefined
}

/** A page of the feed; an empty one has a cursor too */
export type Changes = {
  /** In the order of their last change; fewer than `limit` when they are large, empty only where nothing has changed since */
  entities: Entity[]
  /** Ask again with it for exactly what changes from here on */
  next_cursor: string
}

/** What is searched and followed together: the entities of some source connections */
export type Collection = {
  /** The collection */
  id: string
  /** What people call it */
  name: string
  /** Its place in addresses */
  readable_id: string
  /** Always the same: a machine is one organization */
  organization_id: string
  /** How its connections are: all well, some not well, none there that has a credential, or none well */
  status: 'ACTIVE' | 'PARTIAL ERROR' | 'NEEDS SOURCE' | 'ERROR'
  /** Always 0: there are no embeddings */
  vector_size: number
  /** Always `none`: there are no embeddings */
  embedding_model_name: string
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** Always null: the machine has one owner, whose address is not kept */
  created_by_email: null
  /** Always null: the machine has one owner, whose address is not kept */
  modified_by_email: null
}

/** A new collection */
export type CollectionCreate = {
  /** What people call it */
  name: string
  /** Its place in addresses; made from the name when absent */
  readable_id?: string | null | undefined
}

/** What is to change; what is absent stays */
export type CollectionUpdate = {
  /** What people call it */
  name?: string | undefined
}

/** One test, or a filter inside the filter; several tests in one must all hold */
export type Condition = {
  /** The field that is tested: `source_name`, `entity_type`, `source_connection_id`, `author`, `created_at`, `updated_at` or `breadcrumbs.*` */
  key?: string | null | undefined
  /** What the field must be: one of the five */
  match?:
    | {
        /** Is exactly this */
        value?: string | number | boolean | null | undefined
        /** Is one of these */
        any?: (string | number)[] | null | undefined
        /** Is none of these */
        except?: (string | number)[] | null | undefined
        /** Has these words in it */
        text?: string | null | undefined
        /** Has these words in it, in this order */
        phrase?: string | null | undefined
      }
    | null
    | undefined
  /** Between what the field must be */
  range?:
    | {
        /** Greater than: a number or an ISO 8601 time */
        gt?: number | string | null | undefined
        /** Greater than or equal to */
        gte?: number | string | null | undefined
        /** Less than */
        lt?: number | string | null | undefined
        /** Less than or equal to */
        lte?: number | string | null | undefined
      }
    | null
    | undefined
  /** Whether the field is empty or absent */
  is_empty?:
    | boolean
    | {
        /** The field that is tested */
        key: string
      }
    | null
    | undefined
  /** Whether the field is null */
  is_null?:
    | boolean
    | {
        /** The field that is tested */
        key: string
      }
    | null
    | undefined
  /** Is one of the entities with these ids */
  has_id?: (string | number)[] | null | undefined
  /** One condition or a list of them */
  must?: Condition[] | Condition | null | undefined
  /** One condition or a list of them */
  should?: Condition[] | Condition | null | undefined
  /** One condition or a list of them */
  must_not?: Condition[] | Condition | null | undefined
  /** At least so many of these */
  min_should?:
    | {
        /** Those that are counted */
        conditions?: Condition[] | Condition | null | undefined
        /** How many of them must hold */
        min_count: number
      }
    | null
    | undefined
}

/** What the provider said of the token */
export type ConnectionCheck = {
  /** Null where that could not be found out */
  alive: boolean | null
  /** Whose data it is, once the provider has told */
  account: {
    /** The provider's id of it */
    id: string
    /** What a person calls it, such as an address */
    name: string
  } | null
  /** Why it does not work, in a word, as a job's `error_category` */
  error_category: string | null
  /** Why it does not work, in a sentence */
  error_message: string | null
  /** When the access token dies (ISO 8601 in UTC) */
  expires_at: string | null
  /** When it will need a person (ISO 8601 in UTC) */
  needs_person_at: string | null
  /** Why it will: the token ends and there is no refresh token, the refresh token ends, or it ends when it is not used */
  needs_person_because: 'access_token_ends' | 'refresh_token_ends' | 'refresh_token_idle' | null
  /** What the source needs */
  scopes: string[]
}

/** A message, file, mail, event, task or page as it was last read */
export type Entity = {
  /** The entity, here */
  id: string
  /** The provider's id */
  entity_id: string
  /** What it is, such as `slack_message` */
  entity_type: string
  /** The source's short name */
  source_name: string
  /** The connection that it came through */
  source_connection_id: string
  /** The collection's readable id */
  collection: string
  /** Its title, or how its text begins */
  name: string
  /** Its content as Markdown; empty where it has none */
  text: string
  /** Where a person reads it at the provider */
  url: string | null
  /** Another name of `url` */
  web_url: string | null
  /** Who wrote it */
  author: string | null
  /** From the outermost folder to the parent */
  breadcrumbs: {
    /** The provider's id */
    entity_id: string
    /** What it is called */
    name: string
    /** What it is */
    entity_type: string
  }[]
  /** When it was made at the provider (ISO 8601 in UTC) */
  created_at: string | null
  /** When it last changed at the provider (ISO 8601 in UTC) */
  updated_at: string | null
  /** When it last changed here (ISO 8601 in UTC) */
  synced_at: string
  /** What its last change was */
  change: 'inserted' | 'updated' | 'deleted'
  /** Why `text` lacks what its file says, such as "the file is protected by a password" or "no text is in the file"; null where it does not lack it, or there is no file */
  file_unread_because: string | null
  /** The provider's own object; null once it is deleted */
  raw: Record<string, unknown> | null
}

/** Something that happened */
export type Event =
  | {
      /** What happened */
      type: 'job.started'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** The job */
      job_id: string
      /** What started it, as a job's `trigger` */
      trigger: string
    }
  | {
      /** What happened */
      type: 'job.completed'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** The job */
      job_id: string
      /** New entities */
      inserted: number
      /** Changed ones */
      updated: number
      /** Ones that are gone */
      deleted: number
    }
  | {
      /** What happened */
      type: 'job.failed'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** The job */
      job_id: string
      /** Why, in a word, as a job's `error_category` */
      category: string
      /** Why, in a sentence */
      message: string
    }
  | {
      /** What happened */
      type: 'job.cancelled'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** The job */
      job_id: string
    }
  | {
      /** What happened */
      type: 'connection.failing'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** Why, in a word, as a job's `error_category` */
      category: string
      /** Why, in a sentence */
      message: string
    }
  | {
      /** What happened */
      type: 'connection.recovered'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
    }
  | {
      /** What happened */
      type: 'connection.needs_reauth'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** Why, in a word, as a job's `error_category` */
      category: string
      /** Why, in a sentence */
      message: string
    }
  | {
      /** What happened */
      type: 'connection.expiring'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The source connection */
      connection_id: string
      /** What people call it */
      connection_name: string
      /** The short name */
      source: string
      /** The readable id */
      collection: string
      /** When it will need a person (ISO 8601 in UTC) */
      ends_at: string
      /** Why it will */
      reason: 'access_token_ends' | 'refresh_token_ends' | 'refresh_token_idle'
      /** What to do, in a sentence */
      message: string
    }
  | {
      /** What happened */
      type: 'client.refused'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The family whose OAuth client it is */
      provider: string
      /** What to do, in a sentence */
      message: string
    }
  | {
      /** What happened */
      type: 'webhook.disabled'
      /** Names the event, for `Last-Event-ID` */
      id: string
      /** ISO 8601 in UTC */
      at: string
      /** The webhook */
      webhook_id: string
      /** `gone`: it answered 410; `failing`: nothing reached it for five days */
      reason: 'gone' | 'failing'
      /** Which one, and why */
      message: string
    }

/** All of `must`, none of `must_not`, at least one of `should`, and `min_count` of `min_should` */
export type Filter = {
  /** One condition or a list of them */
  must?: Condition[] | Condition | null | undefined
  /** One condition or a list of them */
  should?: Condition[] | Condition | null | undefined
  /** One condition or a list of them */
  must_not?: Condition[] | Condition | null | undefined
  /** At least so many of these */
  min_should?:
    | {
        /** Those that are counted */
        conditions?: Condition[] | Condition | null | undefined
        /** How many of them must hold */
        min_count: number
      }
    | null
    | undefined
}

/** One sync of one connection */
export type Job = {
  /** The job */
  id: string
  /** The connection that it runs for */
  source_connection_id: string
  /** Always the same: a machine is one organization */
  organization_id: string
  /** Where it is; the last three are ends */
  status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  /** What started it: a new connection, a request, a request with a token of the caller's, or the clock */
  trigger: 'create' | 'manual' | 'override' | 'schedule'
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** ISO 8601 in UTC */
  started_at: string | null
  /** When it ended well (ISO 8601 in UTC) */
  completed_at: string | null
  /** When it failed (ISO 8601 in UTC) */
  failed_at: string | null
  /** Once it is over */
  duration_seconds: number | null
  /** New ones */
  entities_inserted: number
  /** Changed ones */
  entities_updated: number
  /** Ones that are gone at the provider */
  entities_deleted: number
  /** Read again and unchanged */
  entities_kept: number
  /** Left out because the provider would not show them; they keep what they had */
  entities_skipped: number
  /** Ones that could not be stored */
  entities_failed: number
  /** Seen so far, by entity type */
  entities_encountered: Record<string, number>
  /** Requests sent to the provider */
  requests: number
  /** Why it failed, in a sentence */
  error: string | null
  /** Why it failed, in a word: `token_expired`, `token_revoked`, `refresh_failed`, `scope_missing`, `client_invalid`, `rate_limited`, `provider_unavailable`, `offline`, `cancelled`, `interrupted`, `bad_response`, `bad_config`, `internal` */
  error_category: string | null
  /** The provider's own short code for it */
  provider_error: string | null
}

/** A job as it goes */
export type JobProgress = {
  /** The job */
  id: string
  /** The connection that it runs for */
  source_connection_id: string
  /** Always the same: a machine is one organization */
  organization_id: string
  /** Where it is; the last three are ends */
  status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
  /** What started it: a new connection, a request, a request with a token of the caller's, or the clock */
  trigger: 'create' | 'manual' | 'override' | 'schedule'
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** ISO 8601 in UTC */
  started_at: string | null
  /** When it ended well (ISO 8601 in UTC) */
  completed_at: string | null
  /** When it failed (ISO 8601 in UTC) */
  failed_at: string | null
  /** Once it is over */
  duration_seconds: number | null
  /** New ones */
  entities_inserted: number
  /** Changed ones */
  entities_updated: number
  /** Ones that are gone at the provider */
  entities_deleted: number
  /** Read again and unchanged */
  entities_kept: number
  /** Left out because the provider would not show them; they keep what they had */
  entities_skipped: number
  /** Ones that could not be stored */
  entities_failed: number
  /** Seen so far, by entity type */
  entities_encountered: Record<string, number>
  /** Requests sent to the provider */
  requests: number
  /** Why it failed, in a sentence */
  error: string | null
  /** Why it failed, in a word: `token_expired`, `token_revoked`, `refresh_failed`, `scope_missing`, `client_invalid`, `rate_limited`, `provider_unavailable`, `offline`, `cancelled`, `interrupted`, `bad_response`, `bad_config`, `internal` */
  error_category: string | null
  /** The provider's own short code for it */
  provider_error: string | null
  /** Set while the provider makes it wait */
  waiting: {
    /** When it goes on (ISO 8601 in UTC) */
    until: string
    /** Why: `rate_limited`, `unavailable` or `offline` */
    code: string
  } | null
}

/** An answer of JSON-RPC 2.0 */
export type McpAnswer = {
  /** The version of JSON-RPC */
  jsonrpc: '2.0'
  /** That of the message which it answers */
  id?: string | number | null | undefined
  /** What the method gives */
  result?: Record<string, unknown> | undefined
  /** Why there is no result */
  error?:
    | ({
        /** JSON-RPC's or MCP's code */
        code: number
        /** Why */
        message: string
      } & Record<string, unknown>)
    | undefined
} & Record<string, unknown>

/** A message of JSON-RPC 2.0, as the Model Context Protocol has it */
export type McpMessage = {
  /** The version of JSON-RPC */
  jsonrpc: '2.0'
  /** Absent in notifications */
  id?: string | number | undefined
  /** What is asked for */
  method?: string | undefined
  /** What the method takes */
  params?: Record<string, unknown> | undefined
} & Record<string, unknown>

/** A new key, as it is shown once */
export type NewApiKey = {
  /** The key, which it tells nothing of */
  id: string
  /** What it is for */
  name: string
  /** Its last characters */
  hint: string
  /** `read` looks and searches, `sync` also starts and cancels runs, `admin` also changes what is there. Each holds those before it. */
  scope: 'read' | 'sync' | 'admin'
  /** The readable ids of what it reaches; null for everything */
  collections: string[] | null
  /** ISO 8601 in UTC */
  created_at: string
  /** When it ends; null for never (ISO 8601 in UTC) */
  expires_at: string | null
  /** When it was last used, exact to a minute over restarts (ISO 8601 in UTC) */
  last_used_at: string | null
  /** Shown this once, and kept nowhere */
  key: string
}

/** A webhook with its new secret, as it is shown once */
export type NewWebhook = {
  /** The webhook */
  id: string
  /** Where events are sent; while the vault is locked, its path is masked */
  url: string
  /** What it is for */
  description: string | null
  /** `standard`: signed JSON for programs (Standard Webhooks); `ntfy`: notifications for people, as ntfy takes them */
  format: 'standard' | 'ntfy'
  /** `*` for all, which is the default; with `ntfy` that is what a person wants to be called for */
  events: (
    | 'job.started'
    | 'job.completed'
    | 'job.failed'
    | 'job.cancelled'
    | 'connection.failing'
    | 'connection.recovered'
    | 'connection.needs_reauth'
    | 'connection.expiring'
    | 'client.refused'
    | 'webhook.disabled'
    | '*'
  )[]
  /** Only what concerns these (readable ids); empty for all */
  collections: string[]
  /** Only what concerns these (ids); empty for all */
  connections: string[]
  /** Sent with each message; their values are never shown */
  headers: Record<string, '********'>
  /** Whether anything is sent */
  enabled: boolean
  /** `asked`: by a person; `gone`: it answered 410; `failing`: nothing reached it for five days */
  disabled_because: 'asked' | 'gone' | 'failing' | null
  /** `failing`: the last attempts were in vain */
  status: 'ok' | 'failing' | 'disabled'
  /** Since when the attempts are in vain (ISO 8601 in UTC) */
  failing_since: string | null
  /** Why the last attempt was in vain; null after a good one */
  last_error: string | null
  /** ISO 8601 in UTC */
  last_delivered_at: string | null
  /** When a failing receiver is tried again (ISO 8601 in UTC) */
  next_attempt_at: string | null
  /** How many are in which state, of those that are kept */
  deliveries: {
    /** Waiting to be sent */
    pending: number
    /** Taken by the receiver */
    delivered: number
    /** Given up */
    failed: number
  }
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** Signs what is sent; shown this once */
  secret: string
}

/** A part of what was found */
export type Passage = {
  /** HTML: escaped text with `<mark>` around matches */
  snippet: string
  /** As the document numbers them; null where it has none */
  page: number | null
  /** Of the section of a long text that the match is in */
  heading: string | null
  /** Higher is better; comparable within one answer only */
  score: number
}

/** What went wrong, as problem details (RFC 9457). Never has a token, a secret or a part of the request in it. */
export type Problem = {
  /** A path that answers with an explanation */
  type: string
  /** What kind of problem it is, the same words each time */
  title: string
  /** The answer's own status */
  status: number
  /** One sentence on this case: what is wrong and what to do */
  detail: string
  /** With 422: each member that is wrong, all of them at once */
  errors?:
    | {
        /** Where it is: `body` or `query`, then the members down to it */
        loc: (string | number)[]
        /** What is wrong with it */
        msg: string
        /** Which kind of mistake it is */
        type: 'missing' | 'unknown' | 'invalid'
      }[]
    | undefined
  /** The source connection that it concerns */
  connection_id?: string | undefined
  /** The job that is in the way */
  job_id?: string | undefined
  /** The provider's own short code, such as `invalid_grant` */
  provider_error?: string | undefined
}

/** What a problem means */
export type ProblemExplanation = {
  /** As in the answer: the path of this explanation */
  type: string
  /** What kind of problem it is */
  title: string
  /** The status that it is answered with */
  status: number
  /** What it means and what to do */
  explanation: string
}

/** A token of your own for one job; without any, the stored credential is used */
export type Run = {
  /** Used for this one job instead of the stored credential, and never kept */
  access_token?: string | null | undefined
}

/** What to search for, and in what */
export type Search = {
  /** Any text a person may type */
  query: string
  /** How many at most */
  limit?: number | null | undefined
  /** How many to leave out first */
  offset?: number | null | undefined
  filter?: (Filter & Record<string, unknown>) | null | undefined
  /** Results are always raw */
  response_type?: 'raw' | 'completion' | null | undefined
  /** Accepted for the sake of existing clients; means nothing here */
  score_threshold?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  summarize?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  expansion_strategy?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  retrieval_strategy?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  temporal_relevance?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  expand_query?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  interpret_filters?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  rerank?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  generate_answer?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  search_method?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  recency_bias?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  enable_reranking?: unknown
  /** Accepted for the sake of existing clients; means nothing here */
  enable_query_interpretation?: unknown
}

/** What was found */
export type SearchAnswer = {
  /** Best first */
  results: SearchHit[]
  /** Always `raw` */
  response_type: 'raw'
  /** Whether there is a result */
  status: 'success' | 'no_results'
  /** Always null: nothing here writes answers */
  completion: null
}

/** An entity that was found */
export type SearchHit = {
  /** The entity, here */
  id: string
  /** The provider's id */
  entity_id: string
  /** What it is, such as `slack_message` */
  entity_type: string
  /** The source's short name */
  source_name: string
  /** The connection that it came through */
  source_connection_id: string
  /** The collection's readable id */
  collection: string
  /** Its title, or how its text begins */
  name: string
  /** Its content as Markdown; empty where it has none */
  text: string
  /** Where a person reads it at the provider */
  url: string | null
  /** Another name of `url` */
  web_url: string | null
  /** Who wrote it */
  author: string | null
  /** From the outermost folder to the parent */
  breadcrumbs: {
    /** The provider's id */
    entity_id: string
    /** What it is called */
    name: string
    /** What it is */
    entity_type: string
  }[]
  /** When it was made at the provider (ISO 8601 in UTC) */
  created_at: string | null
  /** When it last changed at the provider (ISO 8601 in UTC) */
  updated_at: string | null
  /** When it last changed here (ISO 8601 in UTC) */
  synced_at: string
  /** What its last change was */
  change: 'inserted' | 'updated' | 'deleted'
  /** Why `text` lacks what its file says, such as "the file is protected by a password" or "no text is in the file"; null where it does not lack it, or there is no file */
  file_unread_because: string | null
  /** The provider's own object; null once it is deleted */
  raw: Record<string, unknown> | null
  /** Higher is better; comparable within one answer only */
  score: number
  /** The score brought between 0 and 1 */
  relevance_score: number
  /** Of the best passage. HTML: escaped text with `<mark>` around matches */
  snippet: string
  /** Of the best passage, in a document with pages */
  page: number | null
  /** The best parts of a long text, best first, at most three; of a short text, and of one whose name alone matches, one */
  passages: Passage[]
}

/** A sign-in that was begun */
export type SignIn = {
  /** Where to send a browser */
  url: string
  /** Comes back with the code */
  state: string
  /** Until when it can be finished (ISO 8601 in UTC) */
  expires_at: string
}

/** What is to be done when somebody else signed in */
export type SignInDecision = {
  /** As it was told with the question */
  decision: string
  /** `separate`: a connection of its own for the other account; `discard`: everything stays as it was */
  choice: 'separate' | 'discard'
}

/** A link that works once */
export type SignInLink = {
  /** Opens the dashboard */
  url: string
  /** Until when it does (ISO 8601 in UTC) */
  expires_at: string
}

/** What can be connected, and what it takes */
export type Source = {
  /** Made from the short name: clients expect one */
  id: string
  /** What people call it */
  name: string
  /** Names it in requests */
  short_name: string
  /** What it brings in */
  description: string
  /** What kind of source it is */
  labels: string[]
  /** How it is signed in to; `rotating` where a refresh token works once */
  auth_type: 'oauth2_with_refresh' | 'oauth2_with_refresh_rotating'
  /** How a credential can be given */
  auth_methods: string[]
  /** As `auth_type`, in fewer words */
  oauth_type: 'with_refresh' | 'with_rotating_refresh'
  /** Always false: a token will do */
  requires_byoc: boolean
  /** What a credential is made of */
  auth_fields: {
    /** Each field, in the order of a form */
    fields: {
      /** The member that it is given as */
      name: string
      /** Its name for people */
      title: string
      /** What it is, for people */
      description: string
      /** Its JSON type */
      type: 'string' | 'array' | 'boolean' | 'integer'
      /** How a string must be written */
      format?: 'date' | 'date-time' | undefined
      /** What is in an array */
      items_type?: 'string' | undefined
      /** Whether it must be given */
      required: boolean
      /** Whether it is kept sealed and never shown */
      secret: boolean
      /** The least an integer may be */
      minimum?: number | undefined
      /** What it is when it is not given */
      default?: string | number | boolean | string[] | undefined
    }[]
  }
  /** What can be set */
  config_fields: {
    /** Each field, in the order of a form */
    fields: {
      /** The member that it is given as */
      name: string
      /** Its name for people */
      title: string
      /** What it is, for people */
      description: string
      /** Its JSON type */
      type: 'string' | 'array' | 'boolean' | 'integer'
      /** How a string must be written */
      format?: 'date' | 'date-time' | undefined
      /** What is in an array */
      items_type?: 'string' | undefined
      /** Whether it must be given */
      required: boolean
      /** Whether it is kept sealed and never shown */
      secret: boolean
      /** The least an integer may be */
      minimum?: number | undefined
      /** What it is when it is not given */
      default?: string | number | boolean | string[] | undefined
    }[]
  }
  /** What a token must be allowed */
  scopes: string[]
  /** What it brings in, by type */
  entity_types: string[]
  /** Made from the short name: clients expect one */
  auth_config_class: string
  /** Made from the short name: clients expect one */
  config_class: string
  /** Made from the short name: clients expect one */
  class_name: string
  /** Always true: after the first sync it asks only for what changed */
  supports_continuous: boolean
  /** Always false: the store is searched */
  federated_search: boolean
  /** Always empty: clients expect it */
  output_entity_definition_ids: string[]
  /** Always null: sources are part of the program */
  organization_id: null
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
}

/** One account at one source, and how its sync is. Members that mean the same carry two clients' names. */
export type SourceConnection = {
  /** The source connection */
  id: string
  /** What people call it */
  name: string
  /** What people say of it */
  description: string | null
  /** The source's short name */
  short_name: string
  /** The collection's readable id */
  collection: string
  /** Another name of `collection` */
  readable_collection_id: string
  /** How it is: well, in a job, its last job failed, a person must give a new credential, or it has none yet */
  status: 'active' | 'in_progress' | 'failing' | 'needs_reauth' | 'pending_auth'
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** Always null: the machine has one owner, whose address is not kept */
  created_by_email: null
  /** Always null: the machine has one owner, whose address is not kept */
  modified_by_email: null
  /** Always the same: a machine is one organization */
  organization_id: string
  /** Made from `id`: clients expect one */
  sync_id: string
  /** Made from `id`: clients expect one */
  connection_id: string
  /** The white label that it was made through */
  white_label_id: string | null
  /** Each value is `********` */
  auth_fields: Record<string, string>
  /** What the source's declared settings are set to */
  config_fields: Record<string, unknown>
  /** Another name of `config_fields` */
  config: Record<string, unknown>
  /** When it syncs by itself; null for not at all */
  cron_schedule: string | null
  /** The IANA time zone of the schedule */
  timezone: string | null
  /** ISO 8601 in UTC */
  next_scheduled_run: string | null
  /** The last job */
  latest_sync_job_id: string | null
  /** Where the last job is */
  latest_sync_job_status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | null
  /** ISO 8601 in UTC */
  latest_sync_job_started_at: string | null
  /** ISO 8601 in UTC */
  latest_sync_job_completed_at: string | null
  /** Why the last job failed */
  latest_sync_job_error: string | null
  /** Why it does not work, in a word, as a job's `error_category` */
  error_category: string | null
  /** Why it does not work, in a sentence */
  error_message: string | null
  /** Its credential */
  auth: {
    /** How its credential came: `oauth_token` was given, `oauth_browser` is of a sign-in */
    method: 'oauth_token' | 'oauth_browser'
    /** Whether it has a credential that works as far as is known */
    authenticated: boolean
    /** When the credential was given (ISO 8601 in UTC) */
    authenticated_at: string | null
    /** When the access token dies; it is refreshed before, where that can be done (ISO 8601 in UTC) */
    expires_at: string | null
    /** When it will need a person to sign in or give new auth_fields, as far as that is known */
    needs_person_at: string | null
    /** Why it will: the token ends and there is no refresh token, the refresh token ends, or it ends when it is not used */
    needs_person_because: 'access_token_ends' | 'refresh_token_ends' | 'refresh_token_idle' | null
    /** Whose data it is, once the provider has told */
    account: {
      /** The provider's id of it */
      id: string
      /** What a person calls it, such as an address */
      name: string
    } | null
    /** Where a person signs in, while a connection waits for its first sign-in, or again for one that was signed in so; works once, for twenty minutes */
    auth_url: string | null
  }
  /** The schedule, as newer clients read it */
  schedule: {
    /** As `cron_schedule` */
    cron: string | null
    /** As `timezone` */
    timezone: string | null
    /** ISO 8601 in UTC */
    next_run: string | null
  }
  /** Its jobs */
  sync: {
    /** Jobs that are over */
    total_runs: number
    /** Those that completed */
    successful_runs: number
    /** Those that failed */
    failed_runs: number
    /** The last job */
    last_job: {
      /** The job */
      id: string
      /** The connection that it runs for */
      source_connection_id: string
      /** Always the same: a machine is one organization */
      organization_id: string
      /** Where it is; the last three are ends */
      status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
      /** What started it: a new connection, a request, a request with a token of the caller's, or the clock */
      trigger: 'create' | 'manual' | 'override' | 'schedule'
      /** ISO 8601 in UTC */
      created_at: string
      /** ISO 8601 in UTC */
      modified_at: string
      /** ISO 8601 in UTC */
      started_at: string | null
      /** When it ended well (ISO 8601 in UTC) */
      completed_at: string | null
      /** When it failed (ISO 8601 in UTC) */
      failed_at: string | null
      /** Once it is over */
      duration_seconds: number | null
      /** New ones */
      entities_inserted: number
      /** Changed ones */
      entities_updated: number
      /** Ones that are gone at the provider */
      entities_deleted: number
      /** Read again and unchanged */
      entities_kept: number
      /** Left out because the provider would not show them; they keep what they had */
      entities_skipped: number
      /** Ones that could not be stored */
      entities_failed: number
      /** Seen so far, by entity type */
      entities_encountered: Record<string, number>
      /** Requests sent to the provider */
      requests: number
      /** Why it failed, in a sentence */
      error: string | null
      /** Why it failed, in a word: `token_expired`, `token_revoked`, `refresh_failed`, `scope_missing`, `client_invalid`, `rate_limited`, `provider_unavailable`, `offline`, `cancelled`, `interrupted`, `bad_response`, `bad_config`, `internal` */
      error_category: string | null
      /** The provider's own short code for it */
      provider_error: string | null
    } | null
  }
  /** What is in the store */
  entities: {
    /** How many there are now */
    total_entities: number
    /** The same by entity type */
    by_type: Record<
      string,
      {
        /** How many there are now */
        count: number
        /** When one last changed (ISO 8601 in UTC) */
        last_updated: string | null
      }
    >
  }
  /** Always false: the store is searched */
  federated_search: boolean
}

/** A new source connection: the source, its credential, and where it goes */
export type SourceConnectionCreate = {
  /** The credential: what the source declares */
  auth_fields?: Record<string, unknown> | null | undefined
  /** The credential as newer clients write it: `{ access_token, … }` or `{ credentials: { … } }`; or the OAuth client of a browser sign-in: `{ client_id?, client_secret?, redirect_uri? }` */
  authentication?: Record<string, unknown> | null | undefined
  /** Settings that the source declares, such as how far back to go */
  config_fields?: Record<string, unknown> | null | undefined
  /** Another name of `config_fields` */
  config?: Record<string, unknown> | null | undefined
  /** When to sync: five or six cron fields; null ends the schedule */
  cron_schedule?: string | null | undefined
  /** Another way to give `cron_schedule` and `timezone` */
  schedule?:
    | {
        /** Another name of `cron_schedule` */
        cron?: string | null | undefined
        /** Another name of `timezone` */
        timezone?: string | null | undefined
        /** Accepted for the sake of existing clients; means nothing here */
        continuous?: unknown
        /** Accepted for the sake of existing clients; means nothing here */
        cursor_field?: unknown
      }
    | null
    | undefined
  /** IANA time zone of the schedule; default: the machine's */
  timezone?: string | null | undefined
  /** What people call it; default: the source and the collection */
  name?: string | null | undefined
  /** What people say of it */
  description?: string | null | undefined
  /** The source's short name, of those in GET /sources */
  short_name: string
  /** A collection's readable id; one is made when absent */
  collection?: string | null | undefined
  /** Another name of `collection` */
  readable_collection_id?: string | null | undefined
  /** Whether the first job starts at once */
  sync_immediately?: boolean | null | undefined
  /** The white label whose OAuth client signs in */
  white_label_id?: string | null | undefined
  /** Asks the provider once whether the token works */
  validate?: boolean | null | undefined
  /** Accepted for the sake of existing clients; means nothing here */
  redirect_url?: unknown
}

/** A source connection in a list */
export type SourceConnectionListItem = {
  /** The source connection */
  id: string
  /** What people call it */
  name: string
  /** What people say of it */
  description: string | null
  /** The source's short name */
  short_name: string
  /** The collection's readable id */
  collection: string
  /** Another name of `collection` */
  readable_collection_id: string
  /** How it is: well, in a job, its last job failed, a person must give a new credential, or it has none yet */
  status: 'active' | 'in_progress' | 'failing' | 'needs_reauth' | 'pending_auth'
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** Always null: the machine has one owner, whose address is not kept */
  created_by_email: null
  /** Always null: the machine has one owner, whose address is not kept */
  modified_by_email: null
  /** Always the same: a machine is one organization */
  organization_id: string
  /** Made from `id`: clients expect one */
  sync_id: string
  /** Made from `id`: clients expect one */
  connection_id: string
  /** The white label that it was made through */
  white_label_id: string | null
  /** Each value is `********` */
  auth_fields: Record<string, string>
  /** What the source's declared settings are set to */
  config_fields: Record<string, unknown>
  /** Another name of `config_fields` */
  config: Record<string, unknown>
  /** When it syncs by itself; null for not at all */
  cron_schedule: string | null
  /** The IANA time zone of the schedule */
  timezone: string | null
  /** ISO 8601 in UTC */
  next_scheduled_run: string | null
  /** The last job */
  latest_sync_job_id: string | null
  /** Where the last job is */
  latest_sync_job_status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | null
  /** ISO 8601 in UTC */
  latest_sync_job_started_at: string | null
  /** ISO 8601 in UTC */
  latest_sync_job_completed_at: string | null
  /** Why the last job failed */
  latest_sync_job_error: string | null
  /** Why it does not work, in a word, as a job's `error_category` */
  error_category: string | null
  /** Why it does not work, in a sentence */
  error_message: string | null
  /** Its credential */
  auth: {
    /** How its credential came: `oauth_token` was given, `oauth_browser` is of a sign-in */
    method: 'oauth_token' | 'oauth_browser'
    /** Whether it has a credential that works as far as is known */
    authenticated: boolean
    /** When the credential was given (ISO 8601 in UTC) */
    authenticated_at: string | null
    /** When the access token dies; it is refreshed before, where that can be done (ISO 8601 in UTC) */
    expires_at: string | null
    /** When it will need a person to sign in or give new auth_fields, as far as that is known */
    needs_person_at: string | null
    /** Why it will: the token ends and there is no refresh token, the refresh token ends, or it ends when it is not used */
    needs_person_because: 'access_token_ends' | 'refresh_token_ends' | 'refresh_token_idle' | null
    /** Whose data it is, once the provider has told */
    account: {
      /** The provider's id of it */
      id: string
      /** What a person calls it, such as an address */
      name: string
    } | null
    /** Where a person signs in, while a connection waits for its first sign-in, or again for one that was signed in so; works once, for twenty minutes */
    auth_url: string | null
  }
  /** The schedule, as newer clients read it */
  schedule: {
    /** As `cron_schedule` */
    cron: string | null
    /** As `timezone` */
    timezone: string | null
    /** ISO 8601 in UTC */
    next_run: string | null
  }
  /** Its jobs */
  sync: {
    /** Jobs that are over */
    total_runs: number
    /** Those that completed */
    successful_runs: number
    /** Those that failed */
    failed_runs: number
    /** The last job */
    last_job: {
      /** The job */
      id: string
      /** The connection that it runs for */
      source_connection_id: string
      /** Always the same: a machine is one organization */
      organization_id: string
      /** Where it is; the last three are ends */
      status: 'pending' | 'in_progress' | 'completed' | 'failed' | 'cancelled'
      /** What started it: a new connection, a request, a request with a token of the caller's, or the clock */
      trigger: 'create' | 'manual' | 'override' | 'schedule'
      /** ISO 8601 in UTC */
      created_at: string
      /** ISO 8601 in UTC */
      modified_at: string
      /** ISO 8601 in UTC */
      started_at: string | null
      /** When it ended well (ISO 8601 in UTC) */
      completed_at: string | null
      /** When it failed (ISO 8601 in UTC) */
      failed_at: string | null
      /** Once it is over */
      duration_seconds: number | null
      /** New ones */
      entities_inserted: number
      /** Changed ones */
      entities_updated: number
      /** Ones that are gone at the provider */
      entities_deleted: number
      /** Read again and unchanged */
      entities_kept: number
      /** Left out because the provider would not show them; they keep what they had */
      entities_skipped: number
      /** Ones that could not be stored */
      entities_failed: number
      /** Seen so far, by entity type */
      entities_encountered: Record<string, number>
      /** Requests sent to the provider */
      requests: number
      /** Why it failed, in a sentence */
      error: string | null
      /** Why it failed, in a word: `token_expired`, `token_revoked`, `refresh_failed`, `scope_missing`, `client_invalid`, `rate_limited`, `provider_unavailable`, `offline`, `cancelled`, `interrupted`, `bad_response`, `bad_config`, `internal` */
      error_category: string | null
      /** The provider's own short code for it */
      provider_error: string | null
    } | null
  }
  /** What is in the store */
  entities: {
    /** How many there are now */
    total_entities: number
    /** The same by entity type */
    by_type: Record<
      string,
      {
        /** How many there are now */
        count: number
        /** When one last changed (ISO 8601 in UTC) */
        last_updated: string | null
      }
    >
  }
  /** Always false: the store is searched */
  federated_search: boolean
  /** As `auth.authenticated` */
  is_authenticated: boolean
  /** How its credential came: `oauth_token` was given, `oauth_browser` is of a sign-in */
  auth_method: 'oauth_token' | 'oauth_browser'
  /** As `entities.total_entities` */
  entity_count: number
}

/** What is to change; what is absent stays */
export type SourceConnectionUpdate = {
  /** The credential: what the source declares */
  auth_fields?: Record<string, unknown> | null | undefined
  /** The credential as newer clients write it: `{ access_token, … }` or `{ credentials: { … } }`; or the OAuth client of a browser sign-in: `{ client_id?, client_secret?, redirect_uri? }` */
  authentication?: Record<string, unknown> | null | undefined
  /** Settings that the source declares, such as how far back to go */
  config_fields?: Record<string, unknown> | null | undefined
  /** Another name of `config_fields` */
  config?: Record<string, unknown> | null | undefined
  /** When to sync: five or six cron fields; null ends the schedule */
  cron_schedule?: string | null | undefined
  /** Another way to give `cron_schedule` and `timezone` */
  schedule?:
    | {
        /** Another name of `cron_schedule` */
        cron?: string | null | undefined
        /** Another name of `timezone` */
        timezone?: string | null | undefined
        /** Accepted for the sake of existing clients; means nothing here */
        continuous?: unknown
        /** Accepted for the sake of existing clients; means nothing here */
        cursor_field?: unknown
      }
    | null
    | undefined
  /** IANA time zone of the schedule; default: the machine's */
  timezone?: string | null | undefined
  /** What people call it */
  name?: string | undefined
  /** What people say of it */
  description?: string | null | undefined
  /** The readable id of the collection that it moves to */
  collection?: string | undefined
  /** Another name of `collection` */
  readable_collection_id?: string | undefined
  /** The white label whose OAuth client signs in */
  white_label_id?: string | null | undefined
  /** Asks the provider once whether the token works */
  validate?: boolean | null | undefined
  /** Accepted for the sake of existing clients; means nothing here */
  connection_id?: unknown
}

/** How credentials are sealed */
export type Vault = {
  /** Whether the key is not at hand, and so nothing can use a credential */
  locked: boolean
  /** Why it is locked, and what to do */
  reason: string | null
  /** The key that seals */
  key: {
    /** Names the key, and tells nothing of it */
    id: string
    /** Where a start finds it: `INLET_MASTER_KEY`, `INLET_MASTER_KEY_FILE`, `INLET_PASSPHRASE`, or `master.key` in the data folder */
    source: 'environment' | 'file' | 'passphrase' | 'generated'
    /** ISO 8601 in UTC */
    created_at: string | null
  } | null
  /** Kept because something may still be sealed with them */
  old_keys: {
    /** Names the key, and tells nothing of it */
    id: string
    /** Where a start finds it: `INLET_MASTER_KEY`, `INLET_MASTER_KEY_FILE`, `INLET_PASSPHRASE`, or `master.key` in the data folder */
    source: 'environment' | 'file' | 'passphrase' | 'generated'
    /** ISO 8601 in UTC */
    created_at: string | null
  }[]
  /** `unfinished`: it was cut short, or old keys are kept for credentials that do not open */
  rotation: 'none' | 'running' | 'unfinished'
  /** How many there are */
  credentials: number
  /** Those that the present key does not seal yet */
  sealed_with_old_key: number
  /** Credentials that do not open. Each is kept, and concerns its own connection alone */
  unreadable: {
    /** The connection whose it is */
    source_connection_id: string
    /** Why it does not open */
    reason: string
  }[]
}

/** The new key: one of `key`, `passphrase` and `generate`, or none */
export type VaultRotate = {
  /** 32 bytes in base64 */
  key?: string | undefined
  /** From which the key is derived with Argon2id */
  passphrase?: string | undefined
  /** A key is made, and kept in `master.key` */
  generate?: true | undefined
  /** Where the next start finds `key` */
  kept_in?: 'environment' | 'file' | undefined
}

/** The key or the passphrase, where it is kept nowhere */
export type VaultUnlock = {
  /** 32 bytes in base64 */
  key?: string | undefined
  /** From which the key is derived with Argon2id */
  passphrase?: string | undefined
}

/** Where events are sent, without its secret */
export type Webhook = {
  /** The webhook */
  id: string
  /** Where events are sent; while the vault is locked, its path is masked */
  url: string
  /** What it is for */
  description: string | null
  /** `standard`: signed JSON for programs (Standard Webhooks); `ntfy`: notifications for people, as ntfy takes them */
  format: 'standard' | 'ntfy'
  /** `*` for all, which is the default; with `ntfy` that is what a person wants to be called for */
  events: (
    | 'job.started'
    | 'job.completed'
    | 'job.failed'
    | 'job.cancelled'
    | 'connection.failing'
    | 'connection.recovered'
    | 'connection.needs_reauth'
    | 'connection.expiring'
    | 'client.refused'
    | 'webhook.disabled'
    | '*'
  )[]
  /** Only what concerns these (readable ids); empty for all */
  collections: string[]
  /** Only what concerns these (ids); empty for all */
  connections: string[]
  /** Sent with each message; their values are never shown */
  headers: Record<string, '********'>
  /** Whether anything is sent */
  enabled: boolean
  /** `asked`: by a person; `gone`: it answered 410; `failing`: nothing reached it for five days */
  disabled_because: 'asked' | 'gone' | 'failing' | null
  /** `failing`: the last attempts were in vain */
  status: 'ok' | 'failing' | 'disabled'
  /** Since when the attempts are in vain (ISO 8601 in UTC) */
  failing_since: string | null
  /** Why the last attempt was in vain; null after a good one */
  last_error: string | null
  /** ISO 8601 in UTC */
  last_delivered_at: string | null
  /** When a failing receiver is tried again (ISO 8601 in UTC) */
  next_attempt_at: string | null
  /** How many are in which state, of those that are kept */
  deliveries: {
    /** Waiting to be sent */
    pending: number
    /** Taken by the receiver */
    delivered: number
    /** Given up */
    failed: number
  }
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
}

/** Where events are sent, and which */
export type WebhookCreate = {
  /** https; http on this machine and in private networks. With `ntfy` that of a topic */
  url: string
  /** What it is for */
  description?: string | null | undefined
  /** `standard`: signed JSON for programs (Standard Webhooks); `ntfy`: notifications for people, as ntfy takes them */
  format?: 'standard' | 'ntfy' | undefined
  /** `*` for all, which is the default; with `ntfy` that is what a person wants to be called for */
  events?:
    | (
        | 'job.started'
        | 'job.completed'
        | 'job.failed'
        | 'job.cancelled'
        | 'connection.failing'
        | 'connection.recovered'
        | 'connection.needs_reauth'
        | 'connection.expiring'
        | 'client.refused'
        | 'webhook.disabled'
        | '*'
      )[]
    | undefined
  /** Only what concerns these (readable ids); empty for all */
  collections?: string[] | undefined
  /** Only what concerns these (ids); empty for all */
  connections?: string[] | undefined
  /** Sent with each message, such as `Authorization`; kept in the vault, replaced as a whole */
  headers?: Record<string, string> | undefined
  /** Whether anything is sent; what waits is kept */
  enabled?: boolean | undefined
  /** Your own, `whsec_` and the base64 of 24 to 64 bytes; one is made where absent */
  secret?: string | undefined
}

/** One event for one webhook */
export type WebhookDelivery = {
  /** The delivery */
  id: string
  /** The webhook that it is for */
  webhook_id: string
  /** The header `webhook-id` of every attempt */
  event_id: string
  /** What happened */
  event_type:
    | 'job.started'
    | 'job.completed'
    | 'job.failed'
    | 'job.cancelled'
    | 'connection.failing'
    | 'connection.recovered'
    | 'connection.needs_reauth'
    | 'connection.expiring'
    | 'client.refused'
    | 'webhook.disabled'
  /** `failed`: given up, after days or a 410 */
  state: 'pending' | 'delivered' | 'failed'
  /** How often it was tried */
  attempts: number
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  last_attempt_at: string | null
  /** The HTTP status; null where nothing was answered */
  last_status: number | null
  /** Why the last attempt was in vain */
  last_error: string | null
  /** When it is tried again; null once it is over (ISO 8601 in UTC) */
  next_attempt_at: string | null
}

/** An event, as a webhook is sent it */
export type WebhookPayload =
  | {
      /** What happened */
      type: 'job.started'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** The job */
        job_id: string
        /** What started it, as a job's `trigger` */
        trigger: string
      }
    }
  | {
      /** What happened */
      type: 'job.completed'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** The job */
        job_id: string
        /** New entities */
        inserted: number
        /** Changed ones */
        updated: number
        /** Ones that are gone */
        deleted: number
      }
    }
  | {
      /** What happened */
      type: 'job.failed'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** The job */
        job_id: string
        /** Why, in a word, as a job's `error_category` */
        category: string
        /** Why, in a sentence */
        message: string
      }
    }
  | {
      /** What happened */
      type: 'job.cancelled'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** The job */
        job_id: string
      }
    }
  | {
      /** What happened */
      type: 'connection.failing'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** Why, in a word, as a job's `error_category` */
        category: string
        /** Why, in a sentence */
        message: string
      }
    }
  | {
      /** What happened */
      type: 'connection.recovered'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
      }
    }
  | {
      /** What happened */
      type: 'connection.needs_reauth'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** Why, in a word, as a job's `error_category` */
        category: string
        /** Why, in a sentence */
        message: string
      }
    }
  | {
      /** What happened */
      type: 'connection.expiring'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The source connection */
        connection_id: string
        /** What people call it */
        connection_name: string
        /** The short name */
        source: string
        /** The readable id */
        collection: string
        /** When it will need a person (ISO 8601 in UTC) */
        ends_at: string
        /** Why it will */
        reason: 'access_token_ends' | 'refresh_token_ends' | 'refresh_token_idle'
        /** What to do, in a sentence */
        message: string
      }
    }
  | {
      /** What happened */
      type: 'client.refused'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The family whose OAuth client it is */
        provider: string
        /** What to do, in a sentence */
        message: string
      }
    }
  | {
      /** What happened */
      type: 'webhook.disabled'
      /** ISO 8601 in UTC */
      timestamp: string
      /** What is told of it */
      data: {
        /** The webhook */
        webhook_id: string
        /** `gone`: it answered 410; `failing`: nothing reached it for five days */
        reason: 'gone' | 'failing'
        /** Which one, and why */
        message: string
      }
    }

/** The secret that takes the place of the old one */
export type WebhookSecretRotate = {
  /** Your own, `whsec_` and the base64 of 24 to 64 bytes; one is made where absent */
  secret?: string | undefined
}

/** What came back of a test */
export type WebhookTest = {
  /** Whether it was answered with 2xx */
  delivered: boolean
  /** The HTTP status; null where nothing was answered */
  status: number | null
  /** Why it did not arrive */
  error: string | null
  /** How long the answer took, in milliseconds */
  duration_ms: number
}

/** What is to change */
export type WebhookUpdate = {
  /** https; http on this machine and in private networks. With `ntfy` that of a topic */
  url?: string | undefined
  /** What it is for */
  description?: string | null | undefined
  /** `standard`: signed JSON for programs (Standard Webhooks); `ntfy`: notifications for people, as ntfy takes them */
  format?: 'standard' | 'ntfy' | undefined
  /** `*` for all, which is the default; with `ntfy` that is what a person wants to be called for */
  events?:
    | (
        | 'job.started'
        | 'job.completed'
        | 'job.failed'
        | 'job.cancelled'
        | 'connection.failing'
        | 'connection.recovered'
        | 'connection.needs_reauth'
        | 'connection.expiring'
        | 'client.refused'
        | 'webhook.disabled'
        | '*'
      )[]
    | undefined
  /** Only what concerns these (readable ids); empty for all */
  collections?: string[] | undefined
  /** Only what concerns these (ids); empty for all */
  connections?: string[] | undefined
  /** Sent with each message, such as `Authorization`; kept in the vault, replaced as a whole */
  headers?: Record<string, string> | undefined
  /** Whether anything is sent; what waits is kept */
  enabled?: boolean | undefined
}

/** A product's own OAuth client, through which its customers sign in */
export type WhiteLabel = {
  /** The white label */
  id: string
  /** What people call it */
  name: string
  /** The source that it is for */
  source_short_name: string
  /** Where the provider sends the product's browsers back to */
  redirect_url: string
  /** The product's OAuth client */
  client_id: string
  /** Never shown */
  client_secret: '********'
  /** Whose pages may ask for the address and send the code; separated by commas */
  allowed_origins: string
  /** Always the same: a machine is one organization */
  organization_id: string
  /** ISO 8601 in UTC */
  created_at: string
  /** ISO 8601 in UTC */
  modified_at: string
  /** Always null: the machine has one owner, whose address is not kept */
  created_by_email: null
  /** Always null: the machine has one owner, whose address is not kept */
  modified_by_email: null
}

/** A product's own OAuth client */
export type WhiteLabelCreate = {
  /** What people call it */
  name: string
  /** https, or http on this machine */
  redirect_url: string
  /** The product's OAuth client */
  client_id: string
  /** Its secret: sealed, and never shown */
  client_secret: string
  /** Whose pages may ask for the address and send the code; separated by commas */
  allowed_origins: string
  /** The source that it is for */
  source_short_name: string
}

/** A code, and what the connection that it makes is to be */
export type WhiteLabelExchange = {
  /** The code that came back with the browser */
  code: string
  /** As it came back: checked where it is given */
  state?: string | null | undefined
  /** What the new connection is to be */
  source_connection_in?:
    | {
        /** Accepted for the sake of existing clients; means nothing here */
        auth_fields?: unknown
        /** Accepted for the sake of existing clients; means nothing here */
        authentication?: unknown
        /** Settings that the source declares, such as how far back to go */
        config_fields?: Record<string, unknown> | null | undefined
        /** Another name of `config_fields` */
        config?: Record<string, unknown> | null | undefined
        /** When to sync: five or six cron fields; null ends the schedule */
        cron_schedule?: string | null | undefined
        /** Another way to give `cron_schedule` and `timezone` */
        schedule?:
          | {
              /** Another name of `cron_schedule` */
              cron?: string | null | undefined
              /** Another name of `timezone` */
              timezone?: string | null | undefined
              /** Accepted for the sake of existing clients; means nothing here */
              continuous?: unknown
              /** Accepted for the sake of existing clients; means nothing here */
              cursor_field?: unknown
            }
          | null
          | undefined
        /** IANA time zone of the schedule; default: the machine's */
        timezone?: string | null | undefined
        /** What people call it; default: the source and the collection */
        name?: string | null | undefined
        /** What people say of it */
        description?: string | null | undefined
        /** The source; another one than the address says is refused */
        short_name?: string | null | undefined
        /** A collection's readable id; one is made when absent */
        collection?: string | null | undefined
        /** Another name of `collection` */
        readable_collection_id?: string | null | undefined
        /** Whether the first job starts at once */
        sync_immediately?: boolean | null | undefined
        /** The white label whose OAuth client signs in */
        white_label_id?: string | null | undefined
        /** Accepted for the sake of existing clients; means nothing here */
        validate?: unknown
        /** Accepted for the sake of existing clients; means nothing here */
        redirect_url?: unknown
        /** Accepted for the sake of existing clients; means nothing here */
        credential_id?: unknown
      }
    | null
    | undefined
}

/** What is to change; what is absent stays */
export type WhiteLabelUpdate = {
  /** What people call it */
  name?: string | undefined
  /** https, or http on this machine */
  redirect_url?: string | undefined
  /** The product's OAuth client */
  client_id?: string | undefined
  /** Its secret: sealed, and never shown */
  client_secret?: string | undefined
  /** Whose pages may ask for the address and send the code; separated by commas */
  allowed_origins?: string | undefined
  /** Accepted for the sake of existing clients; means nothing here */
  source_short_name?: unknown
}

/** The last part of the `type` of a problem. */
export type ProblemName =
  | 'bad-request'
  | 'body-too-large'
  | 'client-missing'
  | 'conflict'
  | 'data-folder'
  | 'headers-too-large'
  | 'host-not-allowed'
  | 'internal'
  | 'invalid-auth-fields'
  | 'invalid-config-fields'
  | 'invalid-request'
  | 'job-over'
  | 'job-running'
  | 'key-name-exists'
  | 'key-not-allowed'
  | 'loopback-only'
  | 'malformed-json'
  | 'method-not-allowed'
  | 'not-found'
  | 'not-json'
  | 'not-ready'
  | 'origin-not-allowed'
  | 'pending-auth'
  | 'provider-busy'
  | 'provider-unreachable'
  | 'proxy-not-allowed'
  | 'proxy-read-only'
  | 'readable-id-exists'
  | 'request-timeout'
  | 'shutting-down'
  | 'sign-in-failed'
  | 'sign-in-over'
  | 'sign-in-refused'
  | 'token-check-failed'
  | 'token-refresh-failed'
  | 'too-many-requests'
  | 'too-many-wrong-keys'
  | 'unauthorized'
  | 'unknown-collection'
  | 'unknown-connection'
  | 'unknown-delivery'
  | 'unknown-entity'
  | 'unknown-job'
  | 'unknown-key'
  | 'unknown-source'
  | 'unknown-state'
  | 'unknown-webhook'
  | 'unknown-white-label'
  | 'vault-key-wrong'
  | 'vault-locked'
  | 'webhook-disabled'

export interface RequestOptions {
  /** Ends the request, which then throws its reason. */
  signal?: AbortSignal | undefined
}

/** A method for each operation: its parameters and its `body` in one object. */
export interface Operations {
  /** Where to send a browser to sign in */
  beginSignIn(
    input: {
      /** The source's short name */
      short_name: string
      /** An OAuth client without a secret; default: the configured one */
      client_id?: string | undefined
      /** The connection to sign in again; default: a new one */
      source_connection_id?: string | undefined
      /** As registered with the client; default: our own callback */
      redirect_uri?: string | undefined
    },
    options?: RequestOptions,
  ): Promise<SignIn>
  /** Cancel a job; what it has brought in stays */
  cancelJob(
    input: {
      /** The source connection */
      source_connection_id: string
      /** The job */
      job_id: string
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<Job>
  /** Ask the provider whether the stored token works, refreshing it where it is due */
  checkSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<ConnectionCheck>
  /** Make a collection */
  createCollection(
    input: {
      body: CollectionCreate
    },
    options?: RequestOptions,
  ): Promise<Collection>
  /** Make a key for another program; it is shown in this answer alone */
  createKey(
    input: {
      body: ApiKeyCreate
    },
    options?: RequestOptions,
  ): Promise<NewApiKey>
  /** A link that opens the dashboard, once, within half an hour; for the owner's key alone */
  createSignInLink(
    input?: {
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<SignInLink>
  /** Connect a source */
  createSourceConnection(
    input: {
      body: SourceConnectionCreate
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Have events sent to an address; the secret that signs them is shown in this answer alone */
  createWebhook(
    input: {
      body: WebhookCreate
    },
    options?: RequestOptions,
  ): Promise<NewWebhook>
  /** Let a product's customers sign in under its name */
  createWhiteLabel(
    input: {
      body: WhiteLabelCreate
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel>
  /** Say what is to be done when somebody else signed in; needs no key, the decision is one */
  decideSignIn(
    input: {
      body: SignInDecision
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Delete a collection and its source connections */
  deleteCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
      /** Whether the entities go too */
      delete_data?: boolean | undefined
    },
    options?: RequestOptions,
  ): Promise<Collection>
  /** Delete a source connection and destroy its credential */
  deleteSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      /** Whether the entities go too */
      delete_data?: boolean | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Delete a webhook; what waits for it is not sent any more */
  deleteWebhook(
    input: {
      /** The webhook, by its id */
      webhook_id: string
    },
    options?: RequestOptions,
  ): Promise<Webhook>
  /** Delete a white label; its connections stay */
  deleteWhiteLabel(
    input: {
      /** The white label */
      white_label_id: string
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel>
  /** Finish a sign-in by hand, with the code that came back; the body says what a new connection is to be */
  finishSignIn(
    input: {
      /** The source's short name */
      short_name: string
      /** The code that came back with the browser */
      code: string
      /** As it came back; may be left out while one sign-in alone is under way for the source */
      state?: string | undefined
      body?:
        | {
            /** Accepted for the sake of existing clients; means nothing here */
            auth_fields?: unknown
            /** Accepted for the sake of existing clients; means nothing here */
            authentication?: unknown
            /** Settings that the source declares, such as how far back to go */
            config_fields?: Record<string, unknown> | null | undefined
            /** Another name of `config_fields` */
            config?: Record<string, unknown> | null | undefined
            /** When to sync: five or six cron fields; null ends the schedule */
            cron_schedule?: string | null | undefined
            /** Another way to give `cron_schedule` and `timezone` */
            schedule?:
              | {
                  /** Another name of `cron_schedule` */
                  cron?: string | null | undefined
                  /** Another name of `timezone` */
                  timezone?: string | null | undefined
                  /** Accepted for the sake of existing clients; means nothing here */
                  continuous?: unknown
                  /** Accepted for the sake of existing clients; means nothing here */
                  cursor_field?: unknown
                }
              | null
              | undefined
            /** IANA time zone of the schedule; default: the machine's */
            timezone?: string | null | undefined
            /** What people call it; default: the source and the collection */
            name?: string | null | undefined
            /** What people say of it */
            description?: string | null | undefined
            /** The source; another one than the address says is refused */
            short_name?: string | null | undefined
            /** A collection's readable id; one is made when absent */
            collection?: string | null | undefined
            /** Another name of `collection` */
            readable_collection_id?: string | null | undefined
            /** Whether the first job starts at once */
            sync_immediately?: boolean | null | undefined
            /** The white label whose OAuth client signs in */
            white_label_id?: string | null | undefined
            /** Accepted for the sake of existing clients; means nothing here */
            validate?: unknown
            /** Accepted for the sake of existing clients; means nothing here */
            redirect_url?: unknown
            /** Accepted for the sake of existing clients; means nothing here */
            credential_id?: unknown
          }
        | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Trade the code for a connection, and start its first job */
  finishWhiteLabelSignIn(
    input: {
      /** The white label */
      white_label_id: string
      body: WhiteLabelExchange
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** One collection */
  getCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
    },
    options?: RequestOptions,
  ): Promise<Collection>
  /** One entity whole */
  getEntity(
    input: {
      /** The entity, by its id here */
      entity_id: string
    },
    options?: RequestOptions,
  ): Promise<Entity>
  /** A dashboard of these metrics, for Grafana to import */
  getGrafanaDashboard(
    input?: undefined,
    options?: RequestOptions,
  ): Promise<
    {
      /** Its name */
      title: string
    } & Record<string, unknown>
  >
  /** Whether the process is alive */
  getHealth(
    input?: undefined,
    options?: RequestOptions,
  ): Promise<{
    /** Always `ok` */
    status: 'ok'
  }>
  /** One job */
  getJob(
    input: {
      /** The source connection */
      source_connection_id: string
      /** The job */
      job_id: string
    },
    options?: RequestOptions,
  ): Promise<Job>
  /** One key, without itself */
  getKey(
    input: {
      /** The key, by its id */
      key_id: string
    },
    options?: RequestOptions,
  ): Promise<ApiKey>
  /** This description of the API */
  getOpenApiDocument(
    input?: undefined,
    options?: RequestOptions,
  ): Promise<
    {
      /** The version of OpenAPI */
      openapi: string
    } & Record<string, unknown>
  >
  /** What a problem means and what to do; a page for browsers */
  getProblem(
    input: {
      /** The last part of the problem's `type` */
      slug: string
    },
    options?: RequestOptions,
  ): Promise<ProblemExplanation>
  /** Whether the store is open, the vault unlocked and the scheduler running */
  getReadiness(
    input?: undefined,
    options?: RequestOptions,
  ): Promise<{
    /** Always `ready` */
    status: 'ready'
    /** Whether the store is open */
    store: boolean
    /** Whether the vault is unlocked */
    vault: boolean
    /** Whether schedules are kept */
    scheduler: boolean
  }>
  /** One source, with what it takes */
  getSource(
    input: {
      /** The source's short name */
      short_name: string
    },
    options?: RequestOptions,
  ): Promise<Source>
  /** The same as GET /sources/{short_name}, where older clients ask */
  getSourceAtDetail(
    input: {
      /** The source's short name */
      short_name: string
    },
    options?: RequestOptions,
  ): Promise<Source>
  /** One source connection */
  getSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      /** Accepted, and changes nothing: secrets are never shown */
      show_auth_fields?: boolean | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Whether the vault is open, its key, and which credentials do not open */
  getVault(input?: undefined, options?: RequestOptions): Promise<Vault>
  /** One webhook, without its secret */
  getWebhook(
    input: {
      /** The webhook, by its id */
      webhook_id: string
    },
    options?: RequestOptions,
  ): Promise<Webhook>
  /** One white label */
  getWhiteLabel(
    input: {
      /** The white label */
      white_label_id: string
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel>
  /** Where to send a customer's browser */
  getWhiteLabelAuthUrl(
    input: {
      /** The white label */
      white_label_id: string
      /** Comes back with the code; one is made when absent */
      state?: string | undefined
    },
    options?: RequestOptions,
  ): Promise<string>
  /** List a collection, and follow its changes with the cursor it gives */
  listChanges(
    input: {
      /** The collection's readable id */
      readable_id: string
      /** A `next_cursor`; absent begins at the start */
      after?: string | undefined
      /** How many at most */
      limit?: number | undefined
      /** Those of this connection alone */
      source_connection_id?: string | undefined
      /** Those of this type alone */
      entity_type?: string | undefined
      /** Default: whether `after` is given */
      include_deleted?: boolean | undefined
      /** Without it, every `raw` is null */
      include_raw?: boolean | undefined
    },
    options?: RequestOptions,
  ): Promise<Changes>
  /** Collections, oldest first */
  listCollections(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
      /** A part of the name or the readable id */
      search?: string | undefined
    },
    options?: RequestOptions,
  ): Promise<Collection[]>
  /** Jobs of a connection, newest first */
  listJobs(
    input: {
      /** The source connection */
      source_connection_id: string
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<Job[]>
  /** The keys, oldest first, without themselves */
  listKeys(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<ApiKey[]>
  /** Every problem that an answer may name */
  listProblems(input?: undefined, options?: RequestOptions): Promise<ProblemExplanation[]>
  /** Source connections, oldest first */
  listSourceConnections(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
      /** Those of one collection, by its readable id */
      collection?: string | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnectionListItem[]>
  /** Every source there is */
  listSources(input?: undefined, options?: RequestOptions): Promise<Source[]>
  /** The same as GET /sources, where older clients ask */
  listSourcesAtList(input?: undefined, options?: RequestOptions): Promise<Source[]>
  /** What was sent, and what waits, newest first */
  listWebhookDeliveries(
    input: {
      /** The webhook, by its id */
      webhook_id: string
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
      /** Only those in this state */
      state?: 'pending' | 'delivered' | 'failed' | undefined
    },
    options?: RequestOptions,
  ): Promise<WebhookDelivery[]>
  /** The webhooks, oldest first, without their secrets */
  listWebhooks(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<Webhook[]>
  /** White labels, oldest first */
  listWhiteLabels(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel[]>
  /** The same as GET /white-labels, where older clients ask */
  listWhiteLabelsAtList(
    input?: {
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel[]>
  /** The connections that were made through it */
  listWhiteLabelSourceConnections(
    input: {
      /** The white label */
      white_label_id: string
      /** How many to leave out first */
      skip?: number | undefined
      /** How many at most */
      limit?: number | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnectionListItem[]>
  /** Overwrite the keys in memory: nothing can use a credential until `unlock` */
  lockVault(
    input?: {
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<Vault>
  /** The same as PATCH: what is absent stays */
  putCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
      body?: CollectionUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<Collection>
  /** The same as PATCH: what is absent stays */
  putSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      body?: SourceConnectionUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Start a job for each of its connections that can run */
  refreshCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<Job[]>
  /** Send it again now, whatever became of it, under the same id */
  retryWebhookDelivery(
    input: {
      /** The webhook, by its id */
      webhook_id: string
      /** The delivery, by its id */
      delivery_id: string
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<WebhookDelivery>
  /** Take a key back: it opens nothing from here on, and what follows with it ends */
  revokeKey(
    input: {
      /** The key, by its id */
      key_id: string
    },
    options?: RequestOptions,
  ): Promise<ApiKey>
  /** Seal every credential with another key */
  rotateVault(
    input?: {
      body?: VaultRotate | undefined
    },
    options?: RequestOptions,
  ): Promise<Vault>
  /** Give a webhook another secret, shown in this answer alone; the old one signs too for a day */
  rotateWebhookSecret(
    input: {
      /** The webhook, by its id */
      webhook_id: string
      body?: WebhookSecretRotate | undefined
    },
    options?: RequestOptions,
  ): Promise<NewWebhook>
  /** Start a job, with a token of your own if you like */
  runSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      body?: Run | undefined
    },
    options?: RequestOptions,
  ): Promise<Job>
  /** Search a collection */
  searchCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
      /** Any text a person may type */
      query: string
      /** How many at most */
      limit?: number | undefined
      /** How many to leave out first */
      offset?: number | undefined
      /** Results are always raw */
      response_type?: 'raw' | 'completion' | undefined
    },
    options?: RequestOptions,
  ): Promise<SearchAnswer>
  /** Search a collection, with a filter */
  searchCollectionWithFilter(
    input: {
      /** The collection's readable id */
      readable_id: string
      body: Search
    },
    options?: RequestOptions,
  ): Promise<SearchAnswer>
  /** Send a message of type `webhook.test` now, and see what comes back */
  testWebhook(
    input: {
      /** The webhook, by its id */
      webhook_id: string
      body?: Record<string, never> | undefined
    },
    options?: RequestOptions,
  ): Promise<WebhookTest>
  /** Give the vault its key again */
  unlockVault(
    input?: {
      body?: VaultUnlock | undefined
    },
    options?: RequestOptions,
  ): Promise<Vault>
  /** Rename a collection */
  updateCollection(
    input: {
      /** The collection's readable id */
      readable_id: string
      body?: CollectionUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<Collection>
  /** Change a source connection; auth_fields replaces its credential */
  updateSourceConnection(
    input: {
      /** The source connection */
      source_connection_id: string
      body?: SourceConnectionUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<SourceConnection>
  /** Change a webhook; what waits for it is tried at once where it goes elsewhere or is enabled again */
  updateWebhook(
    input: {
      /** The webhook, by its id */
      webhook_id: string
      body?: WebhookUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<Webhook>
  /** Change a white label; a new secret of the same client goes to its connections too */
  updateWhiteLabel(
    input: {
      /** The white label */
      white_label_id: string
      body?: WhiteLabelUpdate | undefined
    },
    options?: RequestOptions,
  ): Promise<WhiteLabel>
}

export interface OperationPlace {
  method: string
  path: string
  query?: readonly string[]
}

/** Where each operation is. */
export const operations: Readonly<Record<keyof Operations, OperationPlace>> = {
  beginSignIn: {
    method: 'GET',
    path: '/source-connections/{short_name}/oauth2_url',
    query: ['client_id', 'source_connection_id', 'redirect_uri'],
  },
  cancelJob: { method: 'POST', path: '/source-connections/{source_connection_id}/jobs/{job_id}/cancel' },
  checkSourceConnection: { method: 'POST', path: '/source-connections/{source_connection_id}/check' },
  createCollection: { method: 'POST', path: '/collections' },
  createKey: { method: 'POST', path: '/keys' },
  createSignInLink: { method: 'POST', path: '/sign-in/links' },
  createSourceConnection: { method: 'POST', path: '/source-connections' },
  createWebhook: { method: 'POST', path: '/webhooks' },
  createWhiteLabel: { method: 'POST', path: '/white-labels' },
  decideSignIn: { method: 'POST', path: '/source-connections/callback/decision' },
  deleteCollection: { method: 'DELETE', path: '/collections/{readable_id}', query: ['delete_data'] },
  deleteSourceConnection: {
    method: 'DELETE',
    path: '/source-connections/{source_connection_id}',
    query: ['delete_data'],
  },
  deleteWebhook: { method: 'DELETE', path: '/webhooks/{webhook_id}' },
  deleteWhiteLabel: { method: 'DELETE', path: '/white-labels/{white_label_id}' },
  finishSignIn: {
    method: 'POST',
    path: '/source-connections/{short_name}/code_to_token_credentials',
    query: ['code', 'state'],
  },
  finishWhiteLabelSignIn: { method: 'POST', path: '/white-labels/{white_label_id}/oauth2/code' },
  getCollection: { method: 'GET', path: '/collections/{readable_id}' },
  getEntity: { method: 'GET', path: '/entities/{entity_id}' },
  getGrafanaDashboard: { method: 'GET', path: '/metrics/grafana.json' },
  getHealth: { method: 'GET', path: '/healthz' },
  getJob: { method: 'GET', path: '/source-connections/{source_connection_id}/jobs/{job_id}' },
  getKey: { method: 'GET', path: '/keys/{key_id}' },
  getOpenApiDocument: { method: 'GET', path: '/openapi.json' },
  getProblem: { method: 'GET', path: '/problems/{slug}' },
  getReadiness: { method: 'GET', path: '/readyz' },
  getSource: { method: 'GET', path: '/sources/{short_name}' },
  getSourceAtDetail: { method: 'GET', path: '/sources/detail/{short_name}' },
  getSourceConnection: {
    method: 'GET',
    path: '/source-connections/{source_connection_id}',
    query: ['show_auth_fields'],
  },
  getVault: { method: 'GET', path: '/vault' },
  getWebhook: { method: 'GET', path: '/webhooks/{webhook_id}' },
  getWhiteLabel: { method: 'GET', path: '/white-labels/{white_label_id}' },
  getWhiteLabelAuthUrl: { method: 'GET', path: '/white-labels/{white_label_id}/oauth2/auth_url', query: ['state'] },
  listChanges: {
    method: 'GET',
    path: '/collections/{readable_id}/entities',
    query: ['after', 'limit', 'source_connection_id', 'entity_type', 'include_deleted', 'include_raw'],
  },
  listCollections: { method: 'GET', path: '/collections', query: ['skip', 'limit', 'search'] },
  listJobs: { method: 'GET', path: '/source-connections/{source_connection_id}/jobs', query: ['skip', 'limit'] },
  listKeys: { method: 'GET', path: '/keys', query: ['skip', 'limit'] },
  listProblems: { method: 'GET', path: '/problems' },
  listSourceConnections: { method: 'GET', path: '/source-connections', query: ['skip', 'limit', 'collection'] },
  listSources: { method: 'GET', path: '/sources' },
  listSourcesAtList: { method: 'GET', path: '/sources/list' },
  listWebhookDeliveries: {
    method: 'GET',
    path: '/webhooks/{webhook_id}/deliveries',
    query: ['skip', 'limit', 'state'],
  },
  listWebhooks: { method: 'GET', path: '/webhooks', query: ['skip', 'limit'] },
  listWhiteLabels: { method: 'GET', path: '/white-labels', query: ['skip', 'limit'] },
  listWhiteLabelsAtList: { method: 'GET', path: '/white-labels/list', query: ['skip', 'limit'] },
  listWhiteLabelSourceConnections: {
    method: 'GET',
    path: '/white-labels/{white_label_id}/source-connections',
    query: ['skip', 'limit'],
  },
  lockVault: { method: 'POST', path: '/vault/lock' },
  putCollection: { method: 'PUT', path: '/collections/{readable_id}' },
  putSourceConnection: { method: 'PUT', path: '/source-connections/{source_connection_id}' },
  refreshCollection: { method: 'POST', path: '/collections/{readable_id}/refresh_all' },
  retryWebhookDelivery: { method: 'POST', path: '/webhooks/{webhook_id}/deliveries/{delivery_id}/retry' },
  revokeKey: { method: 'DELETE', path: '/keys/{key_id}' },
  rotateVault: { method: 'POST', path: '/vault/rotate' },
  rotateWebhookSecret: { method: 'POST', path: '/webhooks/{webhook_id}/rotate-secret' },
  runSourceConnection: { method: 'POST', path: '/source-connections/{source_connection_id}/run' },
  searchCollection: {
    method: 'GET',
    path: '/collections/{readable_id}/search',
    query: ['query', 'limit', 'offset', 'response_type'],
  },
  searchCollectionWithFilter: { method: 'POST', path: '/collections/{readable_id}/search' },
  testWebhook: { method: 'POST', path: '/webhooks/{webhook_id}/test' },
  unlockVault: { method: 'POST', path: '/vault/unlock' },
  updateCollection: { method: 'PATCH', path: '/collections/{readable_id}' },
  updateSourceConnection: { method: 'PATCH', path: '/source-connections/{source_connection_id}' },
  updateWebhook: { method: 'PATCH', path: '/webhooks/{webhook_id}' },
  updateWhiteLabel: { method: 'PUT', path: '/white-labels/{white_label_id}' },
}
