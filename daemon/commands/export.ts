import { defineCommand } from '../command-line/command.ts'
import { clientExits } from '../command-line/exit-codes.ts'
import { misuse } from '../command-line/parse.ts'

export const exportCommand = defineCommand({
  name: 'export',
  group: 'read',
  summary: 'write what was synced to a file, or mirror it into a folder of Markdown files',
  description: [
    'As JSON lines, every entity is a line, on the standard output or in a file that takes the place of the one before when it is whole. An entity that changes while the export runs may come twice: the later line counts.',
    'As Markdown, every entity is a file with what is known of it in its front matter, in folders named after its collection, its connection and the places it is in. The next export into the same folder changes only what has changed since: files are written anew, moved and removed. What you put into the folder, or change in one of its files, is yours and stays.',
    'Where inlet does not run, its data folder is read here.',
  ],
  options: {
    format: {
      value: 'FORMAT',
      choices: ['jsonl', 'markdown'],
      default: 'jsonl',
      description: 'JSON lines, or Markdown',
    },
    output: {
      value: 'PATH',
      short: 'o',
      description: 'the file, or with Markdown the folder; default the standard output',
      completes: 'file',
    },
    collection: { value: 'ID', multiple: true, description: 'only this collection', completes: 'collection' },
    source: { value: 'SOURCE', multiple: true, description: 'only from this source', completes: 'source' },
    connection: {
      value: 'CONNECTION',
      multiple: true,
      description: 'only from this connection, by name or id',
      completes: 'connection',
    },
    type: { value: 'TYPE', multiple: true, description: 'only entities of this type, such as slack_message' },
    raw: { description: "with the providers' own objects" },
  },
  examples: [
    { command: 'inlet export --output everything.jsonl', says: 'All of it, in one file' },
    { command: 'inlet export --collection home --type gmail_message | gzip > mail.jsonl.gz', says: 'A part of it, on' },
    {
      command: 'inlet export --format markdown --output ~/notes/inlet',
      says: 'A folder for your editor, kept up to date',
    },
  ],
  exits: { ...clientExits, 130: 'interrupted; what is there by then is whole' },
  async run({ options }, context) {
    if (options.format === 'markdown' && options.output === undefined) {
      throw misuse('inlet export --format markdown takes a folder: --output FOLDER', 'export')
    }
    const { runExport } = await import('./export-work.ts')
    await runExport(options, context)
    return 0
  },
})
