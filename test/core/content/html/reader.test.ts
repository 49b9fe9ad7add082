import { describe, expect, it } from 'vitest'
import { htmlToMarkdown } from '../../../../core/content/html/reader.ts'

const markdown = (html: string) => htmlToMarkdown(html, 1_000_000)

describe('a document of text', () => {
  it('keeps headings, paragraphs, emphasis and rules', () => {
    expect(
      markdown(
        '<h1>Plan <b>B</b></h1><p>Read <strong>this </strong>and <em>that</em>, not <del>those</del>.</p><hr><p>End',
      ),
    ).toBe('# Plan B\n\nRead **this** and *that*, not ~~those~~.\n\n---\n\nEnd')
  })

  it('nests lists and numbers ordered ones from where they start', () => {
    expect(markdown('<ul><li>a<ul><li>b<li>c</ul><li>d</ul><ol start="3"><li>x<li><p>y</p><p>z</p></ol>')).toBe(
      '- a\n  - b\n  - c\n- d\n\n3. x\n4. y\n\n   z',
    )
  })

  it('puts a list that stands directly in a list below the item before it', () => {
    expect(markdown('<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>')).toBe('- a\n  - b\n- c')
  })

  it('shows task lists with their boxes', () => {
    expect(markdown('<ul><li><input type="checkbox" checked> done<li><input type=checkbox> open</ul>')).toBe(
      '- [x] done\n- [ ] open',
    )
  })

  it('quotes replies as deep as they are nested', () => {
    expect(markdown('<p>Yes.</p><blockquote><p>Shall we?</p><blockquote>Tea?</blockquote></blockquote>')).toBe(
      'Yes.\n\n> Shall we?\n>\n> > Tea?',
    )
  })

  it('makes one line break of one br and a paragraph of two', () => {
    expect(markdown('one<br>two<br><br>three<br> <br/>four<br>')).toBe('one  \ntwo\n\nthree\n\nfour')
  })

  it('keeps code as it is written, with its language', () => {
    expect(
      markdown('<pre><code class="language-ts">if (a &lt; b) {\n  *x*\n}\n</code></pre><p>run <code>a|b `c`</code>'),
    ).toBe('```ts\nif (a < b) {\n  *x*\n}\n```\n\nrun `` a|b `c` ``')
  })

  it('fences code that holds fences', () => {
    expect(markdown('<pre>```\nx\n```</pre>')).toBe('````\n```\nx\n```\n````')
  })

  it('makes one span of code that is marked in pieces', () => {
    expect(markdown('<code>a</code><tt>b</tt> <code>c</code>')).toBe('`ab` `c`')
  })

  it('carries bold across blocks that it was opened around', () => {
    expect(markdown('<b><div>one</div><div>two</div></b>three')).toBe('**one**\n\n**two**\n\nthree')
  })

  it('does not take the wrapper of Google Docs for bold', () => {
    expect(markdown('<b style="font-weight:normal"><p><span style="font-weight:700">A</span> b</p></b>')).toBe(
      '**A** b',
    )
  })

  it('keeps the lines of pre-wrapped text', () => {
    expect(markdown('<div style="white-space: pre-wrap">one\ntwo\n\nthree</div>')).toBe('one  \ntwo\n\nthree')
  })
})

describe('links and images', () => {
  it('keeps where links lead', () => {
    expect(markdown('See <a href="https://example.com/a b(c)">the page</a>!')).toBe(
      'See [the page](https://example.com/a%20b%28c%29)!',
    )
  })

  it('shortens links that show their own address', () => {
    expect(
      markdown(
        '<a href="https://example.com/">https://example.com</a> <a href="mailto:a@example.com">a@example.com</a>',
      ),
    ).toBe('<https://example.com> <a@example.com>')
  })

  it('drops addresses that run code or lead nowhere, and keeps their words', () => {
    const hostile = [
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      ' vbscript:x',
      'data:text/html,x',
      'cid:1',
      '#top',
      '',
    ]
    for (const href of hostile) expect(markdown(`<a href="${href}">words</a>`)).toBe('words')
    expect(hostile).toHaveLength(7)
  })

  it('makes a link of every block inside one', () => {
    expect(markdown('<a href="https://e.example/"><h2>News</h2><p>More</p></a>')).toBe(
      '## [News](https://e.example/)\n\n[More](https://e.example/)',
    )
  })

  it('does not make an image of an exclamation before a link', () => {
    expect(markdown('Hi!<a href="https://e.example/x">y</a>')).toBe('Hi\\![y](https://e.example/x)')
  })

  it('names images by their alternative text, and never where they are loaded from', () => {
    expect(
      markdown(
        '<a href="https://e.example/x"><img src="https://t.example/1.png" alt="A cat"></a> <img src="b.gif" alt="b.gif">',
      ),
    ).toBe('[A cat](https://e.example/x)')
  })

  it('leaves tracking pixels out', () => {
    expect(markdown('x<img src="https://t.example/o" width="1" height="1" alt="open">')).toBe('x')
  })
})

