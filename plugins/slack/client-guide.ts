import type { ClientGuide } from '../../core/plugin.ts'

/**
 * https://docs.slack.dev/authentication/installing-with-oauth (redirect addresses need https, user scopes),
 * https://docs.slack.dev/authentication/using-pkce and https://docs.slack.dev/changelog/2026/03/30/pkce (what PKCE
 * changes: a public client for good, localhost, user scopes alone, 30 days) and
 * https://docs.slack.dev/authentication/using-token-rotation.
 */
export const slackClientGuide: ClientGuide = {
  url: 'https://api.slack.com/apps',
  steps: [
    'Choose "Create New App" and "From scratch", enter a name, pick your workspace and choose "Create App".',
    'Under "OAuth & Permissions", turn on PKCE, without which Slack takes no address on your own machine.',
    'On the same page, under "Redirect URLs", choose "Add New Redirect URL", enter {redirect}, add it and choose "Save URLs".',
    'Further down, under "User Token Scopes" and not "Bot Token Scopes", add {scopes}.',
    'Under "Basic Information" and "App Credentials", copy the client ID, and give inlet no client secret: with PKCE the client is a public one.',
  ],
  warnings: [
    "PKCE cannot be turned off again but by Slack's support: make an app for inlet alone.",
    'A refresh token of an app with PKCE ends after 30 days: where Slack gives one, as it does with token rotation, you sign in again once a month.',
    'A workspace may want an administrator to approve the app.',
    'Without PKCE, Slack redirects to https addresses alone: give inlet one that you registered as the redirect address and the client secret too, and paste the address that the browser ended at into the dashboard.',
  ],
}
