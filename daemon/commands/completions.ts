import { isFailure } from '../../core/errors.ts'
import { defineCommand } from '../command-line/command.ts'
import { completionScript, shells } from '../command-line/completions.ts'
import type { CommandContext } from '../command-line/context.ts'
import { misuse } from '../command-line/parse.ts'
import { clean } from '../command-line/text.ts'
import type { SourceBody } from '../schemas/source.ts'
import { listCollections, listConnections } from './find.ts'

const kinds = ['source', 'connection', 'collection'] as const

export const completions = defineCommand({
  name: 'completions',
  group: 'run',
  summary: 'completions for your shell: bash, zsh or fish',
  description: [
    'Prints a script that completes commands, options and, while inlet runs, the names of sources, connections and collections.',
  ],
  words: { shell: { choices: shells, description: 'the shell' } },
  options: {
    values: {
      value: 'KIND',
      choices: kinds,
      description: 'names that there are, a line each: what the scripts ask for',
    },
  },
  examples: [
    { command: "echo 'source <(inlet completions bash)' >> ~/.bashrc", says: 'For bash' },
    { command: "echo 'source <(inlet completions zsh)' >> ~/.zshrc", says: 'For zsh, after compinit' },
    { command: 'inlet completions fish > ~/.config/fish/completions/inlet.fish', says: 'For fish' },
  ],
  async run({ words: { shell }, options: { values } }, context) {
    if (values !== undefined) {
      const names = await namesOf(values, context)
      return context.answer(names, names)
    }
    if (shell === undefined) throw misuse(`inlet completions takes ${shells.join(', ')}`, 'completions')
    // The table has this command in it, too.
    const { commands } = await import('./index.ts')
    const script = completionScript(shell, commands)
    return context.answer({ shell, script }, [script.trimEnd()])
  },
})

/** None where inlet does not run, or does not want to tell: a shell has no use for a reason. */
async function namesOf(kind: (typeof kinds)[number], context: CommandContext): Promise<string[]> {
  try {
    const client = await context.client()
    if (kind === 'source') {
      return (await client.ask<SourceBody[]>('GET', '/sources')).map(({ short_name }) => short_name)
    }
    if (kind === 'collection') return (await listCollections(client)).map(({ readable_id }) => readable_id)
    const connections = await listConnections(client)
    return connections.map(({ name, id }) => {
      const isAlone = connections.filter(other => other.name === name).length === 1
      // A name that is shown otherwise than it is could not be given back.
      return isAlone && clean(name) === name ? name : id
    })
  } catch (error) {
    if (isFailure(error)) return []
    throw error
  }
}
