/** What a file in Slack says. Its bytes lie on another host of Slack's, which wants the token, too. */
import {
  type ApiResponse,
  convertibleType,
  Failure,
  type FileText,
  isFailure,
  isSkippable,
  type JsonObject,
  numberAt,
  textAt,
} from '../../core/plugin.ts'
import { fileType, type Run } from './run.ts'

/**
 * As the store has it, or as Slack gives it; where Slack does not give it this time, what the store has.
 * @throws Failure for what concerns more than this file
 * @see https://docs.slack.dev/reference/objects/file-object
 */
export async function readFile(run: Run, file: JsonObject, id: string): Promise<FileText | undefined> {
  const { context } = run
  const url = textAt(file, 'url_private')
  if (!url || !isKeptBySlack(file)) return undefined
  const mediaType = mediaTypeOf(file)
  const size = numberAt(file, 'size')
  const about = { entityType: fileType, id, mediaType, size, version: versionOf(file, mediaType) }
  try {
    return await context.file(about, async download => {
      if (run.refusal) throw run.refusal
      return download(url, { headers: anything, lane: 'files', item: true, verify: answer => signInPage(answer, file) })
    })
  } catch (error) {
    if (!isSkippable(error)) throw error
    if (isRefusal(error)) run.refusal = error
    context.skip({ entityType: fileType, id }, error)
    const held = await context.heldFile(fileType, id)
    return held ?? { reason: isRefusal(error) ? notAllowed : 'Slack did not give its bytes' }
  }
}

const anything = { accept: '*/*' }
const notAllowed = 'the token may not read files: it lacks the scope files:read'

/** What others keep is a link; a mail has its text in `plain_text`. */
function isKeptBySlack(file: JsonObject): boolean {
  const mode = textAt(file, 'mode')
  return file.is_external !== true && mode !== 'external' && mode !== 'email' && mode !== 'hidden_by_limit'
}

/** Canvases come as HTML. */
function mediaTypeOf(file: JsonObject): string | undefined {
  const mediaType = textAt(file, 'mimetype') ?? ''
  if (mediaType === 'application/vnd.slack-docs') return 'text/html'
  return convertibleType(mediaType, textAt(file, 'name') ?? '')
}

/** Snippets and canvases can be edited; their preview tells of it where the size does not. */
function versionOf(file: JsonObject, mediaType: string | undefined): string {
  const times = ['created', 'timestamp', 'updated', 'size'].map(name => numberAt(file, name) ?? '')
  return [mediaType, ...times, textAt(file, 'preview')?.slice(-60) ?? ''].join(' ').trimEnd()
}

/** Who may not read a file is sent to sign in, with a good status. */
function signInPage({ headers }: ApiResponse, file: JsonObject): Failure | undefined {
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '')
  if (!isPage || mediaTypeOf(file) === 'text/html') return undefined
  return new Failure('item_forbidden', notAllowed, { providerError: 'sign_in_page' })
}

/** It holds for all of them. */
function isRefusal(error: Failure): boolean {
  return isFailure(error, 'item_forbidden') && error.providerError === 'sign_in_page'
}