describe('what is not for reading', () => {
  it.each([
    ['scripts', '<script>alert("<p>no")</script>'],
    ['styles', '<style>p{color:red}</style>'],
    ['titles', '<title>no</title>'],
    ['comments, those for Outlook too', '<!--[if mso]><table><tr><td>no<![endif]-->'],
    ['vector pictures', '<svg><title>no</title><text>no</text></svg>'],
    ['hidden elements', '<div hidden><p>no</div>'],
    ['preview lines', '<div style="display:none;max-height:0px;overflow:hidden">no &zwnj;&nbsp;</div>'],
    ['collapsed boxes', '<div style="MAX-HEIGHT: 0; overflow: hidden !important">no</div>'],
    ['invisible text', '<span style="font-size:0px">no</span><span style="opacity:0">no</span>'],
    ['choices of a form', '<select><option>no</select><textarea>no</textarea>'],
  ])('leaves out %s', (_what, html) => {
    expect(markdown(`<p>before</p>${html}<p>after</p>`)).toBe('before\n\nafter')
  })

  it('shows what has a size of its own again, as columns of hybrid mail have', () => {
    expect(markdown('<td style="font-size:0"> x <div style="font-size:16px">Column</div><img alt="Logo"></td>')).toBe(
      'Column\n\nLogo',
    )
  })

  it('drops the padding of preview lines but keeps joiners between letters', () => {
    expect(markdown('Hello&zwnj; &zwnj;&nbsp;&shy;&#8203;&#847;wor&shy;ld می‌خواهم 👩‍💻')).toBe(
      'Hello world می‌خواهم 👩‍💻',
    )
  })
})

describe('tables', () => {
  it('makes a table of data', () => {
    expect(
      markdown(
        '<table><caption>Prices</caption><thead><tr><th>Item<th>Price</thead><tr><td>Tea<td>3<br>EUR<tr><td>a | b<td><b>4</b></table>',
      ),
    ).toBe('Prices\n\n| Item | Price |\n| --- | --- |\n| Tea | 3 EUR |\n| a \\| b | **4** |')
  })

  it('takes short regular cells for data without a head', () => {
    expect(markdown('<table border=1><tr><td>Name<td>Ana</tr><tr><td>City<td>Oslo</tr></table>')).toBe(
      '| Name | Ana |\n| --- | --- |\n| City | Oslo |',
    )
  })

  it('lays out spans', () => {
    expect(
      markdown('<table><tr><th>A<th>B<th>C</tr><tr><td rowspan=2>1<td colspan=2>2</tr><tr><td>3<td>4</tr></table>'),
    ).toBe('| A | B | C |\n| --- | --- | --- |\n| 1 | 2 |  |\n|  | 3 | 4 |')
  })

  it('leaves out columns that hold only space', () => {
    expect(markdown('<table><tr><td>&nbsp;<td>a<td><td>b</tr><tr><td><td>c<td><td>d</tr></table>')).toBe(
      '| a | b |\n| --- | --- |\n| c | d |',
    )
  })

  it('reads layout in order and without a trace of its cells', () => {
    const text = markdown(newsletter)
    expect(text).toBe(
      [
        '[Example Weekly](https://click.example.com/logo)',
        '# Three things this week',
        'Good morning, Ana — here is what happened.',
        '[A story](https://click.example.com/1)',
        '## First story',
        'Something **important** happened. [Read on](https://click.example.com/1)',
        '[Another](https://click.example.com/2)',
        '## Second story',
        '- short\n- sweet',
        'Subtotal 10.00 EUR',
        'Total 12.00 EUR',
        'You get this because you asked for it. [Unsubscribe](https://click.example.com/u)',
      ].join('\n\n'),
    )
    expect(text).not.toContain('|')
  })

  it('keeps apart cells whose content was left open', () => {
    expect(markdown('<table><tr><td><b>one<td>two</tr></table>')).toBe('**one** two')
  })

  it('does not grow with made-up spans', () => {
    const html = `<table>${'<tr><th rowspan="100000" colspan="100000">x</th><td>y</td></tr>'.repeat(2000)}</table>`
    expect(markdown(html).length).toBeLessThan(html.length)
  })
})

