import type { Draft } from './files/downloads.ts'
import type { Api, RequestOptions } from './plugin.ts'

/** The `Api` of one run as plugins have it, and what fetches files for them. */
export interface RunApi extends Api {
  /**
   * A file's bytes, into a draft. A link or redirect to another host is followed without the bearer, and over https
   * only. Where the connection breaks, it goes on with what is missing, if the host allows that.
   * @returns whether what came is of the size and checksum that were told
   * @throws Failure `item_unreadable` without a status beyond `maxBytes`; `item_missing` or `item_forbidden` when
   *   another host does not give it, whatever its reason; `data_folder` when the disk refuses
   */
  download(url: string, options: DownloadOptions): Promise<{ isAsTold: boolean }>
}

export interface DownloadOptions extends RequestOptions {
  draft: Draft
  maxBytes: number
  /** As in `DownloadFileOptions`, in bytes. */
  size?: number | undefined
  /** As in `DownloadFileOptions`. */
  md5?: string | undefined
  /** Whether the file is a JSON object: anything else is then no answer. */
  isJson?: boolean | undefined
}
