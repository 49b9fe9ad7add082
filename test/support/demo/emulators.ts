/**
 * Google and Slack as `emulate` plays them, on free loopback ports, holding the made-up life. What the emulators'
 * seeds cannot say is added through their own APIs, as a person's client would.
 */
import { createEmulator, type Emulator } from 'emulate'
import { ada, calendarEvents, calendars, channels, driveItems, type Message, type Person, people } from './life.ts'
import { type Mail, mails } from './mails.ts'

export interface Emulators {
  /** The `providers` of a configuration that leads to them. */
  providers: {
    google: { clientId: string; clientSecret: string; endpoints: Record<string, string> }
    slack: { endpoints: Record<string, string> }
  }
  tokens: { google: string; slack: string }
  /** A refresh token that the Google emulator has given for `clientId`. */
  googleRefreshToken(): Promise<string>
  /** Posts to a channel by name, as one of the people. */
  post(channel: string, author: Person, text: string): Promise<void>
  close(): Promise<void>
}

const googleToken = 'ya29.demo-ada'
const slackScopes = [
  ...['channels:read', 'channels:history', 'groups:read', 'groups:history', 'im:read', 'im:history', 'mpim:read'],
  ...['mpim:history', 'users:read', 'files:read', 'files:write', 'chat:write', 'team:read'],
]
const googleClient = {
  client_id: 'demo-client.apps.example',
  client_secret: 'demo-client-secret',
  redirect_uris: ['http://localhost/callback'],
}

const slackToken = (person: Person) => `xoxp-demo-${person}`

export async function startEmulators(): Promise<Emulators> {
  const google = await startGoogle()
  const slack = await startSlack().catch(async error => {
    await google.close()
    throw error
  })
  const { client_id: clientId, client_secret: clientSecret } = googleClient
  return {
    providers: {
      google: {
        clientId,
        clientSecret,
        endpoints: {
          api: google.url,
          gmail: google.url,
          authorize: `${google.url}/o/oauth2/v2/auth`,
          token: `${google.url}/oauth2/token`,
        },
      },
      slack: { endpoints: { api: `${slack.url}/api`, token: `${slack.url}/api/oauth.v2.access` } },
    },
    tokens: { google: googleToken, slack: slackToken('ada') },
    googleRefreshToken: () => signInToGoogle(google.url),
    async post(channel, author, text) {
      await callSlack(slack.url, 'chat.postMessage', author, { channel, text })
    },
    async close() {
      await Promise.all([google.close(), slack.close()])
    },
  }
}

function startGoogle(): Promise<Emulator> {
  const mine = <Item extends object>(items: readonly Item[]) => items.map(item => ({ ...item, user_email: ada.email }))
  return createEmulator({
    service: 'google',
    port: 0,
    seed: {
      tokens: { [googleToken]: { login: ada.email, scopes: ['openid'] } },
      google: {
        users: [ada],
        oauth_clients: [googleClient],
        messages: mails.map(toSeed),
        drive_items: mine(driveItems),
        calendars: mine(calendars),
        calendar_events: mine(calendarEvents),
      },
    },
  })
}

function toSeed(mail: Mail) {
  const { id, threadId, date, labels = ['INBOX'] } = mail
  const raw = Buffer.from(toMime(mail)).toString('base64url')
  return {
    id,
    thread_id: threadId ?? `thread-${id}`,
    user_email: ada.email,
    raw,
    internal_date: String(Date.parse(date)),
    label_ids: labels,
  }
}

