/**
 * Libraries of npm that read the formats that inlet reads, each as its documentation calls it. They are no dependency
 * of anything: the bench installs them, at these versions, into a folder of its own.
 */
import { convert } from '../../../core/content/convert.ts'
import { mediaTypeOfName } from '../../../core/content/index.ts'
import { parseMediaType } from '../../../core/content/media-type.ts'

export interface Library {
  /** Name and version for npm; none for ours. */
  install: string | undefined
  /** What is imported, if not the package as it is. */
  entry?: string
  formats: readonly string[]
  /** @param module what importing it gives */
  read(module: unknown, bytes: Buffer, extension: string): Promise<string>
}

export const libraries: Readonly<Record<string, Library>> = {
  inlet: {
    install: undefined,
    formats: [
      ...['docx', 'xlsx', 'pptx', 'doc', 'xls', 'ppt', 'odt', 'ods', 'odp', 'rtf', 'epub', 'pdf'],
      ...['html', 'csv', 'eml', 'msg'],
    ],
    read: (_module, bytes, extension) =>
      convert(bytes, parseMediaType(mediaTypeOfName(`a.${extension}`) ?? ''), 4 * 1024 * 1024),
  },
  officeparser: {
    install: 'officeparser@7.8.0',
    formats: ['docx', 'xlsx', 'pptx', 'odt', 'ods', 'odp', 'rtf', 'epub', 'pdf'],
    async read(module: { parseOffice(bytes: Buffer): Promise<{ toText(): string }> }, bytes) {
      return (await module.parseOffice(bytes)).toText()
    },
  },
  mammoth: {
    install: 'mammoth@1.13.0',
    formats: ['docx'],
    async read(module: { default: { convertToMarkdown(input: object): Promise<{ value: string }> } }, buffer) {
      return (await module.default.convertToMarkdown({ buffer })).value
    },
  },
  'word-extractor': {
    install: 'word-extractor@1.0.4',
    formats: ['doc'],
    async read({ default: Extractor }: WordModule, bytes) {
      const document = await new Extractor().extract(bytes)
      return `${document.getBody()}\n${document.getFootnotes()}`
    },
  },
  SheetJS: {
    install: 'xlsx@0.18.5',
    formats: ['xlsx', 'xls', 'ods'],
    async read({ default: { read, utils } }: SheetModule, bytes) {
      const { SheetNames: names, Sheets: sheets } = read(bytes, { type: 'buffer' })
      return names.map(name => `${name}\n${utils.sheet_to_csv(sheets[name])}`).join('\n')
    },
  },
  exceljs: {
    install: 'exceljs@4.4.0',
    formats: ['xlsx'],
    async read({ default: { Workbook } }: ExcelModule, bytes) {
      const book = new Workbook()
      await book.xlsx.load(bytes)
      const out: string[] = []
      book.eachSheet(sheet => {
        out.push(sheet.name)
        sheet.eachRow(row => row.eachCell(cell => out.push(cell.text)))
      })
      return out.join(' ')
    },
  },
  'pdf-parse': {
    install: 'pdf-parse@2.4.5',
    formats: ['pdf'],
    async read({ PDFParse }: PdfParseModule, data) {
      const parser = new PDFParse({ data: new Uint8Array(data) })
      const { text } = await parser.getText()
      await parser.destroy()
      return text
    },
  },
  'pdfjs-dist': {
    install: 'pdfjs-dist@5.6.205',
    entry: 'pdfjs-dist/legacy/build/pdf.mjs',
    formats: ['pdf'],
    async read({ getDocument }: PdfModule, data) {
      const task = getDocument({ data: new Uint8Array(data), verbosity: 0, useSystemFonts: false })
      const document = await task.promise
      const out: string[] = []
      for (let number = 1; number <= document.numPages; number++) {
        const { items } = await (await document.getPage(number)).getTextContent()
        for (const { str, hasEOL } of items) out.push(str, hasEOL ? '\n' : '')
      }
      await task.destroy()
      return out.join('')
    },
  },
  mupdf: {
    install: 'mupdf@1.28.1',
    formats: ['pdf', 'epub', 'docx'],
    async read({ Document }: MupdfModule, bytes, extension) {
      const document = Document.openDocument(bytes, `a.${extension}`)
      const out: string[] = []
      for (let number = 0; number < document.countPages(); number++) {
        out.push(document.loadPage(number).toStructuredText().asText())
      }
      document.destroy()
      return out.join('\n')
    },
  },
  turndown: {
    install: 'turndown@7.2.5',
    formats: ['html'],
    async read({ default: Turndown }: { default: new () => { turndown(html: string): string } }, bytes) {
      return new Turndown().turndown(bytes.toString('utf8'))
    },
  },
  papaparse: {
    install: 'papaparse@5.7.1',
    formats: ['csv'],
    async read({ default: { parse } }: { default: { parse(text: string): { data: string[][] } } }, bytes) {
      return parse(bytes.toString('utf8'))
        .data.map(row => row.join(' | '))
        .join('\n')
    },
  },
  mailparser: {
    install: 'mailparser@3.14.2',
    formats: ['eml'],
    async read({ simpleParser }: { simpleParser(bytes: Buffer): Promise<{ text?: string }> }, bytes) {
      return (await simpleParser(bytes)).text ?? ''
    },
  },
  msgreader: {
    install: 'msgreader@1.0.1',
    formats: ['msg'],
    async read({ default: { default: Reader } }: MessageModule, bytes) {
      return new Reader(new Uint8Array(bytes).buffer).getFileData().body ?? ''
    },
  },
}

interface WordModule {
  default: new () => { extract(bytes: Buffer): Promise<{ getBody(): string; getFootnotes(): string }> }
}

interface SheetModule {
  default: {
    read(bytes: Buffer, options: object): { SheetNames: string[]; Sheets: Record<string, unknown> }
    utils: { sheet_to_csv(sheet: unknown): string }
  }
}

interface ExcelModule {
  default: {
    Workbook: new () => {
      xlsx: { load(bytes: Buffer): Promise<unknown> }
      eachSheet(
        visit: (sheet: {
          name: string
          eachRow(visit: (row: { eachCell(visit: (cell: { text: string }) => void): void }) => void): void
        }) => void,
      ): void
    }
  }
}

interface PdfParseModule {
  PDFParse: new (input: object) => { getText(): Promise<{ text: string }>; destroy(): Promise<void> }
}

interface PdfModule {
  getDocument(input: object): {
    promise: Promise<{
      numPages: number
      getPage(number: number): Promise<{ getTextContent(): Promise<{ items: { str: string; hasEOL: boolean }[] }> }>
    }>
    destroy(): Promise<void>
  }
}

interface MupdfModule {
  Document: {
    openDocument(
      bytes: Buffer,
      name: string,
    ): {
      countPages(): number
      loadPage(number: number): { toStructuredText(): { asText(): string } }
      destroy(): void
    }
  }
}

interface MessageModule {
  default: { default: new (bytes: ArrayBuffer) => { getFileData(): { body?: string } } }
}
