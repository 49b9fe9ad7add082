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
 * As the store has it, or as Slack gives it; where Slack does not give it this time, what the store has, or why. Whatever
 * goes wrong with a file is that file's matter: messages do without it.
 * @see https://docs.slack.dev/reference/objects/file-object
 */
export async function readFile(run: Run, file: JsonObject, id: string): Promise<FileText | undefined> {
  const { context, files } = run
  const url = textAt(file, 'url_private')
  if (!url || !isKeptBySlack(file)) return undefined
  const mediaType = mediaTypeOf(file)
  // Of what can be edited, Slack tells the size of the moment.
  const size = textAt(file, 'mode') === 'hosted' ? numberAt(file, 'size') : undefined
  const about = { entityType: fileType, id, mediaType, size, version: versionOf(file, mediaType) }
  try {
    return await context.file(about, async download => {
      if (files.refusal) throw files.refusal
      const verify = (answer: ApiResponse) => refusalIn(answer, url, mediaType)
      const downloaded = await download(url, { headers: anything, lane: 'files', item: true, size, accept, verify })
      files.given++
      return downloaded
    })
  } catch (error) {
    const failure = asFileOwn(error)
    note(run, failure)
    context.skip({ entityType: fileType, id }, failure)
    const held = await context.heldFile(fileType, id)
    if (held?.text !== undefined) return held
    const retryAt = new Date(context.now().getTime() + dayMs).toISOString()
    const reason = isSignIn(failure) ? notAllowed : 'Slack did not give its bytes'
    // What may be mended by a person at any time is tried in each run, for few files.
    return isSignIn(failure) ? { reason } : { version: about.version, reason, retryAt }
  }
}

const dayMs = 24 * 60 * 60 * 1000
const anything = { accept: '*/*' }
/** A token that is no good shows in Slack's methods: here, these are about the file. */
const accept = [400, 401, 402, 405, 406, 409, 422, 451]
const notAllowed = 'Slack asks to sign in for it: the token may lack the scope files:read'
/** So many files in a row that ask to sign in, and none that does not: it is the same with all of them. */
const mostSignIns = 3

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

/** Snippets and canvases can be edited. */
function versionOf(file: JsonObject, mediaType: string | undefined): string {
  const times = ['created', 'timestamp', 'updated', 'edit_timestamp', 'size'].map(name => numberAt(file, name) ?? '')
  return [mediaType, ...times, textAt(file, 'preview') ?? ''].join(' ').trimEnd()
}

/** Who may not read a file is sent to sign in, with a good status in the end. */
function refusalIn({ status, headers, url }: ApiResponse, asked: string, mediaType?: string): Failure | undefined {
  if (status >= 400) return new Failure('item_forbidden', `the host of a file answered ${status}`, { status })
  const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '')
  const isElsewhere = URL.parse(url)?.pathname !== URL.parse(asked)?.pathname
  if (!isPage || (mediaType === 'text/html' && !isElsewhere)) return undefined
  return new Failure('item_forbidden', notAllowed, { providerError: 'sign_in_page' })
}

function isSignIn(failure: Failure): boolean {
  return failure.providerError === 'sign_in_page'
}

/** @throws what concerns more than files: the run is stopped, the disk is full, the token is refused by Slack's methods */
function asFileOwn(error: unknown): Failure {
  if (isSkippable(error)) return error
  if (!isFailure(error, 'bad_response', 'unavailable')) throw error
  const { message, status, providerError } = error
  return new Failure('item_unreadable', message, { status, providerError, cause: error })
}

/** A host in trouble, or a token that may not, holds for all files: the others wait for the next run. */
function note({ files }: Run, failure: Failure): void {
  const isHostInTrouble = isFailure(failure.cause, 'unavailable')
  if (isSignIn(failure)) files.signIns++
  if (isHostInTrouble || (files.signIns >= mostSignIns && files.given === 0)) files.refusal = failure
}
