import { type Change, type Context, type Entity, type Json, oauth2, type Plugin } from '../../core/plugin.ts'

export type Script = (context: Context, cursor: Json | undefined) => AsyncGenerator<Change, void, undefined>

export interface ScriptedPlugin extends Plugin {
  /** What the next run does; a run takes it once it begins. */
  script: Script
  /** The cursor each run was begun with, listings begun anew within a run included. */
  cursors: (Json | undefined)[]
}

/** A plugin whose one source, `scripted`, does what the test says. */
export function scriptedPlugin(script: Script = async function* () {}): ScriptedPlugin {
  const plugin: ScriptedPlugin = {
    id: 'scripted',
    title: 'Scripted',
    auth: oauth2({}),
    endpoints: { api: 'http://127.0.0.1:1', token: 'http://127.0.0.1:1/token' },
    origins: ({ api = '' }) => [api],
    script,
    cursors: [],
    sources: [
      {
        shortName: 'scripted',
        title: 'Scripted',
        description: 'Does what the test says.',
        labels: ['test'],
        scopes: ['read'],
        entityTypes: ['note', 'folder'],
        configFields: [{ name: 'only', title: 'Only', description: 'A filter.', type: 'string' }],
        identify: async () => ({ id: 'me', name: 'Me' }),
        sync(context, cursor) {
          plugin.cursors.push(cursor)
          return plugin.script(context, cursor)
        },
      },
    ],
  }
  return plugin
}

export function note(id: string, members: Partial<Entity> = {}): Change {
  return { type: 'upsert', entity: { entityType: 'note', id, name: `note ${id}`, text: `text of ${id}`, ...members } }
}

export function gone(id: string): Change {
  return { type: 'remove', entityType: 'note', id }
}

export function checkpoint(cursor: Json): Change {
  return { type: 'checkpoint', cursor }
}
