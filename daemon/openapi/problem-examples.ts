/** What an answer says in `detail` when it has a problem: one case of each, as a person meets it. */
import { problems, type Slug } from '../problem-table.ts'
import type { ProblemBody } from '../schemas/common.ts'
import { exampleIds } from '../schemas/examples.ts'

type Case = Pick<ProblemBody, 'detail'> & Partial<ProblemBody>

const { connection, job, entity, webhook } = exampleIds

/** A new problem needs one, or this does not compile. */
const cases: Readonly<Record<Slug, Case>> = {
  'malformed-json': { detail: 'the body is not valid JSON: check its quotes, commas and brackets' },
  'bad-request': { detail: 'the header host is given more than once' },
  'token-refresh-failed': {
    detail: 'the refresh token was refused: sign in again, or give new auth_fields',
    connection_id: connection,
    provider_error: 'invalid_grant',
  },
  'token-check-failed': {
    detail: 'GET https://slack.com/api/auth.test: the token was refused',
    provider_error: 'invalid_auth',
  },
  'vault-key-wrong': { detail: 'this passphrase does not open the vault; nothing was changed' },
  'sign-in-refused': { detail: 'the sign-in was refused: begin again, and allow it', provider_error: 'access_denied' },
  'sign-in-failed': { detail: 'the code was refused: begin the sign-in again', provider_error: 'invalid_code' },
  'unknown-state': { detail: 'give the state that came back with the code: it says which sign-in this ends' },
  unauthorized: { detail: 'send the API key as X-API-Key or as a bearer token' },
  'key-not-allowed': { detail: 'this takes a key with the scope sync, and this one has read' },
  'host-not-allowed': {
    detail:
      'the Host header names none of our own: use localhost with our port, or add the name to server.allowedHosts',
  },
  'origin-not-allowed': {
    detail:
      'a page of another site asks, as Origin or Sec-Fetch-Site says: add its origin to server.allowedOrigins if it is yours',
  },
  'loopback-only': { detail: 'keys are taken over the loopback alone: ask on the machine itself, at localhost' },
  'proxy-not-allowed': { detail: 'the proxy does not send this: the path has a segment of dots' },
  'proxy-read-only': {
    detail:
      'this request may change something at Slack, and the proxy only reads: set proxy.write to true in the configuration to let it through',
  },
  'provider-busy': { detail: 'Slack asked to wait, and more requests would only make it longer' },
  'provider-unreachable': {
    detail: 'GET https://slack.com/api/team.info gave no complete answer (ECONNRESET)',
    connection_id: connection,
  },
  'not-found': { detail: 'nothing is at this address: GET /openapi.json lists what there is' },
  'unknown-source': { detail: 'there is no source "slak", did you mean "slack"? GET /sources lists them all' },
  'unknown-webhook': { detail: `there is no webhook "${webhook}"` },
  'unknown-delivery': { detail: `the webhook has no delivery "${job}"` },
  'webhook-disabled': { detail: 'the webhook is disabled: enable it first' },
  'unknown-connection': { detail: `there is no connection "${connection}"` },
  'unknown-collection': { detail: 'there is no collection "my-live"' },
  'unknown-job': { detail: `the connection has no job "${job}"` },
  'unknown-entity': { detail: `there is no entity "${entity}"` },
  'unknown-white-label': { detail: 'there is no such white label' },
  'unknown-key': { detail: 'there is no such key' },
  'method-not-allowed': { detail: 'this address takes GET, HEAD, OPTIONS' },
  'request-timeout': { detail: 'the request took too long to come' },
  conflict: { detail: 'something else must end first' },
  'job-running': { detail: 'a job is already running for this connection', connection_id: connection, job_id: job },
  'job-over': { detail: 'the job is over: it completed', connection_id: connection, job_id: job },
  'pending-auth': {
    detail: 'the connection has no credential yet: send auth_fields with PATCH',
    connection_id: connection,
  },
  'client-missing': { detail: 'there is no OAuth client for slack: give client_id, or set providers.slack.clientId' },
  'readable-id-exists': { detail: 'there is a collection "my-life" already' },
  'sign-in-over': { detail: 'this sign-in has expired or was finished already: begin again' },
  'key-name-exists': { detail: 'there is a key "assistant" already: revoke it, or choose another name' },
  'body-too-large': { detail: 'the body is larger than 1 MiB: send less at once' },
  'not-json': { detail: 'the body must be JSON: send Content-Type: application/json, without compression' },
  'invalid-request': {
    detail: '"colection" is not known here; did you mean "collection"?',
    errors: [
      { loc: ['body', 'colection'], msg: '"colection" is not known here; did you mean "collection"?', type: 'unknown' },
    ],
  },
  'invalid-auth-fields': {
    detail: 'auth_fields.access_token: is missing',
    errors: [{ loc: ['body', 'auth_fields', 'access_token'], msg: 'is missing', type: 'missing' }],
  },
  'invalid-config-fields': {
    detail: 'config_fields.history_days: must be at least 1',
    errors: [{ loc: ['body', 'config_fields', 'history_days'], msg: 'must be at least 1', type: 'invalid' }],
  },
  'too-many-wrong-keys': { detail: 'too many wrong keys: wait a little' },
  'too-many-requests': { detail: 'more requests than server.rateLimit allows: wait a little' },
  'headers-too-large': { detail: 'the headers are too large' },
  internal: { detail: 'an unexpected TypeError stopped the work; the log has its stack' },
  'data-folder': { detail: 'no space is left on the device of the data folder' },
  'shutting-down': { detail: 'inlet is shutting down: ask again in a few seconds' },
  'vault-locked': { detail: 'the vault is locked: its key is missing' },
  'not-ready': { detail: 'the scheduler is not running: see the log' },
}

export function problemExample(slug: Slug): ProblemBody {
  const { status, title } = problems[slug]
  return { type: `/problems/${slug}`, title, status, ...cases[slug] }
}
