import { expect, test } from 'vitest'
import { addressesOf, baseSubject, headerOf, parameterOf } from '../../../plugins/google/mail-header.ts'

function decoded(value: string): string {
  return headerOf({ headers: [{ name: 'SUBJECT', value }] }, 'Subject')
}

test.each([
  ['plain text', 'plain text'],
  ['=?utf-8?B?R3LDvMOfZQ==?=', 'Grüße'],
  ['=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus?= K=?iso-8859-1?q?=F6ln?=', 'Grüße aus Köln'],
  ['=?utf-8?Q?one?=\r\n =?utf-8?Q?_word?=', 'one word'],
  ['=?utf-8*de?Q?Stra=C3=9Fe?=', 'Straße'],
  ['=?no-such-charset?Q?abc?=', '=?no-such-charset?Q?abc?='],
  ['folded\r\n  over lines', 'folded over lines'],
  ['=?utf-8?', '=?utf-8?'],
])('a header reads as a person would: %s', (value, expected) => {
  expect(decoded(value)).toBe(expected)
})

test('an absent header is empty', () => {
  expect(headerOf(undefined, 'Subject')).toBe('')
  expect(headerOf({}, 'Subject')).toBe('')
})

test('addresses are parted at commas that part them, and at no other', () => {
  const header = '"Lovelace, Ada" <Ada@Example.com>, bob@example.com, Team (a, b) <team@example.com>,'
  expect(addressesOf(header)).toEqual([
    { text: '"Lovelace, Ada" <Ada@Example.com>', address: 'ada@example.com' },
    { text: 'bob@example.com', address: 'bob@example.com' },
    { text: 'Team (a, b) <team@example.com>', address: 'team@example.com' },
  ])
  expect(addressesOf('')).toEqual([])
})

test('a hostile header takes no time', () => {
  const header = `${'"'.repeat(20_000)}${'<'.repeat(20_000)}${'('.repeat(20_000)}`
  const begin = performance.now()
  addressesOf(header)
  decoded(`${'=?'.repeat(20_000)}`)
  baseSubject('re:'.repeat(20_000))
  expect(performance.now() - begin).toBeLessThan(2000)
})

test.each([
  ['Re: Fwd: AW: Plans', 'Plans'],
  ['RE[2]: Plans', 'Plans'],
  ['Regarding: Plans', 'Regarding: Plans'],
  ['Re:', 'Re:'],
])('the subject of a thread is that without prefixes: %s', (subject, expected) => {
  expect(baseSubject(subject)).toBe(expected)
})

test('parameters are found quoted or not', () => {
  expect(parameterOf('text/plain; charset="UTF-8"; format=Flowed', 'charset')).toBe('utf-8')
  expect(parameterOf('text/plain; charset="UTF-8"; format=Flowed', 'format')).toBe('flowed')
  expect(parameterOf('text/plain', 'charset')).toBe('')
})
