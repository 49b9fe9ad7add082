import { expect, it } from 'vitest'
import { answerHeaders } from '../../daemon/answer-headers.ts'
import { faultsOf, fuzz } from '../fuzz/fuzz.ts'
import { canary } from '../support/canary.ts'

it('thousands of random requests find no fault, no hang and no secret', { timeout: 120_000 }, async () => {
  const { sent, findings, neverGood, routes, statuses } = await fuzz({ requests: 2500, seed: 20 })
  expect(findings).toEqual([])
  expect(sent).toBeGreaterThan(2000)
  expect(routes).toBeGreaterThan(30)
  // Random requests that are all refused at the door would find nothing behind it.
  expect(routes - neverGood.length).toBeGreaterThan(20)
  expect(Object.keys(statuses)).toEqual(
    expect.arrayContaining(['200', '201', '400', '401', '403', '404', '405', '415', '422']),
  )
})

const good = { ...answerHeaders, 'Cache-Control': 'no-store' }
const problem = { ...good, 'Content-Type': 'application/problem+json' }
const unknown = { type: '/problems/not-found', title: 'There is no such thing', status: 404, detail: 'x' }

it.each<[string, number, Record<string, string>, string, RegExp]>([
  ['a fault of ours', 500, problem, JSON.stringify(unknown), /the status is 500/],
  ['a gateway', 502, problem, '{}', /the status is 502/],
  ['trouble without an end', 503, problem, '{}', /without Retry-After/],
  ['an answer without a policy', 200, { ...good, 'Content-Security-Policy': '' }, '{}', /Security-Policy is missing/],
  ['an answer that may be kept', 200, { ...answerHeaders }, '{}', /Cache-Control is missing/],
  ['an answer for everyone', 200, { ...good, 'Access-Control-Allow-Origin': '*' }, '{}', /another origin/],
  ['a token', 200, good, canary('told'), /a secret comes back/],
  ['a token in a header', 200, { ...good, Location: `/x?${canary('told')}` }, '', /a secret comes back/],
  ['an error in plain text', 404, { ...good, 'Content-Type': 'text/plain' }, 'no', /is no problem/],
  ['a problem without a page', 404, problem, JSON.stringify({ ...unknown, type: '/problems/x' }), /as its page says/],
  ['a problem of another status', 404, problem, JSON.stringify({ ...unknown, status: 400 }), /as its page says/],
])('%s would be found', (_what, status, headers, text, fault) => {
  expect(faultsOf('GET', { status, headers: new Headers(headers), text }).join()).toMatch(fault)
  expect(faultsOf('GET', { status: 404, headers: new Headers(problem), text: JSON.stringify(unknown) })).toEqual([])
})
