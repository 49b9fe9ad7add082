import { accessScopes } from '../../core/access.ts'
import { Failure, quote } from '../../core/errors.ts'
import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { clean, columns } from '../command-line/text.ts'
import type { KeyBody, NewKeyBody } from '../schemas/key.ts'
import { atDesk, type Desk } from './desk.ts'
import { endOf } from './key-end.ts'

const create = defineCommand({
  name: 'create',
  summary: 'make a key for another program',
  description: [
    'The key is printed this once, alone on the standard output, and kept as a hash. read looks and searches; sync also starts and cancels runs; admin also changes what is there. Limited to collections, it sees nothing of the others.',
  ],
  words: { name: { description: 'what it is for, such as assistant', required: true } },
  options: {
    scope: { value: 'SCOPE', choices: accessScopes, default: 'read', description: 'what it may do' },
    collection: { value: 'ID', multiple: true, description: 'reach this collection alone', completes: 'collection' },
    expires: { value: 'WHEN', description: 'its end: 90d, 12h, 2w, a day such as 2027-01-31, or a time in ISO 8601' },
  },
  examples: [
    { command: 'inlet keys create assistant --collection home', says: 'Reads one collection, and nothing else' },
    { command: 'KEY=$(inlet keys create backup-check --scope sync --expires 90d)', says: 'In a script' },
  ],
  exits: clientExits,
  async run({ words: { name }, options: { scope, collection, expires } }, context) {
    const expiresAt = expires === undefined ? null : endOf(expires, context.clock.now())
    const collections = collection.length > 0 ? collection : null
    const made = await atDesk(context, desk => {
      desk.requireLoopback()
      return desk.ask<NewKeyBody>('POST', '/keys', { name, scope, collections, expires_at: expiresAt })
    })
    await context.answer(made, [made.key])
    context.tell(`${described(made)}. This is the only time that the key is shown.`)
    return 0
  },
})

const list = defineCommand({
  name: 'list',
  summary: 'the keys that there are, without themselves',
  examples: [{ command: 'inlet keys list', says: 'Who may do what' }],
  exits: clientExits,
  async run(_call, context) {
    const keys = await atDesk(context, allKeys)
    if (keys.length === 0)
      context.tell('There are no named keys: the one in the data folder is yours, and opens everything.')
    const rows = keys.map(key => [
      ...[clean(key.name), key.scope, key.collections?.join(' ') ?? 'everything', `…${key.hint}`],
      ...[key.expires_at ?? 'never', key.last_used_at ?? 'never', key.id],
    ])
    const head = ['NAME', 'SCOPE', 'COLLECTIONS', 'KEY', 'EXPIRES', 'LAST USED', 'ID']
    await context.answer(keys, rows.length === 0 ? [] : columns([head, ...rows]))
    return 0
  },
})

const revoke = defineCommand({
  name: 'revoke',
  summary: 'take a key back',
  description: ['It opens nothing from this moment on, and what is being followed with it ends.'],
  words: { key: { description: 'its name or id', required: true } },
  examples: [{ command: 'inlet keys revoke assistant', says: 'By its name' }],
  exits: clientExits,
  async run({ words: { key } }, context) {
    const gone = await atDesk(context, async desk => {
      const { id } = pick(await allKeys(desk), key)
      return desk.ask<KeyBody>('DELETE', `/keys/${id}`)
    })
    await context.answer(gone, [`${quote(clean(gone.name))} opens nothing any more.`])
    return 0
  },
})

export const keys = defineCommand({
  name: 'keys',
  group: 'keep',
  summary: 'keys for other programs, each with as little reach as it needs: create, list, revoke',
  description: ['Where inlet does not run, they are made in its data folder.'],
  examples: [
    { command: 'inlet keys create assistant --collection home', says: 'Reads one collection, and nothing else' },
  ],
  commands: [create, list, revoke],
})

const atOnce = 1000

async function allKeys(desk: Desk): Promise<KeyBody[]> {
  const all: KeyBody[] = []
  for (;;) {
    const page = await desk.ask<KeyBody[]>('GET', `/keys?skip=${all.length}&limit=${atOnce}`)
    all.push(...page)
    if (page.length < atOnce) return all
  }
}

function pick(keys: readonly KeyBody[], wanted: string): KeyBody {
  const found = keys.find(({ id }) => id === wanted.toLowerCase()) ?? keys.find(({ name }) => name === wanted)
  if (found) return found
  throw new Failure('not_found', `there is no key ${quote(clean(wanted))}: inlet keys list shows them`)
}

function described({ name, scope, collections, expires_at: end }: KeyBody): string {
  const reach = collections === null ? 'everything' : collections.join(', ')
  return `A key for ${quote(clean(name))}: ${scope}, ${reach}, ${end === null ? 'without an end' : `until ${end}`}`
}
