import type { ClientGuide } from '../../core/plugin.ts'

/**
 * https://developers.asana.com/docs/oauth#register-an-application, https://developers.asana.com/docs/oauth-scopes
 * (full permissions or single scopes, never both) and https://developers.asana.com/docs/share-your-app (distribution).
 *
 * Asana's pages set no rule for redirect addresses; its own examples register http://localhost with a port and a path
 * (https://github.com/Asana/devrel-examples/pull/63).
 */
export const asanaClientGuide: ClientGuide = {
  url: 'https://app.asana.com/0/my-apps',
  steps: [
    'Choose "Create new app", enter a name, choose any kind but "MCP app" where you are asked for one, and choose "Create app".',
    'Under "OAuth", choose "Add redirect URL", enter {redirect} and choose "Add".',
    'On the same page, under "Permission scopes", choose "Full permissions", which is what the scope {scopes} stands for.',
    'Under "Manage distribution", choose "Specific workspaces", save, and add each workspace that you want to connect.',
    'Under "OAuth", copy the client ID and the client secret.',
  ],
  warnings: [
    'Single scopes will not do: none of them covers sections and events.',
    'Full permissions include writing, which inlet never does.',
    'In a workspace that was not added under "Manage distribution", Asana refuses the sign-in.',
  ],
}
