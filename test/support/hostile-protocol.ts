/** Hostile requests whose malice is in how they are written: targets, framing, versions, sizes, other protocols. */
import { attack, crlf, type Expected, type HostileRequest, request } from './hostile-request.ts'

const unreadable: Expected = [400, 'bad-request']

const targets: HostileRequest[] = [
  ...[
    ...['http://evil.example/sources', 'http://evil.example:PORT/sources', 'http://localhost/sources'],
    ...['http://localhost:NEXTPORT/sources', 'http://127.0.0.1:PORT/sources', 'http://user@localhost:PORT/sources'],
    ...['http://localhost:PORT@evil.example/sources', 'https://localhost:PORT/sources', 'http://localhost:PORT.evil/'],
    ...[
      'http:///sources',
      'http://',
      'http:/sources',
      'HTTP://evil.example/',
      'ws://localhost:PORT/',
      'file:///etc/passwd',
    ],
    ...[
      '//localhost:PORT\\sources',
      '/\\evil.example/',
      '/sources\\..\\..',
      '\\sources',
      'sources',
      '*',
      '?x',
      '#x',
      '.',
    ],
    ...['/sour ces', '/sources\t', '/sour\x00ces', '/sour\x7fces', '/sour\x01ces', '/sources\xe9', 'localhost:PORT'],
  ].map(target => attack(`the target ${JSON.stringify(target)}`, unreadable, { target })),
  attack('an absolute target whose Host is another', unreadable, {
    ...{ target: 'http://localhost:PORT/sources', host: '127.0.0.1:PORT' },
  }),
  attack('an absolute target of ours with an evil Host', unreadable, {
    ...{ target: 'http://localhost:PORT/sources', host: 'evil.example' },
  }),
  attack('an absolute target and an evil Host that agree', [403, 'host-not-allowed'], {
    ...{ target: 'http://evil.example/sources', host: 'evil.example' },
  }),
  attack('OPTIONS *', unreadable, { method: 'OPTIONS', target: '*' }),
  ...[
    '//evil.example/sources',
    '///sources',
    '/sources//',
    '/sources%',
    '/sources%zz',
    '/%ff',
    '/%00',
    '/%0d%0aX:%20y',
  ].map(target => attack(`the target ${target}`, [404, 'not-found'], { target })),
]

const methods: HostileRequest[] = [
  ...['TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH', 'LOCK', 'MKCOL', 'ACL', 'SOURCE', 'QUERY', 'DELETE', 'PATCH'].map(
    method => attack(`${method} /sources`, [405, 'method-not-allowed'], { method, lines: ['Cookie: canary=1'] }),
  ),
  ...['get', 'Get', 'FOO', 'TRACK', 'DEBUG', 'GET\x00', 'GETGET', ' GET', 'GET\t'].map(method =>
    attack(`the method ${JSON.stringify(method)}`, unreadable, { method }),
  ),
  attack('CONNECT', unreadable, { method: 'CONNECT', target: 'evil.example:443' }),
  attack('CONNECT to ourselves', unreadable, { method: 'CONNECT', target: 'localhost:PORT' }),
]

