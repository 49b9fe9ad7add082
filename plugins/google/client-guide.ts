import type { ClientGuide } from '../../core/plugin.ts'

/**
 * The pages are those of the Google Auth Platform: https://support.google.com/cloud/answer/15544987 (overview),
 * /15549945 (audience, and the 7 days of Testing), /15549257 (clients, and the secret that is shown once), /13464323
 * (personal use needs no verification) and /7454865 (the page of an unverified app).
 *
 * A "Web application" takes http for localhost, path included
 * (https://developers.google.com/identity/protocols/oauth2/web-server#uri-validation). A "Desktop app" takes loopback
 * addresses unregistered, but Google documents them without a path
 * (https://developers.google.com/identity/protocols/oauth2/native-app#redirect-uri_loopback).
 */
export const googleClientGuide: ClientGuide = {
  url: 'https://console.cloud.google.com/auth/overview',
  steps: [
    'Select a project at the top of the page, or create one.',
    'Choose "Get started", and give an app name, your address as the support email, the audience "External" ("Internal" if all accounts belong to your own Workspace organization) and your address as the contact.',
    'Under "Audience", choose "Publish app" and confirm, so that the publishing status is "In production".',
    'In the menu, under "APIs & Services" and "Library", enable the "Gmail API", the "Google Drive API" and the "Google Calendar API", or those of them that you want.',
    'Back in "Google Auth Platform", under "Clients", choose "Create client" and the application type "Web application".',
    'Under "Authorized redirect URIs", choose "Add URI", enter {redirect} and choose "Create".',
    'Copy the client ID and the client secret at once: Google never shows the secret again.',
    'Leave "Data Access" empty: inlet asks for {scopes} when you sign in.',
  ],
  warnings: [
    'While the publishing status is "Testing", every sign-in ends after 7 days.',
    'Google warns of an unverified app when you sign in: that is your own, which needs no verification while fewer than 100 people use it, so choose "Advanced" and go on.',
    'For an account of a Workspace organization, its administrator may have to allow the app first.',
  ],
}
