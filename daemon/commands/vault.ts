import { type Command, defineCommand, type OptionDeclaration } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'
import type { VaultCall } from './vault-work.ts'

const keyFile = {
  value: 'FILE',
  description: 'the file that holds the key: 32 bytes, or their base64',
  completes: 'file',
} as const satisfies OptionDeclaration

const examples = [{ command: 'inlet vault status', says: 'Is it open, and where is its key?' }]

const status = action('status', {
  summary: 'whether the vault is open, where its key is kept, and which credentials do not open',
  exits: { 3: 'the vault is locked', 4: 'some credential cannot be opened' },
})

const rotate = defineCommand({
  name: 'rotate',
  summary: 'seal every credential with another key',
  description: [
    'Without an option, a rotation that was cut short is gone on with, else a key in the data folder gives way to a new one there. A new key of your own comes from the environment or from --key-file, or is a passphrase that you are asked for.',
    'The next start needs the new key: change INLET_MASTER_KEY, INLET_MASTER_KEY_FILE or INLET_PASSPHRASE by then.',
    'Keys are never taken from the command line: other users of the machine could read them there.',
  ],
  options: {
    'key-file': keyFile,
    passphrase: { description: 'ask for a new passphrase, twice' },
    generate: { description: 'make a key, and keep it in the data folder' },
  },
  variables: {
    INLET_NEW_MASTER_KEY: 'the new key, 32 bytes in base64',
    INLET_NEW_MASTER_KEY_FILE: 'the file that holds it',
    INLET_NEW_PASSPHRASE: 'the new passphrase',
  },
  examples: [
    { command: 'inlet vault rotate', says: 'A new key in place of the one in the data folder' },
    { command: 'inlet vault rotate --passphrase', says: 'From now on a passphrase' },
  ],
  exits: { 3: 'the vault is locked', 5: clientExits[5], 7: clientExits[7] },
  async run({ options: { 'key-file': file, passphrase, generate } }, context) {
    if ([file !== undefined, passphrase, generate].filter(Boolean).length > 1)
      throw misuse('inlet vault rotate takes one key at a time', 'vault rotate')
    return work({ action: 'rotate', keyFile: file, passphrase, generate }, context)
  },
})

const lock = action('lock', {
  summary: "take the key out of the running inlet's memory",
  description: [
    'Jobs end, schedules wait, tokens that are being refreshed are waited for. A restart opens the vault as it is configured.',
  ],
  exits: { 5: clientExits[5], 7: clientExits[7] },
})

const unlock = defineCommand({
  name: 'unlock',
  summary: 'give the key back to the inlet that runs',
  description: [
    'The key comes from --key-file, INLET_MASTER_KEY, INLET_MASTER_KEY_FILE or INLET_PASSPHRASE, else you are asked for it. A key file that inlet can read, it reads by itself.',
  ],
  options: { 'key-file': keyFile, passphrase: { description: 'ask for the passphrase, whatever the environment has' } },
  variables: {
    INLET_MASTER_KEY: 'the key, 32 bytes in base64',
    INLET_MASTER_KEY_FILE: 'the file that holds it',
    INLET_PASSPHRASE: 'the passphrase',
  },
  examples: [{ command: 'inlet vault unlock', says: 'Asks for the passphrase, if there is one' }],
  exits: { 5: clientExits[5], 7: clientExits[7] },
  async run({ options: { 'key-file': file, passphrase } }, context) {
    if (file !== undefined && passphrase) throw misuse('inlet vault unlock takes one key at a time', 'vault unlock')
    return work({ action: 'unlock', keyFile: file, passphrase }, context)
  },
})

export const vault = defineCommand({
  name: 'vault',
  group: 'keep',
  summary: 'the key that seals your tokens: status, rotate, lock, unlock',
  description: [
    'Tokens are sealed with one key. Where inlet runs, it is asked over its API, and goes on working; where it does not, status and rotate work on the data folder itself.',
  ],
  examples,
  commands: [status, rotate, lock, unlock],
})

/** One that takes no key. */
function action(name: 'status' | 'lock', declaration: Pick<Command, 'summary' | 'description' | 'exits'>): Command {
  return defineCommand({
    ...{ name, examples: [{ command: `inlet vault ${name}`, says: 'Takes nothing else' }], ...declaration },
    run: (_call, context) => work({ action: name }, context),
  })
}

/** What opens vaults is loaded when it is wanted. */
async function work(call: VaultCall, context: Parameters<NonNullable<Command['run']>>[1]) {
  const { workOnVault } = await import('./vault-work.ts')
  return workOnVault(call, context)
}
