import { describe, expect, it } from 'vitest'
import { archiveToMarkdown } from '../../../../core/content/office/archive.ts'
import { documentToMarkdown } from '../../../../core/content/office/reader.ts'
import { buildDocx, buildZip, wordParagraph, type ZipEntry } from '../../../support/zip-builder.ts'

const read = (bytes: Uint8Array, essence = '') => documentToMarkdown(bytes, essence, 100_000)
const types = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const openXml = 'application/vnd.openxmlformats-officedocument'

function relations(
  name: string,
  targets: readonly [id: string, type: string, target: string, external?: boolean][],
): ZipEntry {
  const list = targets.map(
    ([id, type, target, external]) =>
      `<Relationship Id="${id}" Type="${types}/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`,
  )
  return { name, content: `<Relationships>${list.join('')}</Relationships>` }
}

const run = (text: string, properties = '') => `<w:r><w:rPr>${properties}</w:rPr><w:t>${text}</w:t></w:r>`
const field = (type: string) => `<w:r><w:fldChar w:fldCharType="${type}"/></w:r>`

describe('a Word document', () => {
  it.each([
    [
      'text that is hidden or deleted',
      `<w:p>${run('a')}${run('b', '<w:vanish/>')}<w:del><w:r><w:delText>c</w:delText></w:r></w:del>${run('d', '<w:vanish w:val="0"/>')}</w:p>`,
      'ad',
    ],
    ['what was moved', `<w:p><w:moveFrom>${run('old')}</w:moveFrom><w:ins>${run('new')}</w:ins></w:p>`, 'new'],
    [
      'fields by what they show',
      `<w:p>${field('begin')}<w:r><w:instrText> DATE </w:instrText></w:r>${field('separate')}${run('today')}${field('end')}.</w:p>`,
      'today',
    ],
    [
      'links that are fields',
      `<w:p>${field('begin')}<w:r><w:instrText>HYPERLINK "https://a.example/"</w:instrText></w:r>${field('separate')}${run('there')}${field('end')}${run(' and on')}</w:p>`,
      '[there](https://a.example/) and on',
    ],
    ['line breaks and tabs', '<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>', 'a  \nb c'],
    [
      'text boxes, once',
      `<w:p>${run('before')}<mc:AlternateContent><mc:Choice><w:txbxContent>${wordParagraph('box')}</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>${wordParagraph('box')}</w:txbxContent></mc:Fallback></mc:AlternateContent>${run('after')}</w:p>`,
      'before\n\nbox\n\nafter',
    ],
    [
      'descriptions of pictures',
      '<w:p><w:r><w:drawing><wp:docPr descr="A quay in fog"/></w:drawing></w:r></w:p>',
      'A quay in fog',
    ],
    [
      'what is annotated with its pronunciation, without that',
      `<w:p><w:r><w:ruby><w:rt>${run('とう')}</w:rt><w:rubyBase>${run('東')}</w:rubyBase></w:ruby></w:r>${run('京')}</w:p>`,
      '東京',
    ],
    [
      'what a form was filled with, and formulas',
      `<w:sdt><w:sdtPr><w:alias w:val="Name"/></w:sdtPr><w:sdtContent><w:p>${run('filled in')}<m:oMath><m:r><m:t> x=1</m:t></m:r></m:oMath></w:p></w:sdtContent></w:sdt>`,
      'filled in x=1',
    ],
    ['outline levels', wordParagraph('a', '<w:outlineLvl w:val="2"/>'), '### a'],
    [
      'cells that span',
      `<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>${wordParagraph('a')}</w:tc><w:tc>${wordParagraph('b')}</w:tc></w:tr><w:tr><w:tc>${wordParagraph('1')}</w:tc><w:tc>${wordParagraph('2')}</w:tc><w:tc>${wordParagraph('3')}</w:tc></w:tr></w:tbl>`,
      '| a |  | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |',
    ],
    ['markup that is text', wordParagraph('&lt;b&gt; *x* [y](z)'), '&lt;b> \\*x\\* [y\\](z)'],
  ])('keeps or leaves out as it should: %s', async (_what, body, expected) => {
    expect(await read(buildDocx(body))).toBe(expected)
  })

  it('has the texts of its diagrams where they stand', async () => {
    const bytes = buildDocx(
      `${wordParagraph('before')}<w:p><w:r><w:drawing><dgm:relIds r:dm="7"/></w:drawing></w:r></w:p>`,
      [
        relations('word/_rels/document.xml.rels', [['7', 'diagramData', 'diagrams/data1.xml']]),
        {
          name: 'word/diagrams/data1.xml',
          content:
            '<dgm:dataModel><dgm:ptLst><dgm:pt type="doc"/><dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt type="sibTrans"><dgm:t><a:p><a:r><a:t>no</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt type="node"><dgm:t><a:p><a:r><a:t>Build</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>',
        },
      ],
    )
    expect(await read(bytes)).toBe('before\n\n- Plan\n- Build')
  })

  it('has its notes, headers and footers where it refers to them, each once', async () => {
    const bytes = buildDocx(`<w:p>${run('a')}<w:r><w:endnoteReference w:id="4"/></w:r></w:p>`, [
      relations('word/_rels/document.xml.rels', [
        ['1', 'header', 'header1.xml'],
        ['2', 'header', 'header2.xml'],
        ['3', 'footer', 'footer1.xml'],
        ['4', 'endnotes', 'endnotes.xml'],
      ]),
      { name: 'word/header1.xml', content: `<w:hdr>${wordParagraph('Head')}</w:hdr>` },
      { name: 'word/header2.xml', content: `<w:hdr>${wordParagraph('Head')}</w:hdr>` },
      { name: 'word/footer1.xml', content: `<w:ftr>${wordParagraph('12')}</w:ftr>` },
      {
        name: 'word/endnotes.xml',
        content: `<w:endnotes><w:endnote w:id="3">${wordParagraph('no')}</w:endnote><w:endnote w:id="4">${wordParagraph('yes')}</w:endnote></w:endnotes>`,
      },
    ])
    expect(await read(bytes)).toBe('Head\n\na[^1]\n\n[^1]: yes')
  })
})

