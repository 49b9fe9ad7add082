/** Secrets where they are a mistake: what it is, and how it is sent. `SECRET` stands for one that is as long as real ones, `ID` for a connection. */
export type Misplaced = readonly [
  what: string,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
]

export const misplaced: readonly Misplaced[] = [
  ...[
    ...[{ name: 'SECRET' }, { description: 'SECRET'.repeat(100) }, { short_name: 'SECRET' }, { collection: 'SECRET' }],
    ...[{ readable_collection_id: 'SECRET' }, { cron_schedule: 'SECRET' }, { schedule: { cron: 'SECRET' } }],
    ...[
      { schedule: 'SECRET' },
      { timezone: 'SECRET' },
      { schedule: { timezone: 'SECRET' } },
      { white_label_id: 'SECRET' },
    ],
    ...[{ cron_schedule: '* * * * SECRET' }, { sync_immediately: 'SECRET' }, { validate: 'SECRET' }, { SECRET: 1 }],
    ...[{ access_token: 'SECRET' }, { token: 'SECRET' }, { config: 'SECRET' }, { config_fields: { SECRET: 1 } }],
    ...[
      { config_fields: { channels: 'SECRET' } },
      { config_fields: { history_days: 'SECRET' } },
      { auth_fields: 'SECRET' },
    ],
    ...[{ auth_fields: ['SECRET'] }, { auth_fields: { SECRET: 'x' } }, { auth_fields: { access_token: ['SECRET'] } }],
    ...[{ auth_fields: { access_token: ' SECRET' } }, { auth_fields: { access_token: 'SECRET\n' } }],
    ...[{ auth_fields: { access_token: 'SECRET\u00e9' } }, { auth_fields: { access_token: { SECRET: 1 } } }],
    ...[{ auth_fields: { access_token: 'x', expires_at: 'SECRET' } }, { auth_fields: { acess_token: 'SECRET' } }],
    ...[{ authentication: 'SECRET' }, { authentication: { credentials: 'SECRET' } }, { authentication: { SECRET: 1 } }],
    ...[{ authentication: { provider_readable_id: 'SECRET' } }, { authentication: { client_secret: 'SECRET' } }],
    { auth_fields: { access_token: 'SECRET' }, authentication: { access_token: 'other' } },
  ].flatMap((members): Misplaced[] => [
    [JSON.stringify(members), 'POST', '/source-connections', { short_name: 'slack', ...members }],
    ...('short_name' in members || 'sync_immediately' in members || 'validate' in members
      ? []
      : ([[JSON.stringify(members), 'PATCH', '/source-connections/ID', members]] as const)),
  ]),
  ...[
    { access_token: ' SECRET' },
    { access_token: ['SECRET'] },
    { token: 'SECRET' },
    { SECRET: 1 },
    ['SECRET'],
    'SECRET',
  ].map((body): Misplaced => [`run ${JSON.stringify(body)}`, 'POST', '/source-connections/ID/run', body]),
  ...[
    ...[
      '{"auth_fields": {"access_token": SECRET}}',
      'SECRET',
      '"SECRET"',
      '[SECRET',
      '{"SECRET":',
      '{"a":"SECRET"',
      '"SECRET',
    ],
    ...['{"a":1}SECRET', '{"__proto__":"SECRET"}', '["SECRET"]', `${'['.repeat(200)}"SECRET"${']'.repeat(200)}`],
  ].map((text): Misplaced => [text.slice(0, 60), 'POST', '/source-connections', text]),
  ...[
    ...['/SECRET', '/sources/SECRET', '/sources/detail/SECRET', '/source-connections/SECRET', '/collections/SECRET'],
    ...[
      '/entities/SECRET',
      '/problems/SECRET',
      '/source-connections/ID/jobs/SECRET',
      '/source-connections?collection=SECRET',
    ],
    ...[
      '/source-connections?skip=SECRET',
      '/source-connections?limit=SECRET',
      '/collections/all/search?query=x&limit=SECRET',
    ],
    ...['/source-connections/ID?show_auth_fields=SECRET', '/collections/mine/entities?after=SECRET'],
    ...['/collections/SECRET/search?query=x', '/collections/mine/entities?source_connection_id=SECRET'],
    ...['/collections/mine/entities?include_deleted=SECRET', '/collections/mine/search?query=x&response_type=SECRET'],
  ].map((path): Misplaced => [path, 'GET', path]),
  ...[
    ...[
      { query: ['SECRET'] },
      { query: 'x', limit: 'SECRET' },
      { query: 'x', SECRET: 1 },
      { query: 'x', filter: 'SECRET' },
    ],
    ...[
      { query: 'x', filter: { SECRET: [] } },
      { query: 'x', filter: { must: [{ SECRET: 1 }] } },
    ],
    ...[{ query: 'x', filter: { must: [{ key: 'author', match: { SECRET: 1 } }] } }],
    ...[
      { query: 'x', filter: { must: [{ key: 'created_at', range: { gte: ['SECRET'] } }] } },
      { query: 'x', response_type: 'SECRET' },
    ],
    ...[
      { query: 'x', filter: { must: ['SECRET'] } },
      { query: 'x', filter: { must: [{ key: 'SECRET' }] } },
    ],
  ].map((body): Misplaced => [JSON.stringify(body), 'POST', '/collections/mine/search', body]),
  ...[
    { name: 'x', readable_id: 'SECRET' },
    { name: 'SECRET'.repeat(9) },
    { name: ['SECRET'] },
    { name: 'x', SECRET: 1 },
  ].map((body): Misplaced => [JSON.stringify(body).slice(0, 60), 'POST', '/collections', body]),
  ...['/vault/unlock', '/vault/rotate'].flatMap(path =>
    [
      { key: 'SECRET' },
      { key: ['SECRET'] },
      { SECRET: 1 },
      { passphrase: { SECRET: 1 } },
      'SECRET',
      { kept_in: 'SECRET' },
    ].map((body): Misplaced => [`${path} ${JSON.stringify(body)}`, 'POST', path, body]),
  ),
  ['a wrong passphrase', 'POST', '/vault/unlock', { passphrase: 'SECRET' }],
  ...[
    ...[
      { 'X-API-Key': 'SECRET' },
      { 'X-API-Key': 'x', Authorization: 'Bearer SECRET' },
      { Origin: 'https://SECRET.example' },
    ],
    ...[
      { 'Sec-Fetch-Site': 'SECRET' },
      { 'X-API-Key': 'x', Cookie: 'session=SECRET' },
      { 'X-API-Key': 'x', Referer: 'http://SECRET/' },
    ],
    ...[{ 'X-API-Key': 'x', Authorization: 'Basic SECRET' }, { Origin: 'SECRET' }],
  ].map((headers): Misplaced => [JSON.stringify(headers), 'GET', '/sources', undefined, headers]),
  ['a type of content', 'POST', '/collections', '{}', { 'Content-Type': 'SECRET' }],
  ['a coding of content', 'POST', '/collections', '{}', { 'Content-Encoding': 'SECRET' }],
  ['a method that is not taken', 'DELETE', '/sources?SECRET=SECRET'],
]
