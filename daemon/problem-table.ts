/** Every problem that an answer may name in `type`: its status, its title, and what its own page says. */
export interface Problem {
  status: number
  title: string
  /** What it means and what to do, for the page at its address. */
  explanation: string
}

export const problems = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    explanation:
      'The request body could not be read as JSON in UTF-8. Check quotes, commas and the encoding, then send it again.',
  },
  'bad-request': {
    status: 400,
    title: 'The request cannot be read',
    explanation: 'The request line or a header is not valid HTTP. Check the address and the headers.',
  },
  'token-refresh-failed': {
    status: 400,
    title: 'The token could not be refreshed',
    explanation:
      'The stored access token is dead and could not be refreshed, so no job was started. The detail says why. If the refresh token was revoked, send new auth_fields with PATCH; if the provider could not be reached, run again later: nothing was lost.',
  },
  'token-check-failed': {
    status: 400,
    title: 'The token could not be confirmed',
    explanation:
      'You asked to validate the credential, and the provider did not accept it or could not be asked. Nothing was stored. Get a new token, or leave `validate` out to store it unchecked.',
  },
  'vault-key-wrong': {
    status: 400,
    title: 'This is not the key of the vault',
    explanation:
      'The key or passphrase does not open the vault, and nothing was changed. The detail says which one is wanted. GET /vault tells where it is kept.',
  },
  'sign-in-refused': {
    status: 400,
    title: 'The sign-in was refused',
    explanation:
      'The person or the provider said no, or allowed less than the source needs. Nothing was changed. Begin the sign-in again, and allow what it asks for.',
  },
  'sign-in-failed': {
    status: 400,
    title: 'The sign-in could not be finished',
    explanation:
      'The provider did not take the code, refused the OAuth client, or could not be asked; the detail says why. Nothing was changed. Begin the sign-in again: a code works once, and for a few minutes.',
  },
  'unknown-state': {
    status: 400,
    title: 'This sign-in was not begun here',
    explanation:
      'Its state is unknown, or belongs to another browser. Sign-ins are kept in memory: those begun before inlet was restarted are gone. Begin again, and finish in the same browser.',
  },
  unauthorized: {
    status: 401,
    title: 'The API key is missing or wrong',
    explanation:
      'Send the key as `X-API-Key: KEY` or `Authorization: Bearer KEY`. It is in the file `api-key` in the data folder, unless INLET_API_KEY sets it.',
  },
  'key-not-allowed': {
    status: 403,
    title: 'This API key may not do that',
    explanation:
      'The key was made for less: its scope (read, sync or admin) or its collections do not reach so far. The detail says what is missing. `inlet keys list` shows what each key may do; the owner makes another with `inlet keys create`.',
  },
  'host-not-allowed': {
    status: 403,
    title: 'This host name is not allowed',
    explanation:
      'Requests must name localhost, 127.0.0.1 or [::1] with the port of the daemon, so that no web site can reach it under a name of its own. Add other names to server.allowedHosts.',
  },
  'origin-not-allowed': {
    status: 403,
    title: 'This origin is not allowed',
    explanation:
      'A web page of another origin sent this request. Add the origin to server.allowedOrigins if it is yours.',
  },
  'loopback-only': {
    status: 403,
    title: 'Only from the machine itself',
    explanation:
      'Keys of the vault must not travel through a network: this address is for requests that come from the machine that inlet runs on, to localhost.',
  },
  'proxy-not-allowed': {
    status: 403,
    title: 'The proxy does not send this',
    explanation:
      "The proxy goes to the provider's own API and to nothing else: not to other hosts, not out of the API by dots in a path, not to where tokens are made or ended, and not into a web socket. The detail says what was wrong.",
  },
  'proxy-read-only': {
    status: 403,
    title: 'The proxy only reads',
    explanation:
      'The request may change something at the provider. Set `proxy.write` to true in the configuration and start inlet again, if programs shall do that.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    explanation: 'Nothing is at this address. The routes are in /openapi.json.',
  },
  'unknown-source': {
    status: 404,
    title: 'Unknown source',
    explanation: 'No source has this short name. GET /sources lists them all.',
  },
  'unknown-connection': {
    status: 404,
    title: 'Unknown source connection',
    explanation: 'No source connection has this id; it may have been deleted. GET /source-connections lists them all.',
  },
  'unknown-collection': {
    status: 404,
    title: 'Unknown collection',
    explanation: 'No collection has this readable id. GET /collections lists them all.',
  },
  'unknown-key': {
    status: 404,
    title: 'Unknown API key',
    explanation: 'No named API key has this id; it may have been revoked. GET /keys lists them all.',
  },
  'unknown-job': {
    status: 404,
    title: 'Unknown job',
    explanation: 'The connection has no job with this id. GET its /jobs lists them.',
  },
  'unknown-entity': {
    status: 404,
    title: 'Unknown entity',
    explanation: 'No entity has this id; it may have been deleted at the provider or with its connection.',
  },
  'unknown-white-label': {
    status: 404,
    title: 'Unknown white label',
    explanation: 'No white label has this id; it may have been deleted. GET /white-labels/list lists them all.',
  },
  'unknown-webhook': {
    status: 404,
    title: 'Unknown webhook',
    explanation: 'No webhook has this id; it may have been deleted. GET /webhooks lists them all.',
  },
  'unknown-delivery': {
    status: 404,
    title: 'Unknown delivery',
    explanation: 'The webhook has no delivery with this id; old ones are forgotten. GET its /deliveries lists them.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not for this address',
    explanation: 'The address exists, but takes other methods: the header Allow lists them.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to come',
    explanation: 'Headers have 20 seconds to arrive, and the body has 60. Send it again, faster.',
  },
  conflict: {
    status: 409,
    title: 'The request does not fit the present state',
    explanation: 'Something else must end or change first; the detail says what.',
  },
  'key-name-exists': {
    status: 409,
    title: 'An API key has this name already',
    explanation: 'Revoke that one, or choose another name, so that each can be told and taken back by itself.',
  },
  'job-running': {
    status: 409,
    title: 'A job is already running',
    explanation: 'A connection has one job at a time. Follow or cancel the one that job_id names, or wait for its end.',
  },
  'job-over': {
    status: 409,
    title: 'The job is over',
    explanation: 'A job that has completed, failed or been cancelled cannot be cancelled again.',
  },
  'webhook-disabled': {
    status: 409,
    title: 'The webhook is disabled',
    explanation: 'Nothing is sent to it: PATCH it with "enabled": true first. What waits for it is sent then.',
  },
  'pending-auth': {
    status: 409,
    title: 'The connection has no credential yet',
    explanation: 'It cannot run before it has a credential: send auth_fields with PATCH.',
  },
  'client-missing': {
    status: 409,
    title: 'There is no OAuth client to sign in with',
    explanation:
      'Signing in with a browser needs an OAuth client of your own at the provider: give its client_id (and client_secret) with the connection, or set providers.<family>.clientId in the configuration. The README and the dashboard say how to make one.',
  },
  'readable-id-exists': {
    status: 409,
    title: 'This readable id is taken',
    explanation: 'Another collection has it. Choose another, or leave it out and one is made.',
  },
  'sign-in-over': {
    status: 410,
    title: 'The sign-in is over',
    explanation: 'It has expired or was finished already; each works once, within twenty minutes. Begin it again.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    explanation: 'A request body holds 1 MiB at most: send less at once.',
  },
  'not-json': {
    status: 415,
    title: 'The body is not declared as JSON',
    explanation: 'Send JSON with `Content-Type: application/json` and without compression.',
  },
  'invalid-request': {
    status: 422,
    title: 'Something in the request is not valid',
    explanation:
      'A member is missing, unknown, misspelt or of the wrong type. `errors` lists every one with its place and what to do.',
  },
  'invalid-auth-fields': {
    status: 422,
    title: 'The credential is not what the source takes',
    explanation:
      'auth_fields must have the fields that the source declares, each a value without surrounding white space or control characters, and no other. GET /sources/{short_name} lists them.',
  },
  'invalid-config-fields': {
    status: 422,
    title: 'The configuration is not what the source takes',
    explanation:
      'config_fields may have the fields that the source declares, and no other. GET /sources/{short_name} lists them.',
  },
  'too-many-wrong-keys': {
    status: 429,
    title: 'Too many wrong API keys',
    explanation: 'More than 20 wrong keys came within a minute. Wait as Retry-After says; a right key always works.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    explanation: 'More requests came within a minute than server.rateLimit allows. Wait as Retry-After says.',
  },
  'provider-busy': {
    status: 429,
    title: 'The provider asked to wait',
    explanation:
      "The provider's own limit for this account is used up. Wait as Retry-After says: asking earlier makes it longer.",
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    explanation: 'A request has at most 200 headers, and 192 KiB of them with its address.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in inlet',
    explanation: 'This is a fault of inlet. Its log tells where; please report it.',
  },
  'provider-unreachable': {
    status: 502,
    title: 'The provider gave no answer',
    explanation:
      'The provider could not be reached, or broke off before its answer began. The detail says where. Is this machine online? Otherwise ask again later.',
  },
  'data-folder': {
    status: 503,
    title: 'The data folder cannot be used',
    explanation:
      'A file in the data folder could not be read or written. Check free space, owner and mode; the log names the file.',
  },
  'shutting-down': {
    status: 503,
    title: 'inlet is shutting down',
    explanation: 'It is stopping or restarting. Send the request again in a few seconds.',
  },
  'vault-locked': {
    status: 503,
    title: 'The vault is locked',
    explanation:
      'The key that seals the credentials is not at hand: it is missing, is another one, or was taken away by `inlet vault lock`. The detail says why. Give it with `inlet vault unlock`, or start inlet with it; nothing is lost.',
  },
  'not-ready': {
    status: 503,
    title: 'inlet is not ready',
    explanation: 'The store, the vault or the scheduler is not up. The detail names it.',
  },
} as const satisfies Readonly<Record<string, Problem>>

export type Slug = keyof typeof problems

export function isSlug(text: string | undefined): text is Slug {
  return text !== undefined && Object.hasOwn(problems, text)
}
