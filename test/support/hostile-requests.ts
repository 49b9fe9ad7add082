/**
 * What someone would try at a daemon on the loopback: a web page, a rebound name, a proxy's misreading, another
 * program. All but those about the key have the right key: what refuses them is the defence that they try, and
 * nothing else.
 */
import { browserAttacks } from './hostile-browsers.ts'
import { protocolAttacks } from './hostile-protocol.ts'
import { attack, crlf, type Expected, type HostileRequest } from './hostile-request.ts'

const json = 'Content-Type: application/json'

function sized(body: string): { lines: string[]; body: string } {
  return { lines: [json, `Content-Length: ${Buffer.byteLength(body)}`], body }
}

const keys: HostileRequest[] = [
  ...[
    ['no key', undefined],
    ['an empty key', ''],
    ['a wrong key', 'wrong'],
    ['the key but for its end', 'KEYx'],
    ['the key but for its beginning', 'xKEY'],
    ['half of the key', 'right'],
    ['the key in capitals', 'RIGHT-KEY'],
    ['the key twice', 'KEYKEY'],
    ['the key in quotes', '"KEY"'],
    ['a list with the key', 'wrong, KEY'],
    ['the key and a comma', 'KEY,'],
    ['the key as a bearer in the wrong header', 'Bearer KEY'],
    ['the key encoded', '%72ight-key'],
    ['a very long key', 'x'.repeat(100_000)],
    ['bytes beyond ASCII', 'right\xadkey'],
  ].map(([name, key]) => attack(`${name}`, [401, 'unauthorized'], { key })),
  ...[
    ...['Authorization: KEY', 'Authorization: Basic KEY', 'Authorization: Bearer', 'Authorization: Bearer wrong'],
    ...['Authorization: Bearer KEY KEY', 'Authorization: Bearer KEY, Bearer x', 'Authorization: BearerKEY'],
    ...['Authorization: Bearer null', 'Authorization: Digest username="x", response="KEY"', 'Cookie: key=KEY'],
    ...['Cookie: X-API-Key=KEY; session=KEY', 'X_API_Key: KEY', 'XAPIKey: KEY', 'Proxy-Authorization: Bearer KEY'],
    ...['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'X-Original-URL: /healthz', 'X-Rewrite-URL: /healthz'],
    ...['Referer: http://localhost:PORT/', 'X-Requested-With: XMLHttpRequest', 'Upgrade-Insecure-Requests: 1'],
  ].map(line => attack(`${line} alone`, [401, 'unauthorized'], { key: undefined, lines: [line] })),
  ...[
    '/sources?api_key=KEY',
    '/sources?X-API-Key=KEY',
    '/sources?access_token=KEY',
    '/KEY/sources',
    '/sources;KEY',
  ].map(target => attack(`the key in ${target}`, [401, 'unauthorized'], { key: undefined, target })),
  ...['/HEALTHZ', '/healthz/x', '/healthz/../sources', '/healthz/%2e%2e/sources', '/problems/../sources'].map(target =>
    attack(`${target} without a key`, [401, 'unauthorized'], { key: undefined, target }),
  ),
  ...['/openapi.json/', '/healthz', '/problems', '/problems/x'].map(target =>
    attack(`POST ${target} without a key`, [401, 'unauthorized'], {
      ...{ key: undefined, method: 'POST', target, lines: ['Content-Length: 0'] },
    }),
  ),
  ...['//healthz', '/./sources', '/%2fhealthz', '/healthz%2f..%2fsources', '/healthz%00', '/healthz;/../sources'].map(
    target => attack(`${target} without a key`, [401, 'unauthorized'], { key: undefined, target }),
  ),
  attack('the key in the body', [401, 'unauthorized'], {
    ...{ key: undefined, method: 'POST', target: '/collections' },
    ...sized('{"name":"x","api_key":"right-key","X-API-Key":"right-key"}'),
  }),
  attack('the key in a trailer', [401, 'unauthorized'], {
    ...{ key: undefined, method: 'POST', target: '/collections' },
    lines: [json, 'Transfer-Encoding: chunked', 'Trailer: X-API-Key'],
    body: ['2', '{}', '0', 'X-API-Key: KEY', '', ''].join(crlf),
  }),
  attack('two X-API-Key, the right one first', [400, 'bad-request'], { lines: ['X-API-Key: wrong'] }),
  attack('two Authorization, the right one last', [400, 'bad-request'], {
    ...{ key: undefined, lines: ['Authorization: Bearer wrong', 'Authorization: Bearer KEY'] },
  }),
  attack('a WebSocket without a key', [401, 'unauthorized'], {
    ...{ target: '/events', key: undefined, keepAlive: true },
    lines: [
      ...['Connection: Upgrade, close', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ],
  }),
]

const uuid = '00000000-0000-4000-8000-000000000000'
const escapes = [
  ...[
    '..%2f..%2fapi-key',
    '%2e%2e%2f%2e%2e%2fapi-key',
    '..%5c..%5capi-key',
    '%2fetc%2fpasswd',
    '..%252f..%252fapi-key',
  ],
  ...[`${uuid}%2f..%2f..%2fapi-key`, `${uuid}%00`, `${uuid}.json`, '%00', 'CON', 'x'.repeat(10_000), '%c0%ae%c0%ae%2f'],
]

const paths: HostileRequest[] = [
  ...escapes.flatMap(id => {
    const shown = id.length > 60 ? `${id.slice(0, 10)}… (${id.length})` : id
    return [
      attack(`/source-connections/${shown}`, [404, 'unknown-connection'], { target: `/source-connections/${id}` }),
      attack(`/entities/${shown}`, [404, 'unknown-entity'], { target: `/entities/${id}` }),
      attack(`/source-connections/…/jobs/${shown}`, [404, 'unknown-job'], {
        target: `/source-connections/${uuid}/jobs/${id}`,
      }),
      attack(`/collections/${shown}`, [404, 'unknown-collection'], { target: `/collections/${id}` }),
      attack(`/sources/${shown}`, [404, 'unknown-source'], { target: `/sources/${id}` }),
      attack(`/problems/${shown}`, [404, 'not-found'], { target: `/problems/${id}` }),
    ]
  }),
  ...['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/api-key', '/data/api-key', '/vault/x.json', '/inlet.db'].map(
    target => attack(target, [404, 'not-found'], { target }),
  ),
  ...['/source-connections/../../api-key', '/source-connections/..%2f../api-key', '/.env', '/.git/config'].map(target =>
    attack(target, [404, 'not-found'], { target }),
  ),
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty'].map(name =>
    attack(`/sources/${name}`, [404, 'unknown-source'], { target: `/sources/${name}` }),
  ),
  ...['constructor', '__proto__', 'toString'].map(name =>
    attack(`/problems/${name}`, [404, 'not-found'], { target: `/problems/${name}` }),
  ),
  attack('DELETE with an id that escapes', [404, 'unknown-connection'], {
    ...{ method: 'DELETE', target: '/source-connections/..%2f..%2fapi-key?delete_data=true' },
  }),
]

function posted(name: string, expected: Expected, lines: readonly string[], body: string): HostileRequest {
  const length = lines.some(line => /^(content-length|transfer-encoding):/i.test(line))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  return attack(name, expected, { method: 'POST', target: '/collections', lines: [...lines, ...length], body })
}

const bodies: HostileRequest[] = [
  posted('a form that spells JSON as text/plain', [415, 'not-json'], ['Content-Type: text/plain'], '{"name":"x="}'),
  posted('a form', [415, 'not-json'], ['Content-Type: application/x-www-form-urlencoded'], '{"name":"x"}'),
  posted('a multipart form', [415, 'not-json'], ['Content-Type: multipart/form-data; boundary=x'], '--x\r\n\r\n--x--'),
  posted('a body without a type', [415, 'not-json'], [], '{"name":"x"}'),
  posted('a type that is empty', [415, 'not-json'], ['Content-Type:'], '{"name":"x"}'),
  posted('two types in one', [415, 'not-json'], ['Content-Type: text/plain, application/json'], '{"name":"x"}'),
  posted('JSON as a parameter', [415, 'not-json'], ['Content-Type: text/plain; application/json'], '{"name":"x"}'),
  posted('two types', [400, 'bad-request'], ['Content-Type: text/plain', json], '{"name":"x"}'),
  posted('a compressed body', [415, 'not-json'], [json, 'Content-Encoding: gzip'], '{"name":"x"}'),
  posted('two bodies of JSON', [400, 'malformed-json'], [json], '{"name":"x"}{"name":"y"}'),
  posted('bytes that are no UTF-8', [400, 'malformed-json'], [json], '{"name":"\xc3\x28"}'),
  posted('UTF-16', [400, 'malformed-json'], [json], '{\0"\0n\0"\0'),
  posted('NaN', [400, 'malformed-json'], [json], '{"name":NaN}'),
  posted('a comment', [400, 'malformed-json'], [json], '{"name":"x"/**/}'),
  posted('__proto__', [422, 'invalid-request'], [json], '{"name":"x","__proto__":{"isAdmin":true}}'),
  posted('constructor', [422, 'invalid-request'], [json], '{"name":"x","constructor":{"prototype":{}}}'),
  posted('brackets without end', [400, 'malformed-json'], [json], '['.repeat(100_000)),
  posted('depth', [422, 'invalid-request'], [json], `${'['.repeat(5000)}${']'.repeat(5000)}`),
  posted('more than 1 MiB, announced', [413, 'body-too-large'], [json, 'Content-Length: 1048577'], ''),
  posted('a length beyond numbers', [413, 'body-too-large'], [json, 'Content-Length: 9007199254740993'], ''),
  posted('more than 1 MiB, in one go', [413, 'body-too-large'], [json], ' '.repeat(1_048_577)),
  posted(
    'more than 1 MiB, in chunks',
    [413, 'body-too-large'],
    [json, 'Transfer-Encoding: chunked'],
    `${`10000${crlf}${' '.repeat(0x10000)}${crlf}`.repeat(17)}0${crlf}${crlf}`,
  ),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map(name =>
    attack(`${name}: DELETE`, [422, 'invalid-request'], {
      ...{ method: 'POST', target: '/collections', lines: [`${name}: DELETE`, json, 'Content-Length: 2'], body: '{}' },
    }),
  ),
  attack('_method=DELETE', [422, 'invalid-request'], {
    ...{ method: 'POST', target: '/collections?_method=DELETE', lines: [json, 'Content-Length: 2'], body: '{}' },
  }),
]

export const hostileRequests: readonly HostileRequest[] = [
  ...browserAttacks,
  ...keys,
  ...paths,
  ...bodies,
  ...protocolAttacks,
]