const versions: HostileRequest[] = [
  ...[
    'HTTP/0.9',
    'HTTP/1.2',
    'HTTP/1.10',
    'HTTP/2.0',
    'HTTP/2',
    'HTTP/3.0',
    'HTTP/9.9',
    'http/1.1',
    'HTTP/1',
    'ICE/1.0',
  ].map(version => attack(`the version ${version}`, unreadable, { version })),
  ...[
    ['HTTP/0.9 as it was', 'GET /sources\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['SMTP', 'EHLO evil.example\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['FTP', 'USER anonymous\r\n'],
    ['SIP', 'OPTIONS sip:a@localhost SIP/2.0\r\n\r\n'],
    ['RTSP', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'],
    ['PROXY', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n'],
    ['zeros', '\0'.repeat(64)],
    ['an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ].map(
    ([name, text = '']): HostileRequest => ({
      name: `${name}`,
      bytes: () => Buffer.from(text, 'latin1'),
      answers: [unreadable],
    }),
  ),
]

function framed(name: string, lines: readonly string[], body: string, expected: Expected = unreadable): HostileRequest {
  const all = ['Content-Type: application/json', ...lines]
  return attack(name, expected, { method: 'POST', target: '/collections', lines: all, body })
}

const smuggled = `GET /sources HTTP/1.1${crlf}Host: localhost:PORT${crlf}X-API-Key: KEY${crlf}${crlf}`
const chunked = 'Transfer-Encoding: chunked'
const end = `0${crlf}${crlf}`

const framing: HostileRequest[] = [
  framed('Content-Length before Transfer-Encoding', ['Content-Length: 4', chunked], `${end}${smuggled}`),
  framed('Transfer-Encoding before Content-Length', [chunked, 'Content-Length: 4'], `${end}${smuggled}`),
  framed('two lengths', ['Content-Length: 2', 'Content-Length: 80'], `{}${smuggled}`),
  framed('two lengths that agree', ['Content-Length: 2', 'Content-Length: 2'], '{}'),
  ...['+2', '-2', '0x2', '2,2', '2 2', '2.0', '2e0', ' ', '18446744073709551618', 'two', '２'].map(length =>
    framed(`Content-Length: ${length}`, [`Content-Length: ${length}`], '{}'),
  ),
  ...[
    'x',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'chunked, chunked',
    'chunked, identity',
    'chunkedx',
  ].map(coding => framed(`Transfer-Encoding: ${coding}`, [`Transfer-Encoding: ${coding}`], `${end}${smuggled}`)),
  ...['xchunked', '"chunked"', 'chunked;q=1', '\x0bchunked', 'cow', ''].map(coding =>
    framed(`Transfer-Encoding: ${JSON.stringify(coding)}`, [`Transfer-Encoding: ${coding}`], end),
  ),
  framed('two Transfer-Encodings', [chunked, 'Transfer-Encoding: identity'], `${end}${smuggled}`),
  framed('two Transfer-Encodings, the other way', ['Transfer-Encoding: identity', chunked], `${end}${smuggled}`),
  framed('Transfer-Encoding with a space before its colon', ['Transfer-Encoding : chunked'], end),
  framed('Content-Length with a space before its colon', ['Content-Length : 2'], '{}'),
  framed('Transfer-Encoding on a folded line', ['Transfer-Encoding:', ' chunked'], end),
  framed('a header with a folded line', ['X-Folded: a', ' b', 'Content-Length: 2'], '{}'),
  framed('a header without a colon', ['Content-Length 2'], '{}'),
  framed('a header without a name', [': x'], ''),
  framed('a header whose name has a space', ['X Y: z'], ''),
  framed('a NUL in a header', ['X-Null: a\0b'], ''),
  framed('a bare CR in a header', ['X-Bare: a\rSec-Fetch-Site: none'], ''),
  framed('a bare LF between headers', ['X-Bare: a\nContent-Length: 2'], '{}'),
  framed('a vertical tab in a name', ['Content-Length\x0b: 2'], '{}'),
  ...['-1', '0x2', 'g', 'ffffffffffffffffff', '+2', ' 2', '2 ;x', ''].map(size =>
    framed(`a chunk of ${JSON.stringify(size)}`, [chunked], `${size}${crlf}{}${crlf}${end}`),
  ),
  framed('a chunk longer than it says', [chunked], `1${crlf}{}${crlf}${end}`),
  framed('a chunk whose line ends in LF', [chunked], `2\n{}${crlf}${end}`),
  framed('a chunk extension with LF', [chunked], `2;a=\n${crlf}{}${crlf}${end}`),
  framed('chunk extensions without end', [chunked], `2;${'x'.repeat(100_000)}${crlf}{}${crlf}${end}`),
  framed('an expectation', ['Expect: 200-maybe', 'Content-Length: 2'], '{}'),
  attack('Transfer-Encoding in HTTP/1.0', unreadable, {
    ...{ method: 'POST', target: '/collections', version: 'HTTP/1.0' },
    ...{ lines: ['Content-Type: application/json', chunked], body: end },
  }),
  {
    name: 'a request inside the body of a GET',
    bytes: place =>
      request({ keepAlive: true, lines: [`Content-Length: ${request({ method: 'DELETE' }, place).length}`] }, place) +
      request({ method: 'DELETE' }, place) +
      request({ host: 'evil.example' }, place),
    answers: [[200], [403, 'host-not-allowed']],
  },
  {
    name: 'a hostile request in a row of good ones',
    bytes: place =>
      request({ target: '/healthz', keepAlive: true }, place) +
      request({ keepAlive: true, host: 'evil.example' }, place) +
      request({ keepAlive: true, key: undefined }, place) +
      request({ lines: ['Origin: null'] }, place),
    answers: [[200], [403, 'host-not-allowed'], [401, 'unauthorized'], [403, 'origin-not-allowed']],
  },
  {
    name: 'nonsense after a good request',
    bytes: place => `${request({ target: '/healthz', keepAlive: true }, place)}nonsense${crlf}${crlf}`,
    answers: [[200], unreadable],
  },
]

const sizes: HostileRequest[] = [
  attack('a header of 193 KiB', [431, 'headers-too-large'], { lines: [`X-Long: ${'x'.repeat(193 * 1024)}`] }),
  attack('a cookie of 193 KiB', [431, 'headers-too-large'], { lines: [`Cookie: a=${'x'.repeat(193 * 1024)}`] }),
  attack('a target of 193 KiB', [431, 'headers-too-large'], { target: `/${'x'.repeat(193 * 1024)}` }),
  attack('101 headers more than are taken', [431, 'headers-too-large'], { lines: manyHeaders(201) }),
  attack('3,000 headers', [431, 'headers-too-large'], { lines: manyHeaders(3000) }),
  attack('an Origin behind 2,100 headers', [431, 'headers-too-large'], {
    lines: [...manyHeaders(2100), 'Origin: https://evil.example'],
  }),
  attack('a Host behind 2,100 headers', [431, 'headers-too-large'], {
    ...{ host: undefined, lines: [...manyHeaders(2100), 'Host: localhost:PORT'] },
  }),
]

function manyHeaders(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-${index}: y`)
}

export const protocolAttacks: readonly HostileRequest[] = [...targets, ...methods, ...versions, ...framing, ...sizes]