/** RFC 5322 and 2046: the text, and what is attached to it. */
function toMime({ id, from, to, subject, date, html, attachments = [] }: Mail): string {
  const boundary = `boundary-${id}`
  const head = [
    `From: ${from}`,
    `To: ${to ?? `${ada.name} <${ada.email}>`}`,
    `Subject: ${subject}`,
    `Date: ${new Date(date).toUTCString()}`,
    `Message-ID: <${id}@example.com>`,
    'MIME-Version: 1.0',
  ]
  const files = attachments.map(({ fileName, type, content }) => [
    `Content-Type: ${type}; name="${fileName}"`,
    `Content-Disposition: attachment; filename="${fileName}"`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(content).toString('base64'),
  ])
  const parts = [['Content-Type: text/html; charset=utf-8', '', html], ...files]
  const body = parts.map(part => [`--${boundary}`, ...part].join('\r\n'))
  return [...head, `Content-Type: multipart/mixed; boundary="${boundary}"`, '', ...body, `--${boundary}--`, ''].join(
    '\r\n',
  )
}

/** The browser's part of a sign-in, done by hand: the consent form's answer, then the code's exchange. */
async function signInToGoogle(url: string): Promise<string> {
  const { client_id, client_secret, redirect_uris } = googleClient
  const [redirect_uri = ''] = redirect_uris
  const consent = await fetch(`${url}/o/oauth2/v2/auth/callback`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({
      email: ada.email,
      redirect_uri,
      scope: 'https://www.googleapis.com/auth/gmail.readonly',
      client_id,
    }),
  })
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const answer = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri, client_id, client_secret }),
  })
  const { refresh_token } = (await answer.json()) as { refresh_token?: string }
  if (!refresh_token) throw new Error(`the Google emulator gave no refresh token (${answer.status})`)
  return refresh_token
}

async function startSlack(): Promise<Emulator> {
  const emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      slack: {
        team: { name: 'Island crew', domain: 'island-crew' },
        users: people.map(({ name, title }) => ({
          name,
          real_name: capital(name),
          email: `${name}@example.com`,
          profile: { title },
        })),
        channels: channels.map(({ name, topic }) => ({ name, topic })),
        tokens: people.map(({ name }) => ({ token: slackToken(name), user: name, type: 'user', scopes: slackScopes })),
      },
    },
  })
  for (const { name, messages } of channels) {
    for (const message of messages) await write(emulator.url, name, message)
  }
  return emulator
}

/** Messages have no place in the seed. */
async function write(url: string, channel: string, { author, text, replies = [], file }: Message): Promise<void> {
  if (file) return share(url, channel, author, text, file)
  const { ts } = await callSlack(url, 'chat.postMessage', author, { channel, text })
  for (const reply of replies) {
    await callSlack(url, 'chat.postMessage', reply.author, { channel, text: reply.text, thread_ts: String(ts) })
  }
}

/** @see https://docs.slack.dev/reference/methods/files.completeUploadExternal */
async function share(
  url: string,
  channel: string,
  author: Person,
  text: string,
  file: { name: string; content: string },
): Promise<void> {
  const length = String(Buffer.byteLength(file.content))
  const { upload_url, file_id } = await callSlack(url, 'files.getUploadURLExternal', author, {
    filename: file.name,
    length,
  })
  await fetch(String(upload_url), { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: file.content })
  const files = JSON.stringify([{ id: file_id, title: file.name }])
  await callSlack(url, 'files.completeUploadExternal', author, {
    files,
    channel_id: await channelId(url, channel),
    initial_comment: text,
  })
}

async function channelId(url: string, name: string): Promise<string> {
  const { channels: found } = await callSlack(url, 'conversations.list', 'ada', {})
  const channel = (found as { id: string; name: string }[]).find(candidate => candidate.name === name)
  if (!channel) throw new Error(`the Slack emulator has no channel ${name}`)
  return channel.id
}

async function callSlack(
  url: string,
  method: string,
  person: Person,
  form: Record<string, string>,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/api/${method}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${slackToken(person)}` },
    body: new URLSearchParams(form),
  })
  const body = (await answer.json()) as Record<string, unknown>
  if (body.ok !== true) throw new Error(`the Slack emulator refused ${method}: ${String(body.error)}`)
  return body
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}
