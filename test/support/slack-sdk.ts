/**
 * What Slack's own SDK knows of the methods used here, as data: the specification was archived in 2021, the SDK is
 * kept up to date. The compiler holds every table to the SDK's types: a member too many, too few or of another type
 * does not compile.
 */
import type {
  AuthTestArguments,
  AuthTestResponse,
  ConversationsHistoryArguments,
  ConversationsHistoryResponse,
  ConversationsListArguments,
  ConversationsListResponse,
  ConversationsRepliesArguments,
  ConversationsRepliesResponse,
  OAuthV2AccessArguments,
  OauthV2AccessResponse,
  UsersListArguments,
  UsersListResponse,
} from '@slack/web-api'

type Kind<Value> = [Value] extends [string]
  ? 'string'
  : [Value] extends [number]
    ? 'number'
    : [Value] extends [boolean]
      ? 'boolean'
      : [Value] extends [readonly unknown[]]
        ? 'array'
        : 'object'

type Present<Type> = Required<NonNullable<Type>>
type IsRequired<Type, Name extends keyof Type> = Partial<Pick<Type, Name>> extends Pick<Type, Name> ? false : true
type Arguments<Type> = {
  [Name in keyof Present<Type>]: {
    kind: Kind<Present<Type>[Name]>
    required: IsRequired<NonNullable<Type>, Name>
  } & (string extends Present<Type>[Name]
    ? unknown
    : Present<Type>[Name] extends string
      ? { values: readonly Present<Type>[Name][] }
      : unknown)
}
type Members<Type> = { [Name in keyof Present<Type>]: Kind<Present<Type>[Name]> }
/** `satisfies` would let a member too many pass that comes in by a spread. */
type NoMore<Table, Type> = { [Name in Exclude<keyof Table, keyof Present<Type>>]: never }
type Item<List> = NonNullable<List> extends readonly (infer One)[] ? One : never

export type Method =
  | 'auth.test'
  | 'users.list'
  | 'conversations.list'
  | 'conversations.history'
  | 'conversations.replies'
  | 'oauth.v2.access'

interface Argument {
  kind: string
  required: boolean
  values?: readonly string[]
}

type Table = Readonly<Record<string, string>>

const argumentsOf =
  <Type>() =>
  <const Given extends Arguments<Type>>(table: Given & NoMore<Given, Type>): Given =>
    table
const membersOf =
  <Type>() =>
  <const Given extends Members<Type>>(table: Given & NoMore<Given, Type>): Given =>
    table

const optional = <const K extends string>(kind: K) => ({ kind, required: false }) as const
const required = { kind: 'string', required: true } as const
const token = { token: optional('string') }
const cursorPaging = { limit: optional('number'), cursor: optional('string') }
const timeline = { latest: optional('string'), oldest: optional('string'), inclusive: optional('boolean') }
const metadata = { include_all_metadata: optional('boolean') }
const team = { team_id: optional('string') }

/** Everything that a method takes. */
export const sdkArguments: Readonly<Record<Method, Readonly<Record<string, Argument>>>> = {
  'auth.test': argumentsOf<AuthTestArguments>()(token),
  'users.list': argumentsOf<UsersListArguments>()({
    ...{ ...token, ...cursorPaging, ...team },
    include_locale: optional('boolean'),
  }),
  'conversations.list': argumentsOf<ConversationsListArguments>()({
    ...{ ...token, ...cursorPaging, ...team },
    exclude_archived: optional('boolean'),
    types: optional('string'),
  }),
  'conversations.history': argumentsOf<ConversationsHistoryArguments>()({
    ...{ ...token, ...cursorPaging, ...timeline, ...metadata },
    channel: required,
  }),
  'conversations.replies': argumentsOf<ConversationsRepliesArguments>()({
    ...{ ...token, ...cursorPaging, ...timeline, ...metadata },
    channel: required,
    ts: required,
  }),
  'oauth.v2.access': argumentsOf<OAuthV2AccessArguments>()({
    client_id: required,
    client_secret: required,
    code: optional('string'),
    redirect_uri: optional('string'),
    grant_type: { ...optional('string'), values: ['authorization_code', 'refresh_token'] },
    refresh_token: optional('string'),
  }),
}

const scopes = { error: 'string', needed: 'string', ok: 'boolean', provided: 'string', warning: 'string' } as const
const paged = { ...scopes, response_metadata: 'object' } as const

const messageOfThread = membersOf<Item<ConversationsRepliesResponse['messages']>>()({
  ...{ app_id: 'string', assistant_app_thread: 'object', attachments: 'array', blocks: 'array', bot_id: 'string' },
  ...{ bot_profile: 'object', display_as_bot: 'boolean', edited: 'object', files: 'array', is_locked: 'boolean' },
  ...{ language: 'object', last_read: 'string', latest_reply: 'string', metadata: 'object', parent_user_id: 'string' },
  ...{ reactions: 'array', reply_count: 'number', reply_users: 'array', reply_users_count: 'number' },
  ...{ subscribed: 'boolean', team: 'string', text: 'string', thread_ts: 'string', ts: 'string', type: 'string' },
  ...{ upload: 'boolean', user: 'string', x_files: 'array' },
})

const { last_read: _ofThreadsOnly, ...ofBoth } = messageOfThread
const messageOfHistory = membersOf<Item<ConversationsHistoryResponse['messages']>>()({
  ...ofBoth,
  ...{ agent_session: 'object', client_msg_id: 'string', hidden: 'boolean', icons: 'object', inviter: 'string' },
  ...{ purpose: 'string', root: 'object', subtype: 'string', topic: 'string', username: 'string' },
})

