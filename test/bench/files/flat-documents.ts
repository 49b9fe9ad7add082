/** OpenDocument in one XML file, which LibreOffice turns into every other format of its own. */
import type { Block, Slides, TextDocument, Workbook } from './text.ts'

const namespaces = [
  'office:1.0',
  'style:1.0',
  'text:1.0',
  'table:1.0',
  'draw:drawing:1.0',
  'presentation:1.0',
  'fo:xsl-fo-compatible:1.0',
  'svg:svg-compatible:1.0',
]
  .map(name => {
    const [prefix = '', ...rest] = name.split(':')
    const local = rest.length > 1 ? rest.join(':') : `${prefix}:${rest[0]}`
    return `xmlns:${prefix}="urn:oasis:names:tc:opendocument:xmlns:${local}"`
  })
  .join(' ')

const head = `<?xml version="1.0" encoding="UTF-8"?>\n<office:document ${namespaces} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"`

export function flatText({ blocks }: TextDocument): string {
  let notes = 0
  return `${head} office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles><style:style style:name="strong" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style><text:list-style style:name="dots"><text:list-level-style-bullet text:level="1" text:bullet-char="•"><style:list-level-properties text:space-before="0.6cm" text:min-label-width="0.6cm"/></text:list-level-style-bullet></text:list-style><text:list-style style:name="numbers"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."><style:list-level-properties text:space-before="0.6cm" text:min-label-width="0.6cm"/></text:list-level-style-number></text:list-style></office:automatic-styles><office:body><office:text>${blocks.map(written).join('\n')}</office:text></office:body></office:document>`

  function written(block: Block): string {
    switch (block.kind) {
      case 'heading':
        return `<text:h text:outline-level="${block.level}">${block.text}</text:h>`
      case 'paragraph':
        return `<text:p>${block.text} <text:span text:style-name="strong">${block.strong}</text:span>${linked(block.link)}${noted(block.note)}.</text:p>`
      case 'list':
        return `<text:list text:style-name="${block.numbered ? 'numbers' : 'dots'}">${block.items.map(item => `<text:list-item><text:p>${item}</text:p></text:list-item>`).join('')}</text:list>`
      case 'table':
        return `<table:table><table:table-column table:number-columns-repeated="${block.rows[0]?.length ?? 1}"/>${block.rows.map(row => `<table:table-row>${row.map(cell => `<table:table-cell><text:p>${cell}</text:p></table:table-cell>`).join('')}</table:table-row>`).join('')}</table:table>`
    }
  }

  function linked(text: string): string {
    return text && ` <text:a xlink:type="simple" xlink:href="https://www.example.net/page">${text}</text:a>`
  }

  function noted(text: string | undefined): string {
    if (text === undefined) return ''
    notes += 1
    return `<text:note text:id="n${notes}" text:note-class="footnote"><text:note-citation>${notes}</text:note-citation><text:note-body><text:p>${text}</text:p></text:note-body></text:note>`
  }
}

export function flatWorkbook({ sheets }: Workbook): string {
  const tables = sheets.map(({ name, rows }) => {
    const written = rows.map(row => `<table:table-row>${row.map(cellOf).join('')}</table:table-row>`)
    return `<table:table table:name="${name}">${written.join('\n')}</table:table>`
  })
  return `${head} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>${tables.join('')}</office:spreadsheet></office:body></office:document>`
}

function cellOf(text: string): string {
  if (text === '') return '<table:table-cell/>'
  const value = /^\d+$/.test(text) ? `office:value-type="float" office:value="${text}"` : 'office:value-type="string"'
  return `<table:table-cell ${value}><text:p>${text}</text:p></table:table-cell>`
}

export function flatSlides({ slides }: Slides): string {
  const pages = slides.map(({ title, items, notes }, index) => {
    const list = items.map(item => `<text:list-item><text:p>${item}</text:p></text:list-item>`).join('')
    return `<draw:page draw:name="page${index + 1}" draw:master-page-name="Default">${frame('title', 1, `<text:p>${title}</text:p>`)}${frame('outline', 5, `<text:list>${list}</text:list>`)}${notes && `<presentation:notes>${frame('notes', 14, `<text:p>${notes}</text:p>`)}</presentation:notes>`}</draw:page>`
  })
  return `${head} office:mimetype="application/vnd.oasis.opendocument.presentation"><office:styles><style:style style:name="Default-title" style:family="presentation"/><style:style style:name="Default-outline1" style:family="presentation"/><style:style style:name="Default-notes" style:family="presentation"/></office:styles><office:automatic-styles><style:style style:name="title" style:family="presentation" style:parent-style-name="Default-title"/><style:style style:name="outline" style:family="presentation" style:parent-style-name="Default-outline1"/><style:style style:name="notes" style:family="presentation" style:parent-style-name="Default-notes"/><style:page-layout style:name="screen"><style:page-layout-properties fo:page-width="28cm" fo:page-height="21cm" style:print-orientation="landscape"/></style:page-layout></office:automatic-styles><office:master-styles><style:master-page style:name="Default" style:page-layout-name="screen"/></office:master-styles><office:body><office:presentation>${pages.join('\n')}</office:presentation></office:body></office:document>`
}

function frame(kind: string, top: number, text: string): string {
  return `<draw:frame presentation:style-name="${kind}" presentation:class="${kind}" draw:layer="layout" svg:width="24cm" svg:height="8cm" svg:x="2cm" svg:y="${top}cm"><draw:text-box>${text}</draw:text-box></draw:frame>`
}
