/** Routes that are not of the API, and so not in its description. */
export const outside: readonly { path: RegExp; why: string }[] = [
  { path: /^\/(?:connect|connections)(?:\/|$)/, why: 'pages and forms of the dashboard' },
  { path: /^\/(?:search|settings|sign-in|sign-out)?$/, why: 'pages and forms of the dashboard' },
  { path: /^\/source-connections\/callback\/pasted$/, why: 'a form of the page where a sign-in ends' },
  { path: /^\/dashboard\//, why: 'what the pages of the dashboard are made of' },
  { path: /^\/docs\//, why: 'what the page of the reference is made of' },
]