function workbook(sheets: string, rows: string, parts: readonly ZipEntry[] = [], properties = ''): Buffer {
  return buildZip([
    {
      name: '[Content_Types].xml',
      content: `<Types><Override PartName="/xl/workbook.xml" ContentType="${openXml}.spreadsheetml.sheet.main+xml"/></Types>`,
    },
    relations('_rels/.rels', [['r', 'officeDocument', '/xl/workbook.xml']]),
    { name: 'xl/workbook.xml', content: `<workbook><workbookPr ${properties}/><sheets>${sheets}</sheets></workbook>` },
    relations('xl/_rels/workbook.xml.rels', [
      ['r1', 'worksheet', 'one.xml'],
      ['r2', 'sharedStrings', 'strings.xml'],
      ['r3', 'styles', 'styles.xml'],
    ]),
    { name: 'xl/one.xml', content: `<x:worksheet><x:sheetData>${rows}</x:sheetData></x:worksheet>` },
    ...parts,
  ])
}

const sheet = (name: string, more = '') => `<sheet name="${name}" sheetId="1" ${more} r:id="r1"/>`
const row = (...cells: string[]) => `<row>${cells.map(cell => `<c ${cell}</c>`).join('')}</row>`

describe('a workbook', () => {
  it('has every kind of cell', async () => {
    const rows =
      row(
        't="s"><v>0</v>',
        't="s"><v>1</v>',
        't="inlineStr"><is><t>inline</t></is>',
        't="str"><f>A1</f><v>formula</v>',
      ) +
      row(
        't="b"><v>1</v>',
        't="e"><v>#N/A</v>',
        '><v>0.30000000000000004</v>',
        '><f>HYPERLINK("https://a.example/","x")</f><v>5</v>',
      )
    const strings = '<sst><si><r><t>ri</t></r><r><t>ch</t></r></si><si><t>漢</t><rPh><t>かん</t></rPh></si></sst>'
    const text = await read(workbook(sheet('A|B'), rows, [{ name: 'xl/strings.xml', content: strings }]))
    expect(text).toBe(
      '## A|B\n\n| rich | 漢 | inline | formula |\n| --- | --- | --- | --- |\n| TRUE | #N/A | 0.3 | [5](https://a.example/) |',
    )
  })

  it.each([
    ['yyyy\\-mm\\-dd', '46095', '', '2026-03-14'],
    ['yyyy\\-mm\\-dd', '44633', 'date1904="1"', '2026-03-14'],
    ['h:mm', '0.75', '', '18:00'],
    ['0%', '0.07', '', '7%'],
    ['#,##0.00\\ [$€-407]', '1234.5', '', '1.234,50 €'],
    ['0.00;[Red]\\(0.00\\)', '-2.5', '', '(2.50)'],
    ['General', '1E+20', '', '100000000000000000000'],
    ['@', '7', '', '7'],
  ])('shows a number as %s shows it', async (code, value, properties, expected) => {
    const styles = `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="${code}"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>`
    const text = await read(
      workbook(sheet('S'), row(`s="1"><v>${value}</v>`), [{ name: 'xl/styles.xml', content: styles }], properties),
    )
    expect(text).toBe(`## S\n\n| ${expected} |\n| --- |`)
  })

  it('says which sheets are hidden, and leaves out empty rows and columns', async () => {
    const rows =
      '<row r="3"><c r="C3" t="str"><v>c</v></c><c r="E3" t="str"><v>e</v></c></row><row r="9"><c r="E9"><v>9</v></c></row>'
    expect(await read(workbook(sheet('S', 'state="hidden"'), rows))).toBe(
      '## S (hidden)\n\n| c | e |\n| --- | --- |\n|  | 9 |',
    )
  })

  it('has the threads of comments rather than the copy that Excel makes of them', async () => {
    const bytes = workbook(sheet('S'), row('t="str"><v>a</v>'), [
      relations('xl/_rels/one.xml.rels', [
        ['1', 'comments', 'comments1.xml'],
        ['2', 'threadedComment', 'thread.xml'],
      ]),
      {
        name: 'xl/comments1.xml',
        content:
          '<comments><authors><author>tc</author></authors><commentList><comment ref="A1" authorId="0"><text><t>[Threaded comment] copy</t></text></comment></commentList></comments>',
      },
      {
        name: 'xl/thread.xml',
        content:
          '<ThreadedComments><threadedComment ref="A1" personId="{9}"><text>Why?</text></threadedComment><threadedComment ref="A1" personId="{9}"><text>Because.</text></threadedComment></ThreadedComments>',
      },
    ])
    expect(await read(bytes)).toBe('## S\n\n| a |\n| --- |\n\n- A1: Why?\n- A1: Because.')
  })
})