describe('mail of Word and Outlook', () => {
  it('makes lists of its list paragraphs', () => {
    const item = (level: number, bullet: string, text: string) =>
      `<p class=MsoListParagraph style='margin-left:.5in;mso-list:l0 level${level} lfo1'><![if !supportLists]><span style='mso-list:Ignore'>${bullet}<span style='font:7.0pt "Times New Roman"'>&nbsp; </span></span><![endif]>${text}<o:p></o:p></p>`
    expect(
      markdown(
        `<p class=MsoNormal>To do:</p>${item(1, '1.', 'Buy <b>milk</b>')}${item(2, '·', 'whole')}${item(1, '2.', 'Sleep')}<p>Thanks`,
      ),
    ).toBe('To do:\n\n1. Buy **milk**\n   - whole\n2. Sleep\n\nThanks')
  })
})

describe('Markdown inside HTML', () => {
  it('stays the text that it was', () => {
    expect(
      markdown(
        '<p># no *heading* _here_ `x` [a](b) ~~c~~ 5 * 3 snake_case</p><p>1. one</p><p>- two</p><p>&gt; three</p><p>---',
      ),
    ).toBe(
      '\\# no \\*heading\\* \\_here\\_ \\`x\\` [a\\](b) \\~\\~c\\~\\~ 5 * 3 snake_case\n\n1\\. one\n\n\\- two\n\n\\> three\n\n\\---',
    )
  })

  it('never brings a tag to life', () => {
    expect(markdown('<p>&lt;script&gt;alert(1)&lt;/script&gt; a &lt; b &amp;lt;i&gt; &lt;ana@example.com&gt;')).toBe(
      '&lt;script>alert(1)&lt;/script> a < b &amp;lt;i> <ana@example.com>',
    )
  })
})

describe('hostile and broken documents', () => {
  it.each([
    ['<div>', '</div>'],
    ['<blockquote>', '</blockquote>'],
    ['<ul><li>', '</li></ul>'],
    ['<table><tr><td>', '</td></tr></table>'],
    ['<b><i><a href="https://e.example">', ''],
  ])('reads 20,000 nested %s without a deep call stack', (open, close) => {
    const depth = Math.floor(20_000 / (open.match(/</g)?.length ?? 1))
    expect(markdown(`${open.repeat(depth)}deep${close.repeat(depth)}`)).toContain('deep')
  })

  it('says that it stopped where nesting is beyond reading', () => {
    expect(markdown(`before${'<div>'.repeat(100_000)}deep`)).toBe('before\n\n…')
  })

  it('stops reading when it has enough', () => {
    const text = htmlToMarkdown('<p>words and words</p>'.repeat(100_000), 10_000)
    expect(text.length).toBeGreaterThan(8_000)
    expect(text.length).toBeLessThan(100_000)
    expect(text.endsWith('\n\n…')).toBe(true)
  })

  it('reads what is never closed, closed twice or in the wrong place', () => {
    expect(markdown('</div><p>a<b>b<i>c</b>d</p></i>e</td><tr>f<li>g</ul><p')).toBe('a**b*c***d\n\ne\n\nf\n\n- g')
  })
})

const row = (cells: string) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>${cells}</tr></table>`

const newsletter = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">
<html xmlns:v="urn:schemas-microsoft-com:vml"><head><meta charset="utf-8"><title>Example Weekly</title>
<style type="text/css">@media only screen { .col { width: 100% !important } }</style>
<!--[if mso]><xml><o:OfficeDocumentSettings/></xml><![endif]--></head>
<body style="margin:0"><div style="display:none;font-size:1px;max-height:0;overflow:hidden">Three things&#847; &zwnj; &nbsp;</div>
<center>${row(
  `<td align="center" style="font-size:0">${row(
    '<td><a href="https://click.example.com/logo"><img src="https://i.example.com/l.png" alt="Example Weekly" width="200"></a></td>',
  )}</td>`,
)}
<table width="600"><tbody><tr><td width="20">&nbsp;</td><td style="padding:20px"><h1>Three things this week</h1>
<p>Good morning, Ana&nbsp;&mdash; here is what happened.</p></td><td width="20">&nbsp;</td></tr></tbody></table>
<table><tr><th class="columns first"><table><tr><th><a href="https://click.example.com/1"><img alt="A story"></a>
<h2>First story</h2><p>Something <b>important</b> happened. <a href="https://click.example.com/1">Read on</a></p></th></tr></table></th>
<th class="columns last"><table><tr><th><a href="https://click.example.com/2"><img alt="Another"></a>
<h2>Second story</h2><ul><li>short<li>sweet</ul></th></tr></table></th></tr></table>
${row('<td>Subtotal</td><td align="right">10.00 EUR</td>')}${row('<td>Total</td><td align="right">12.00 EUR</td>')}
<table><tr><td height="20" style="line-height:20px">&nbsp;</td></tr></table>
<p style="font-size:11px">You get this because you asked for it. <a href="https://click.example.com/u">Unsubscribe</a></p>
<img src="https://t.example.com/open.gif" width="1" height="1" alt=""></center></body></html>`
