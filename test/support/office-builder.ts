/** The least of a workbook and of a presentation that is one (ECMA-376). */
import { buildZip } from './zip-builder.ts'

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const slides = 'http://schemas.openxmlformats.org/presentationml/2006/main'
const drawing = 'http://schemas.openxmlformats.org/drawingml/2006/main'
const references = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const packages = 'http://schemas.openxmlformats.org/package/2006/relationships'

export type Rows = readonly (readonly string[])[]

/** Sheets by name. */
export function buildWorkbook(sheets: Readonly<Record<string, Rows>>): Buffer {
  const names = Object.keys(sheets)
  const list = names.map(
    (name, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" r:id="r${index + 1}"/>`,
  )
  return buildZip([
    ...packageOf('xl/workbook.xml', 'spreadsheetml.sheet'),
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns="${main}" xmlns:r="${references}"><sheets>${list.join('')}</sheets></workbook>`,
    },
    relations('xl/_rels/workbook.xml.rels', names, 'worksheet', number => `worksheets/sheet${number}.xml`),
    ...Object.values(sheets).map((rows, index) => ({
      name: `xl/worksheets/sheet${index + 1}.xml`,
      content: `<worksheet xmlns="${main}"><sheetData>${rows.map(rowOf).join('')}</sheetData></worksheet>`,
    })),
  ])
}

/** @param pages the text of each slide, a paragraph a line */
export function buildPresentation(pages: readonly string[]): Buffer {
  const list = pages.map((_page, index) => `<p:sldId id="${256 + index}" r:id="r${index + 1}"/>`)
  return buildZip([
    ...packageOf('ppt/presentation.xml', 'presentationml.presentation'),
    {
      name: 'ppt/presentation.xml',
      content: `<p:presentation xmlns:p="${slides}" xmlns:r="${references}"><p:sldIdLst>${list.join('')}</p:sldIdLst></p:presentation>`,
    },
    relations('ppt/_rels/presentation.xml.rels', pages, 'slide', number => `slides/slide${number}.xml`),
    ...pages.map((page, index) => {
      const paragraphs = page.split('\n').map(line => `<a:p><a:r><a:t>${escapeXml(line)}</a:t></a:r></a:p>`)
      const shape = `<p:sp><p:nvSpPr><p:nvPr/></p:nvSpPr><p:txBody>${paragraphs.join('')}</p:txBody></p:sp>`
      const tree = `<p:cSld><p:spTree>${shape}</p:spTree></p:cSld>`
      return {
        name: `ppt/slides/slide${index + 1}.xml`,
        content: `<p:sld xmlns:p="${slides}" xmlns:a="${drawing}">${tree}</p:sld>`,
      }
    }),
  ])
}

function packageOf(part: string, form: string) {
  const type = `application/vnd.openxmlformats-officedocument.${form}.main+xml`
  const types = `<Default Extension="xml" ContentType="application/xml"/><Override PartName="/${part}" ContentType="${type}"/>`
  const target = `<Relationship Id="r1" Type="${references}/officeDocument" Target="${part}"/>`
  return [
    {
      name: '[Content_Types].xml',
      content: `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${types}</Types>`,
    },
    { name: '_rels/.rels', content: `<Relationships xmlns="${packages}">${target}</Relationships>` },
  ]
}

function relations(name: string, of: readonly string[], type: string, targetOf: (number: number) => string) {
  const list = of.map(
    (_one, index) => `<Relationship Id="r${index + 1}" Type="${references}/${type}" Target="${targetOf(index + 1)}"/>`,
  )
  return { name, content: `<Relationships xmlns="${packages}">${list.join('')}</Relationships>` }
}

function rowOf(cells: readonly string[], index: number): string {
  const inside = cells.map(cell => `<c t="inlineStr"><is><t>${escapeXml(cell)}</t></is></c>`)
  return `<row r="${index + 1}">${inside.join('')}</row>`
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, sign => `&#${sign.charCodeAt(0)};`)
}
