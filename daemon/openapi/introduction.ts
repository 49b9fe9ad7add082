/** What the document says of the API as a whole. */
import { problems } from '../problem-table.ts'
import { beforeRouting } from './problem-answers.ts'

const anyway = beforeRouting.map(slug => `${problems[slug].status} \`/problems/${slug}\``).join(', ')

const description = `**Keys.** Send the API key as \`X-API-Key: KEY\` or as \`Authorization: Bearer KEY\`. It is in the file \`api-key\` in the data folder, unless \`INLET_API_KEY\` sets it. The dashboard's pages use a session in place of it. Other programs get keys of their own with \`POST /keys\`: each operation's \`security\` names the scope that such a key must have (\`read\`, \`sync\` or \`admin\`, each with those before it); where it names none, the owner's key alone will do. With \`x-inlet-reach: everything\`, the key must not be limited to collections.

**Addresses** answer with and without a slash at their end. \`HEAD\` is answered wherever \`GET\` is, and \`OPTIONS\` tells in \`Allow\` what an address takes.

**Bodies** are JSON of at most 1 MiB. An absent one is an empty object, and an unknown member is refused.

**Ids** are UUIDs, **times** are ISO 8601 in UTC. Lists take \`skip\` and \`limit\`; the feed of a collection takes a cursor.

**Problems** are \`application/problem+json\` (RFC 9457). \`type\` is the path of an explanation, and names the problem for programs; \`detail\` says what to do. Each operation lists those it can have. Any request may also be answered with ${anyway}.`

/** Each tag and what is under it, in the order of a first reading. */
const tags: readonly { name: string; description: string }[] = [
  { name: 'Sources', description: 'What can be connected, and what each source takes.' },
  { name: 'Source connections', description: 'One account at one source: its credential, its settings, its schedule.' },
  { name: 'Signing in', description: 'Connecting with a browser, at the provider, with an OAuth client of your own.' },
  { name: 'Jobs', description: 'Syncs of a connection: running, over, followed live.' },
  { name: 'Collections', description: 'What is searched and followed together.' },
  { name: 'Search', description: 'Full-text search with filters.' },
  { name: 'Entities', description: 'The messages, files, mails, events, tasks and pages, listed, followed and read.' },
  { name: 'Proxy', description: "The provider's own API, with a connection's token." },
  { name: 'White labels', description: "A product's own OAuth client, through which its customers sign in." },
  { name: 'Assistants', description: 'The Model Context Protocol: tools for assistants, over what their key sees.' },
  { name: 'Webhooks', description: 'Where events are sent to: signed, retried, kept over restarts.' },
  { name: 'Keys', description: 'Keys for other programs, each with as little reach as it needs.' },
  { name: 'The daemon', description: 'Health, events, the vault, and this description.' },
]

export const introduction = {
  servers: [{ url: '/', description: 'The daemon that this description comes from' }],
  tags,
  security: [{ key: [] }, { bearer: [] }],
}

/** @param version of the program */
export function about(version: string) {
  const summary = 'Your own data, flowing into a store on your own machine.'
  return { title: 'inlet', version, summary, description, license: { name: 'MIT', identifier: 'MIT' } }
}
