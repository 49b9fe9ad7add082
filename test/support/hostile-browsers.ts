/** Hostile requests that reach the loopback through a browser: rebound names, pages of other sites, their preflights. */
import { attack, type HostileRequest } from './hostile-request.ts'

const foreignHosts = [
  ...['evil.example', 'evil.example:PORT', 'localhost', 'localhost:NEXTPORT', 'localhost:80'],
  ...['localhost:0PORT', '127.0.0.1', '127.0.0.1:NEXTPORT', '127.0.0.1:00PORT', '[::1]', '[::1]:NEXTPORT'],
  ...['localhost.:PORT', 'localhost.evil.example:PORT', 'evil-localhost:PORT', 'xlocalhost:PORT', 'localhostx:PORT'],
  ...['localhost.localdomain:PORT', 'ip6-localhost:PORT', 'a.localhost:PORT', 'localtest.me:PORT'],
  ...['127.0.0.1.nip.io:PORT', '127.0.0.1.:PORT', '0.0.0.0:PORT', '0:PORT', '127.0.0.2:PORT', '127.1:PORT'],
  ...['127.0.1:PORT', '0177.0.0.1:PORT', '127.0.0.01:PORT', '127.000.000.001:PORT', '0x7f.0.0.1:PORT'],
  ...['0x7f000001:PORT', '2130706433:PORT', '017700000001:PORT', '[::]:PORT', '[::2]:PORT'],
  ...['[::ffff:7f00:1]:PORT', '10.0.0.1:PORT', '192.168.1.2:PORT'],
  ...['169.254.169.254:PORT', 'host.docker.internal:PORT', 'inlet.local:PORT', '*:PORT', '-:PORT', '_:PORT'],
]

const crookedHosts = [
  ...['localhost:', '[0:0:0:0:0:0:0:1]:PORT', '[::ffff:127.0.0.1]:PORT', '[0000::1]:PORT'],
  ...['::1', '::1:PORT', '[localhost]:PORT', '[::1%25lo]:PORT', '[::1]PORT', '[::1:PORT', 'localhost:PORT:PORT'],
  ...['localhost:PORT/', 'localhost:PORT/sources', 'localhost:PORT?x', 'localhost:PORT#x', 'localhost:PORT\\evil'],
  ...['localhost:PORT@evil.example', 'evil.example@localhost:PORT', 'user:pass@localhost:PORT', '@localhost:PORT'],
  ...['localhost:PORT,evil.example', 'localhost:PORT, localhost:PORT', 'localhost:PORT evil.example'],
  ...['localhost:PORT;x', '"localhost:PORT"', "'localhost:PORT'", 'http://localhost:PORT', '//localhost:PORT'],
  ...['loc%61lhost:PORT', 'localhost%00:PORT', 'localhost%2eevil.example:PORT', 'localhost:%38PORT'],
  ...['localhost:+PORT', 'localhost:-PORT', 'localhost:PORTx', 'localhost:PORT.0', 'localhost:1e4', ':PORT', ''],
  ...['local\u00adhost:PORT', '\uff4cocalhost:PORT', 'loca\u017fhost:PORT', '127\u30020.0.1:PORT', '\u2460.0.0.1:PORT'],
]

const hosts: HostileRequest[] = [
  ...foreignHosts.map(host => attack(`Host: ${host}`, [403, 'host-not-allowed'], { host })),
  ...crookedHosts.map(host => attack(`Host: ${JSON.stringify(host)}`, [400, 'bad-request'], { host })),
  ...['localhost:PORT', '127.0.0.1:PORT'].map(target =>
    attack(`evil Host beside X-Forwarded-Host: ${target}`, [403, 'host-not-allowed'], {
      host: 'evil.example',
      lines: [`X-Forwarded-Host: ${target}`, `Forwarded: host="${target}"`, `X-Host: ${target}`],
    }),
  ),
  attack('no Host', [400, 'bad-request'], { host: undefined }),
  attack('no Host, HTTP/1.0', [400, 'bad-request'], { host: undefined, version: 'HTTP/1.0' }),
  attack('no Host, on what needs no key', [400, 'bad-request'], {
    host: undefined,
    target: '/healthz',
    key: undefined,
  }),
  attack('an evil Host on what needs no key', [403, 'host-not-allowed'], {
    ...{ host: 'evil.example', target: '/healthz', key: undefined },
  }),
  attack('an evil Host on a page for browsers', [403, 'host-not-allowed'], {
    ...{ host: 'evil.example', target: '/problems/unauthorized', key: undefined },
  }),
  attack('two Hosts, ours first', [400, 'bad-request'], { host: ['localhost:PORT', 'evil.example'] }),
  attack('two Hosts, ours last', [400, 'bad-request'], { host: ['evil.example', 'localhost:PORT'] }),
  attack('two Hosts, both ours', [400, 'bad-request'], { host: ['localhost:PORT', 'localhost:PORT'] }),
]

