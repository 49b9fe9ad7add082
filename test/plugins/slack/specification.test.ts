/** The judge itself: what is wrong in a request or an answer does not pass. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../core/plugin.ts'
import type { FakeRequest } from '../../support/fake-server.ts'
import { checkAnswer, checkRequest } from '../../support/slack-spec.ts'

describe('the comparison with the specification', () => {
  const good: FakeRequest = {
    method: 'POST',
    path: '/api/conversations.history',
    query: new URLSearchParams(),
    headers: { authorization: 'Bearer x', 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: 'channel=C00000001&limit=200&latest=1768470000.000100&inclusive=true&include_all_metadata=true',
    params: {},
  }
  const history = 'conversations.history'

  it('finds nothing wrong with a good request', () => {
    expect(checkRequest(good)).toEqual([])
  })

  it.each<[string, Partial<FakeRequest>, string]>([
    [
      'a method that there is not',
      { path: '/api/conversations.everything' },
      'there is no /api/conversations.everything',
    ],
    ['GET', { method: 'GET' }, `${history}: GET instead of POST`],
    ['a query', { query: new URLSearchParams('a=b') }, `${history}: parameters in the address`],
    [
      'JSON',
      { headers: { authorization: 'Bearer x', 'content-type': 'application/json' } },
      `${history}: it takes no application/json`,
    ],
    [
      'no token',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      `${history}: authorization by nothing`,
    ],
    ['a token in the form', { body: 'channel=C1&token=x' }, `${history}: the token is a parameter`],
    ['a parameter of another method', { body: 'channel=C1&ts=1.5' }, `${history}: there is no parameter ts`],
    ['a missing parameter', { body: 'limit=2' }, `${history}: channel is missing`],
    ['an empty one', { body: 'channel=' }, `${history}: channel has a value of another type`],
    ['a word for a number', { body: 'channel=C1&oldest=now' }, `${history}: oldest has a value of another type`],
    ['a number for a boolean', { body: 'channel=C1&inclusive=1' }, `${history}: inclusive has a value of another type`],
    ['too large a page', { body: 'channel=C1&limit=1000' }, `${history}: limit cannot be 1000`],
    ['a parameter given twice', { body: 'channel=C1&channel=C2' }, `${history}: channel is given twice`],
  ])('finds %s', (_what, changes, problem) => {
    expect(checkRequest({ ...good, ...changes })).toEqual([problem])
  })

  const message = { type: 'message', text: 'a', user: 'U00000001', ts: '1768470000.000100' }
  const answer = (changes: JsonObject, ...messages: JsonObject[]) => ({
    body: {
      ...{ ok: true, messages, has_more: false, pin_count: 0, channel_actions_ts: null, channel_actions_count: 0 },
      ...changes,
    },
  })

  it('finds nothing wrong with a good answer', () => {
    expect(checkAnswer(history, answer({}, message))).toEqual([])
    expect(checkAnswer(history, answer({ response_metadata: { next_cursor: '' } }))).toEqual([])
    expect(checkAnswer(history, { body: { ok: false, error: 'channel_not_found' } })).toEqual([])
    expect(checkAnswer(history, { status: 429, body: { ok: false, error: 'ratelimited' } })).toEqual([])
  })

  it.each<[string, { status?: number; body: JsonObject }, string]>([
    ['a member that nobody knows', answer({}, { ...message, color: 'red' }), '.messages[].color is known to nobody'],
    ['a number for a text', answer({}, { ...message, text: 1 }), '.messages[].text is no string'],
    ['a time that is none', answer({}, { ...message, ts: '17' }), '.messages[].ts does not fit ^\\d{10}\\.\\d{6}$'],
    ['a message without a type', answer({}, { text: 'a', ts: message.ts }), '.messages[].type is missing'],
    ['no list', answer({ messages: {} }), '.messages is no array'],
    ['the same twice', answer({}, message, message), '.messages holds something twice'],
    [
      'what the SDK alone knows, wrongly',
      answer({}, { ...message, edited: { user: 'U00000001', ts: 17 } }),
      '.messages[].edited.ts is no string',
    ],
    ['an error from nowhere', { body: { ok: false, error: 'no_luck' } }, 'no error no_luck'],
    [
      'a status that Slack has no use for',
      { status: 401, body: { ok: false, error: 'invalid_auth' } },
      'there is no status 401',
    ],
  ])('finds in an answer %s', (_what, given, problem) => {
    expect(checkAnswer(history, given)).toContain(`${history}: ${problem}`)
  })
})
