/** LibreOffice and poppler's `pdftotext`, as programs that this bench stands beside and has its files from. */
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { live } from '../peers-programs.ts'

/** Files that one call is given: its command line has an end. */
const most = 500

/**
 * All files of a folder into another format, in one process.
 * @param target an extension, with a filter's name after a colon where LibreOffice has several
 */
export async function convertWithOffice(from: string, target: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true })
  const names = (await readdir(from)).sort()
  // One for all calls beside each other: making it takes longer than many a file.
  const profile = join(dirname(into), 'office-profile')
  for (let start = 0; start < names.length; start += most) {
    const paths = names.slice(start, start + most).map(name => join(from, name))
    const words = [
      `-env:UserInstallation=file://${profile}`,
      '--headless',
      '--convert-to',
      target,
      '--outdir',
      into,
      ...paths,
    ]
    await live('soffice', words, { HOME: dirname(into), LC_ALL: 'C.UTF-8' })
  }
}

/** The text of one PDF; `pdftotext` takes no more than one. */
export async function readWithPoppler(path: string): Promise<string> {
  const { output } = await live('pdftotext', ['-enc', 'UTF-8', path, '-'], {})
  return output
}