const foreignOrigins = [
  ...['null', 'https://evil.example', 'http://evil.example:PORT', 'http://localhost', 'http://localhost:80'],
  ...['http://localhost:3000', 'http://localhost:NEXTPORT', 'http://localhost:0PORT', 'https://localhost:PORT'],
  ...['https://127.0.0.1:PORT', 'https://[::1]:PORT', 'http://127.0.0.1', 'http://127.0.0.1:NEXTPORT'],
  ...['http://localhost.:PORT', 'http://localhost.evil.example:PORT', 'http://evil-localhost:PORT'],
  ...['http://a.localhost:PORT', 'http://localhost:PORT.evil.example', 'http://localhost:PORT@evil.example'],
  ...['http://evil@localhost:PORT', 'http://localhost:PORT/', 'http://localhost:PORT/x', 'http://localhost:PORT?x'],
  ...['http://localhost:PORT#x', '//localhost:PORT', 'localhost:PORT', 'localhost', 'file://', 'about:blank', 'data:'],
  ...[
    'ws://localhost:PORT',
    'ftp://localhost:PORT',
    'chrome-extension://abcdefghijklmnop',
    'moz-extension://1234-5678',
  ],
  ...['http://0.0.0.0:PORT', 'http://127.0.0.2:PORT', 'http://127.1:PORT', 'http://2130706433:PORT'],
  ...['http://0x7f000001:PORT', 'http://[::]:PORT', 'http://[::ffff:127.0.0.1]:PORT', 'http://[0:0:0:0:0:0:0:1]:PORT'],
  ...['http://localhost:PORT http://evil.example', 'http://localhost:PORT, http://evil.example', '*', ''],
  ...['http://localhost:PORT,http://localhost:PORT', 'undefined', 'http:localhost:PORT', 'http:///localhost:PORT'],
]

const origins: HostileRequest[] = [
  ...foreignOrigins.map(origin =>
    attack(`Origin: ${JSON.stringify(origin)}`, [403, 'origin-not-allowed'], { lines: [`Origin: ${origin}`] }),
  ),
  ...['/healthz', '/openapi.json', '/problems', '/problems/unauthorized'].map(target =>
    attack(`an evil Origin at ${target}`, [403, 'origin-not-allowed'], {
      ...{ target, key: undefined, lines: ['Origin: https://evil.example'] },
    }),
  ),
  attack('two Origins', [400, 'bad-request'], {
    lines: ['Origin: http://localhost:PORT', 'Origin: https://evil.example'],
  }),
  attack('a form of another site', [403, 'origin-not-allowed'], {
    ...{ method: 'POST', target: '/collections', body: 'name=x' },
    lines: ['Origin: https://evil.example', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 6'],
  }),
  attack('a WebSocket of another site', [403, 'origin-not-allowed'], {
    target: '/events',
    keepAlive: true,
    lines: [
      ...['Connection: Upgrade, close', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Origin: https://evil.example'],
    ],
  }),
  attack('an EventSource of another site', [403, 'origin-not-allowed'], {
    target: '/events',
    lines: ['Accept: text/event-stream', 'Origin: https://evil.example'],
  }),
]

function fetched(site: string, mode: string, destination: string): string[] {
  return [`Sec-Fetch-Site: ${site}`, `Sec-Fetch-Mode: ${mode}`, `Sec-Fetch-Dest: ${destination}`]
}

const crossSite: HostileRequest[] = [
  ...['/sources', '/healthz', '/openapi.json', '/problems', '/problems/unauthorized', '/events', '/nonsense'].map(
    target =>
      attack(`a script element of another site at ${target}`, [403, 'origin-not-allowed'], {
        ...{ target, lines: fetched('cross-site', 'no-cors', 'script') },
      }),
  ),
  attack('an image of another site', [403, 'origin-not-allowed'], { lines: fetched('cross-site', 'no-cors', 'image') }),
  attack('a frame of another site', [403, 'origin-not-allowed'], {
    lines: fetched('cross-site', 'navigate', 'iframe'),
  }),
  attack('a link of another site', [403, 'origin-not-allowed'], {
    lines: fetched('cross-site', 'navigate', 'document'),
  }),
  attack('another port of localhost', [403, 'origin-not-allowed'], { lines: fetched('same-site', 'no-cors', 'image') }),
  attack('Sec-Fetch-Site in capitals', [403, 'origin-not-allowed'], { lines: ['Sec-Fetch-Site: CROSS-SITE'] }),
  attack('Sec-Fetch-Site of the future', [403, 'origin-not-allowed'], { lines: ['Sec-Fetch-Site: somewhere'] }),
  attack('Sec-Fetch-Site that is empty', [403, 'origin-not-allowed'], { lines: ['Sec-Fetch-Site:'] }),
  attack('two of Sec-Fetch-Site', [400, 'bad-request'], {
    lines: ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
  }),
  ...['https://evil.example', 'null', 'http://localhost:NEXTPORT'].flatMap(origin => {
    const asked = { method: 'OPTIONS', key: undefined }
    return [
      attack(`a preflight of ${origin}`, [403, 'origin-not-allowed'], {
        ...asked,
        lines: [
          `Origin: ${origin}`,
          'Access-Control-Request-Method: POST',
          'Access-Control-Request-Headers: x-api-key',
        ],
      }),
      attack(`a preflight of ${origin} into the private network`, [403, 'origin-not-allowed'], {
        ...asked,
        lines: [
          ...[`Origin: ${origin}`, 'Access-Control-Request-Method: GET'],
          'Access-Control-Request-Private-Network: true',
        ],
      }),
    ]
  }),
  attack('a preflight without an Origin', [401, 'unauthorized'], {
    ...{ method: 'OPTIONS', key: undefined, lines: ['Access-Control-Request-Method: POST'] },
  }),
  attack('a preflight of our own, without the key', [401, 'unauthorized'], {
    ...{ method: 'OPTIONS', key: undefined },
    lines: ['Origin: http://localhost:PORT', 'Access-Control-Request-Method: POST'],
  }),
]

export const browserAttacks: readonly HostileRequest[] = [...hosts, ...origins, ...crossSite]
