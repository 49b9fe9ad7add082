import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'

export const backup = defineCommand({
  name: 'backup',
  group: 'keep',
  summary: 'copy the whole data folder into one file, while inlet goes on',
  usage: ['backup [--with-key] FILE', 'backup [--with-key] [--keep NUMBER] FOLDER', 'backup --check FILE'],
  description: [
    'The file is a tar archive, with gzip around it unless its name ends in .tar. It holds the database, the sealed tokens and the API key, and the SHA-256 of each of them. It is read again and checked before it takes its name; a file of that name stays until then. In a folder, the file is named after the time. With - it goes to the standard output, for another program to encrypt or to send on.',
    'What you have synced is in it in clear. Your tokens are in it sealed, and the key that opens them is not in it: keep a copy of master.key apart from your backups, or put the key in with --with-key. Without the key a restored vault stays locked, and every source has to be signed in to again.',
    'The configuration is yours, and not in it.',
  ],
  words: {
    path: {
      description: 'the file, or a folder that there is (or a name that ends in /)',
      required: true,
      completes: 'file',
    },
  },
  options: {
    'with-key': { description: 'put the key of the vault in, where it is kept in the data folder' },
    keep: {
      value: 'NUMBER',
      kind: 'integer',
      minimum: 1,
      maximum: 10_000,
      description: 'remove all but so many of the newest backups from the folder afterwards',
    },
    check: { description: 'read a backup, and say whether it is whole' },
  },
  examples: [
    { command: 'inlet backup --keep 7 /mnt/backups/', says: 'A new file a day, and a week of them' },
    { command: 'inlet backup - | age -r age1... > inlet.tar.gz.age', says: 'Encrypted on its way' },
    { command: 'inlet backup --check /mnt/backups/inlet-20260131T093000Z.tar.gz', says: 'Is it whole?' },
  ],
  exits: { 5: clientExits[5], 7: clientExits[7] },
  async run({ words: { path }, options }, context) {
    const { keep, check, 'with-key': withKey } = options
    if (check && (keep !== undefined || withKey)) throw misuse('inlet backup --check only reads', 'backup')
    const { checkBackup, makeBackup } = await import('./backup-work.ts')
    await (check ? checkBackup(path, context) : makeBackup({ path, keep, withKey }, context))
    return 0
  },
})
