import { describe, expect, it } from 'vitest'
import { mailToMarkdown } from '../../../core/content/mail.ts'

const markdown = (...lines: string[]) => mailToMarkdown(Buffer.from(lines.join('\r\n')), 1_000_000)

describe('a mail', () => {
  it('begins with who wrote to whom, when and what about', async () => {
    expect(
      await markdown(
        'Received: from mail.example.com',
        'From: =?utf-8?q?Andr=C3=A9?= <andre@example.com>',
        'To: "Lee, Kim" <kim@example.com>, team@example.com',
        'Cc: Friends: a@example.com, b@example.com;',
        'Date: Wed, 1 May 2024 10:00:00 +0200',
        'Subject: =?utf-8?b?UGxhbiDinJM=?= *now*',
        '',
        'Hello',
      ),
    ).toBe(
      [
        '**From:** André <andre@example.com>  ',
        '**To:** "Lee, Kim" <kim@example.com>, <team@example.com>  ',
        '**Cc:** <a@example.com>, <b@example.com>  ',
        '**Date:** 2024-05-01T08:00:00Z  ',
        '**Subject:** Plan ✓ \\*now\\*',
        '',
        'Hello',
      ].join('\n'),
    )
  })

  it('prefers the HTML form, decoded as its own part says', async () => {
    const text = await markdown(
      'Subject: x',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'View this in a browser',
      '--b',
      'Content-Type: text/html; charset=iso-8859-1',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '<p>Caf=E9 <b>open</b></p>',
      '--b--',
    )
    expect(text).toBe('**Subject:** x\n\nCafé **open**')
  })

  it('falls back to plain text where the HTML shows nothing', async () => {
    const text = await markdown(
      'Subject: x',
      'Content-Type: multipart/alternative; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Words',
      '--b',
      'Content-Type: text/html',
      '',
      '<img src="https://t.example/o.gif" width=1 height=1>',
      '--b--',
    )
    expect(text).toBe('**Subject:** x\n\nWords')
  })

  it('joins flowed lines', async () => {
    const text = await markdown('Subject: x', 'Content-Type: text/plain; format=flowed', '', 'one ', 'two', 'three')
    expect(text).toBe('**Subject:** x\n\none two\nthree')
  })

  it('lists attachments but not the pictures inside the text, and quotes attached mails', async () => {
    const text = await markdown(
      'Subject: outer',
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      'Content-Type: multipart/related; boundary=r',
      '',
      '--r',
      'Content-Type: text/html',
      '',
      '<p>See below <img src="cid:1" alt=""></p>',
      '--r',
      'Content-Type: image/png; name=logo.png',
      'Content-ID: <1>',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--r--',
      '--m',
      'Content-Type: application/pdf; name="=?utf-8?q?r=C3=A9sum=C3=A9=2Epdf?="',
      'Content-Disposition: attachment',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--m',
      'Content-Type: message/rfc822',
      '',
      'Subject: inner',
      'From: ana@example.com',
      '',
      'Deep words',
      '--m--',
    )
    expect(text).toBe(
      [
        '**Subject:** outer',
        '',
        'See below',
        '',
        '**Attachments:**',
        '',
        '- résumé.pdf (application/pdf, 3 B)',
        '- (no name) (message/rfc822, 49 B)',
        '',
        '**Attached message:**',
        '',
        '> **From:** <ana@example.com>  ',
        '> **Subject:** inner',
        '>',
        '> Deep words',
      ].join('\n'),
    )
  })

  it('shows an invitation that has no other body', async () => {
    const text = await markdown(
      'Subject: invitation',
      'Content-Type: text/calendar; method=REQUEST',
      '',
      'BEGIN:VCALENDAR',
      'BEGIN:VEVENT',
      'SUMMARY:Tea',
      'END:VEVENT',
      'END:VCALENDAR',
    )
    expect(text).toContain('## Tea')
  })
})

describe('what is no mail', () => {
  it.each([
    ['nothing', ''],
    [
      'parts nested beyond reason',
      Array.from({ length: 100 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`).join(''),
    ],
  ])('is refused as unreadable: %s', async (_what, content) => {
    await expect(mailToMarkdown(Buffer.from(content), 1000)).rejects.toMatchObject({ code: 'item_unreadable' })
  })

  it('reads mails inside mails up to a depth, and names the next', async () => {
    const text = await mailToMarkdown(
      Buffer.from(`${'Content-Type: message/rfc822\n\n'.repeat(50)}Subject: x\n\ny`),
      10_000,
    )
    expect(text.match(/Attached message/g)).toHaveLength(5)
  })
})
