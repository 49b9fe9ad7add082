import type { ClientGuide } from '../../core/plugin.ts'

/**
 * https://learn.microsoft.com/entra/identity-platform/quickstart-register-app (registering, account types),
 * /how-to-add-redirect-uri (platforms), /reply-url (http for localhost; 127.0.0.1 in the manifest alone),
 * /quickstart-configure-app-access-web-apis (permissions), /how-to-add-credentials (24 months, shown once) and
 * /reference-breaking-changes#applications-must-be-registered-in-a-directory.
 *
 * The platform of the redirect address makes the client public or not: a public one is refused when it sends a secret
 * (AADSTS700025), any other when it sends none (AADSTS7000218). Why consumers: https://learn.microsoft.com/answers/questions/1028852
 */
export const microsoftClientGuide: ClientGuide = {
  url: 'https://entra.microsoft.com',
  steps: [
    'Open "Entra ID" and "App registrations", and choose "New registration".',
    'Enter a name, and under "Supported account types" choose the one for accounts in any organizational directory and personal Microsoft accounts.',
    'Choose "Register", and copy the "Application (client) ID" from the page that opens.',
    'Under "Manage" and "Authentication", choose "Add Redirect URI" ("Add a platform" in older portals), then "Mobile and desktop applications", enter {redirect} as a custom redirect URI and choose "Configure".',
    'Under "API permissions", choose "Add a permission", "Microsoft Graph" and "Delegated permissions", tick {scopes} and "offline_access", and choose "Add permissions".',
    'Give inlet the client ID alone: a client of this kind has no secret, and is refused with one.',
  ],
  warnings: [
    'A personal account without a directory cannot register apps: signing up for Azure or joining the Microsoft 365 Developer Program gives it one.',
    'An app for the accounts of one directory alone needs that directory\'s ID as "tenant" in the configuration, and one for personal accounts alone needs "consumers".',
    'An organization may want an administrator to consent before its people can sign in.',
    'With the platform "Web" in place of "Mobile and desktop applications", a secret is needed, made under "Certificates & secrets": its value is shown once, and it ends after 24 months at the latest.',
  ],
}