const edited = membersOf<Item<ConversationsHistoryResponse['messages']>['edited']>()({ ts: 'string', user: 'string' })

/** Those that are read. */
const attachment = membersOf<
  Pick<
    Item<Item<ConversationsHistoryResponse['messages']>['attachments']>,
    | ('author_name' | 'blocks' | 'fallback' | 'fields' | 'files' | 'footer' | 'from_url' | 'id' | 'message_blocks')
    | ('pretext' | 'service_name' | 'text' | 'title' | 'title_link')
  >
>()({
  ...{ author_name: 'string', blocks: 'array', fallback: 'string', fields: 'array', files: 'array', footer: 'string' },
  ...{ from_url: 'string', id: 'number', message_blocks: 'array', pretext: 'string', service_name: 'string' },
  ...{ text: 'string', title: 'string', title_link: 'string' },
})

const channel = membersOf<Item<ConversationsListResponse['channels']>>()({
  ...{ context_team_id: 'string', conversation_host_id: 'string', created: 'number', creator: 'string', id: 'string' },
  ...{ internal_team_ids: 'array', is_archived: 'boolean', is_channel: 'boolean', is_ext_shared: 'boolean' },
  ...{
    is_general: 'boolean',
    is_global_shared: 'boolean',
    is_group: 'boolean',
    is_im: 'boolean',
    is_member: 'boolean',
  },
  ...{ is_moved: 'number', is_mpim: 'boolean', is_org_default: 'boolean', is_org_mandatory: 'boolean' },
  ...{ is_org_shared: 'boolean', is_pending_ext_shared: 'boolean', is_private: 'boolean', is_shared: 'boolean' },
  ...{ is_user_deleted: 'boolean', name: 'string', name_normalized: 'string', num_members: 'number' },
  ...{ pending_connected_team_ids: 'array', pending_shared: 'array', previous_names: 'array', priority: 'number' },
  ...{ properties: 'object', purpose: 'object', shared_team_ids: 'array', topic: 'object', unlinked: 'number' },
  ...{ updated: 'number', user: 'string' },
})

const user = membersOf<Item<UsersListResponse['members']>>()({
  ...{ color: 'string', deleted: 'boolean', enterprise_user: 'object', has_2fa: 'boolean', id: 'string' },
  ...{ is_admin: 'boolean', is_app_user: 'boolean', is_bot: 'boolean', is_email_confirmed: 'boolean' },
  ...{ is_invited_user: 'boolean', is_owner: 'boolean', is_primary_owner: 'boolean', is_restricted: 'boolean' },
  ...{ is_ultra_restricted: 'boolean', is_workflow_bot: 'boolean', locale: 'string', name: 'string' },
  ...{ profile: 'object', real_name: 'string', team_id: 'string', two_factor_type: 'string', tz: 'string' },
  ...{ tz_label: 'string', tz_offset: 'number', updated: 'number', who_can_share_contact_card: 'string' },
})

/** The members of each object of an answer that the SDK has a type for, by its place in the answer. */
export const sdkMembers: Readonly<Record<Method, Readonly<Record<string, Table>>>> = {
  'auth.test': {
    '': membersOf<AuthTestResponse>()({
      ...{ ...scopes, app_id: 'string', app_name: 'string', bot_id: 'string', enterprise_id: 'string' },
      ...{ expires_in: 'number', is_enterprise_install: 'boolean', team: 'string', team_id: 'string' },
      ...{ url: 'string', user: 'string', user_id: 'string', response_metadata: 'object' },
    }),
  },
  'users.list': {
    '': membersOf<UsersListResponse>()({ ...paged, cache_ts: 'number', members: 'array', offset: 'string' }),
    '.members[]': user,
  },
  'conversations.list': {
    '': membersOf<ConversationsListResponse>()({
      ...paged,
      arg: 'string',
      callstack: 'string',
      channels: 'array',
    }),
    '.channels[]': channel,
  },
  'conversations.history': {
    '': membersOf<ConversationsHistoryResponse>()({
      ...{ ...paged, channel_actions_count: 'number', channel_actions_ts: 'number', has_more: 'boolean' },
      ...{ latest: 'string', messages: 'array', oldest: 'string', pin_count: 'number' },
    }),
    '.messages[]': messageOfHistory,
    '.messages[].edited': edited,
    '.messages[].attachments[]': attachment,
    // A first message of a thread, with all that a message has.
    '.messages[].root': messageOfHistory,
    '.messages[].root.edited': edited,
  },
  'conversations.replies': {
    '': membersOf<ConversationsRepliesResponse>()({ ...paged, has_more: 'boolean', messages: 'array' }),
    // One type of message in truth: what a channel's history gives of a thread, the thread gives too.
    '.messages[]': { ...messageOfHistory, ...messageOfThread },
    '.messages[].edited': edited,
    '.messages[].attachments[]': attachment,
  },
  'oauth.v2.access': {
    '': membersOf<OauthV2AccessResponse>()({
      ...{ ...scopes, access_token: 'string', app_id: 'string', authed_user: 'object', bot_user_id: 'string' },
      ...{ enterprise: 'object', expires_in: 'number', incoming_webhook: 'object', is_enterprise_install: 'boolean' },
      ...{ refresh_token: 'string', scope: 'string', team: 'object', token_type: 'string' },
      response_metadata: 'object',
    }),
    '.team': membersOf<OauthV2AccessResponse['team']>()({ id: 'string', name: 'string' }),
  },
}
