import { describe, expect, it } from 'vitest'
import { mrkdwn, type Names } from '../../../plugins/slack/mrkdwn.ts'

const names: Names = {
  user: id => ({ U00000001: 'Ann Lee' })[id],
  channel: id => ({ C00000001: 'general' })[id],
}

const table: Record<string, [string, string][]> = {
  'mentions become names': [
    ['hi <@U00000001>!', 'hi @Ann Lee!'],
    ['<@U00000009>', '@U00000009'],
    ['<@U00000009|zoe>', '@zoe'],
    ['<#C00000001|old-name>', '#general'],
    ['<#C00000009|other>', '#other'],
    ['<#C00000009|>', '#C00000009'],
    ['<!here> <!channel> <!everyone|@everyone>', '@here @channel @everyone'],
    ['<!subteam^S1|@team>', '@team'],
    ['<!subteam^S1>', '@S1'],
    ['<!date^1392734382^{date_num}^https://x.test/|18 February>', '18 February'],
    ['<!date^1392734382^{date_num}>', '2014-02-18T14:39:42.000Z'],
    ['<!date^never^{date_num}>', 'date^never^{date_num}'],
  ],
  'links become Markdown links': [
    ['<https://x.test/a?b=1&amp;c=2>', 'https://x.test/a?b=1&c=2'],
    ['<https://x.test/|the page>', '[the page](https://x.test/)'],
    ['<https://x.test/(a)|x [y]>', '[x \\[y\\]](https://x.test/%28a%29)'],
    ['<mailto:a@x.test|a@x.test>', 'a@x.test'],
    ['<mailto:a@x.test|write>', '[write](mailto:a@x.test)'],
    ['<https://x.test/_a_*b*>', 'https://x.test/_a_*b*'],
  ],
  'emphasis follows the rules of Slack': [
    ['*bold* and _italic_ and ~gone~', '**bold** and _italic_ and ~~gone~~'],
    ['*two words*, *next*', '**two words**, **next**'],
    ['(*in brackets*)', '(**in brackets**)'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['a*b*c', 'a*b*c'],
    ['snake_case_name', 'snake_case_name'],
    ['*bold <@U00000001>*', '**bold @Ann Lee**'],
    ['*_both_*', '**_both_**'],
    ['*open\nend*', '*open\nend*'],
  ],
  'entities are decoded once': [
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2', '1 < 2 && 3 > 2'],
    ['&amp;lt;', '&lt;'],
    ['&gt; quoted', '> quoted'],
    ['&lt;@U00000001&gt;', '<@U00000001>'],
  ],
  'code is left as it is': [
    ['`*a* _b_ &lt;c&gt;`', '`*a* _b_ <c>`'],
    ['run `curl <https://x.test/a_b>` now', 'run `curl https://x.test/a_b` now'],
    ['see ```x = *y*\nz &amp; 1``` there', 'see \n```\nx = *y*\nz & 1\n```\n there'],
    ['`a` *b* `c`', '`a` **b** `c`'],
  ],
  'whatever a person types survives': [
    ['', ''],
    ['<>', '<>'],
    ['a < b', 'a < b'],
    ['\uE0000\uE001', '\uE0000\uE001'],
    ['👍🏽 naïve', '👍🏽 naïve'],
    ['***', '***'],
    ['```', '```'],
  ],
}

describe('mrkdwn', () => {
  for (const [promise, cases] of Object.entries(table)) {
    it.each(cases)(`${promise}: %j`, (text, expected) => {
      expect(mrkdwn(text, names)).toBe(expected)
    })
  }

  it('takes a time that grows no faster than the text', () => {
    const startedMs = performance.now()
    for (const text of [
      '*a '.repeat(20_000),
      '<'.repeat(40_000),
      '`'.repeat(40_000),
      '_*~'.repeat(20_000),
      '```a'.repeat(9_999),
    ]) {
      expect(mrkdwn(text, names).length).toBeGreaterThan(0)
    }
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})
