import { defineCommand } from '../command-line/command.ts'

export const restore = defineCommand({
  name: 'restore',
  group: 'keep',
  summary: 'put a backup back into the data folder',
  description: [
    'Inlet must not be running. The backup is unpacked and checked first, and then put into place as a whole: whenever that is cut short, the folder is as it was, or the next start goes on to its end. What is in the folder is never deleted: with --force it is moved aside, into a folder in it.',
    'Programs that follow changes are made to list everything again. Sources go on from where they were when the backup was made. Where a provider takes each refresh token once (Slack, Notion), connections that were refreshed since then have to be signed in to again; inlet doctor tells which. Never let two inlets run from one backup: they would take these tokens from each other.',
  ],
  words: {
    path: {
      description: 'the file, or a folder, of which the newest backup is taken',
      required: true,
      completes: 'file',
    },
  },
  options: { force: { description: 'move aside what is in the data folder' } },
  examples: [
    { command: 'inlet restore /mnt/backups/', says: 'The newest one, into an empty data folder' },
    { command: 'inlet restore --force inlet.tar.gz', says: 'In place of what is there, which is kept' },
  ],
  async run({ words: { path }, options: { force } }, context) {
    const { putBack } = await import('./restore-work.ts')
    await putBack({ path, force }, context)
    return 0
  },
})