describe('a document under another name', () => {
  it.each([
    ['RTF', Buffer.from('{\\rtf1 words}'), 'application/msword', 'words'],
    [
      'HTML',
      Buffer.from('<html><table><tr><th>a<th>b<tr><td>1<td>2</table>'),
      'application/vnd.ms-excel',
      '| a | b |\n| --- | --- |\n| 1 | 2 |',
    ],
    ['CSV', Buffer.from('a;b\n1;2\n'), 'application/vnd.ms-excel', '| a | b |\n| --- | --- |\n| 1 | 2 |'],
    ['DOCX', buildDocx(wordParagraph('words')), 'application/msword', 'words'],
    ['plain text', Buffer.from('words'), 'application/msword', 'words'],
  ])('is read all the same: %s', async (_what, bytes, essence, expected) => {
    expect(await read(bytes, essence)).toBe(expected)
  })

  it('is read also where it is called an archive, which else is a list of names', async () => {
    expect(await archiveToMarkdown(buildDocx(wordParagraph('words')), 1000)).toBe('words')
    const archive = buildZip(['a/', 'a/b_c_d.txt', '<e>.pdf'].map(name => ({ name, content: '' })))
    expect(await archiveToMarkdown(archive, 1000)).toBe('- a/b_c_d.txt\n- &lt;e>.pdf')
    expect(await archiveToMarkdown(archive, 20)).toBe('- a/b_c_d.txt\n- and 1 more')
  })
})

describe('an OpenDocument text', () => {
  const text = (body: string, styles = '') =>
    buildZip([
      {
        name: 'content.xml',
        content: `<office:document-content><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:text>${body}</office:text></office:body></office:document-content>`,
      },
    ])

  it.each([
    [
      'sections that are hidden',
      '<text:section text:display="none"><text:p>a</text:p></text:section><text:p>b</text:p>',
      'b',
    ],
    [
      'comments',
      '<text:p>a<office:annotation><dc:creator>x</dc:creator><text:p>note</text:p></office:annotation>b</text:p>',
      'a[^1]b\n\n[^1]: *Comment by x:* note',
    ],
    [
      'frames inside of paragraphs',
      '<text:p>a<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame>b</text:p>',
      'a\n\nbox\n\nb',
    ],
    [
      'descriptions of pictures',
      '<text:p><draw:frame><draw:image/><svg:title>t</svg:title><svg:desc>A quay</svg:desc></draw:frame></text:p>',
      'A quay',
    ],
    ['breaks and spaces', '<text:p>a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d</text:p>', 'a b c  \nd'],
    [
      'notes, at the end',
      '<text:p>a<text:note><text:note-citation>*</text:note-citation><text:note-body><text:p>n</text:p><text:p>m</text:p></text:note-body></text:note>b</text:p>',
      'a[^1]b\n\n[^1]: n\n\n      m',
    ],
  ])('keeps or leaves out as it should: %s', async (_what, body, expected) => {
    expect(await read(text(body))).toBe(expected)
  })

  it('goes on counting where its lists do', async () => {
    const styles =
      '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style>'
    const list = (item: string, more = '') =>
      `<text:list text:style-name="L" ${more}><text:list-item><text:p>${item}</text:p></text:list-item></text:list>`
    const body = `${list('a')}<text:p>x</text:p>${list('b', 'text:continue-numbering="true"')}<text:p>y</text:p>${list('c')}`
    expect(await read(text(body, styles))).toBe('1. a\n\nx\n\n2. b\n\ny\n\n1. c')
  })
})
