import { expect, it } from 'vitest'
import { problemOfAddress } from '../../../core/webhooks/address.ts'

it.each([
  'https://example.com/hooks?token=1',
  'http://localhost:9000/hook',
  'http://127.0.0.1/',
  'http://[::1]:8080/hook',
  'http://192.168.1.5:8080/topic',
  'http://10.0.0.7/',
  'http://172.31.255.1/',
  'http://[fd12:3456::1]/',
  'http://ntfy.local/topic',
  'http://homeserver/topic',
  'http://ntfy.home.arpa/topic',
])('%s is taken', address => {
  expect(problemOfAddress(address)).toBeUndefined()
})

it.each([
  ['not an address', /https/],
  ['ftp://example.com/', /https/],
  ['http://example.com/hook', /private networks/],
  ['http://172.32.0.1/', /private networks/],
  ['http://8.8.8.8/', /private networks/],
  ['http://local.example.com/', /private networks/],
  ['https://user:password@example.com/', /Authorization/],
  ['https://example.com/#part', /fragment/],
  [`https://example.com/${'a'.repeat(2100)}`, /https/],
])('%s is refused, in words that do not repeat it', (address, problem) => {
  expect(problemOfAddress(address)).toMatch(problem)
  expect(problemOfAddress(address)).not.toContain('example.com')
})
