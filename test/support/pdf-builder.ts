/** A PDF of objects as they are written, from number 1; the first is the catalogue. */
export function buildPdfOfObjects(objects: readonly string[]): Buffer {
  const offsets: number[] = []
  let text = '%PDF-1.7\n'
  for (const [index, object] of objects.entries()) {
    offsets.push(text.length)
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
  }
  const entries = offsets.map(offset => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  return Buffer.from(
    `${text}xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`,
    'latin1',
  )
}

/** A PDF with a line of text on each page. */
export function buildPdf(pages: readonly string[]): Buffer {
  const kids = pages.map((_page, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((text, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << /Font << /F 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`,
      streamObject(`BT /F 12 Tf 20 300 Td (${text.replace(/[()\\]/g, '\\$&')}) Tj ET`),
    ]),
  ]
  return buildPdfOfObjects(objects)
}

/** @param facts further entries of the stream's dictionary */
export function streamObject(data: string, facts = ''): string {
  return `<< /Length ${data.length} ${facts} >>\nstream\n${data}\nendstream`
}
