import type { ClientGuide } from '../../core/plugin.ts'

/**
 * https://developers.notion.com/guides/connections-and-tokens/public-integrations/overview and
 * /oauth-integrations/overview (the steps, the installation scope), https://developers.notion.com/reference/capabilities
 * and https://developers.notion.com/guides/get-started/authorization (the page picker, workspace owners).
 *
 * Notion's pages say nothing of http; those who use it found that it is taken for localhost alone, not for 127.0.0.1
 * (https://docs.allauth.org/en/latest/socialaccount/providers/notion.html).
 */
export const notionClientGuide: ClientGuide = {
  url: 'https://www.notion.so/developers/connections',
  steps: [
    'In the section "Build", open the public connections ("Connections" in some workspaces) and choose "Create new connection".',
    'Enter a name and your workspace as the development workspace, and {redirect} under "Redirect URIs".',
    'As the installation scope choose your own workspaces, or "Any workspace".',
    'Of the capabilities, choose to read content, to read comments, and to read user information without email addresses.',
    'Create the connection, and copy the OAuth client ID and the OAuth client secret from its "Configuration" tab.',
    'When you sign in, Notion asks for the pages that inlet may read: what lies below a page comes with it.',
  ],
  warnings: [
    'An internal connection has a token but no sign-in: it must be a public one, or one for selected workspaces.',
    'The installation scope cannot be changed later.',
    'You must be an owner of the workspace to create a connection.',
    'Pages that you did not choose are invisible to inlet: sign in again to choose more.',
  ],
}
