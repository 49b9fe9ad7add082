/** inlet beside programs that people trust with the same work: notmuch for mail, rclone for files. */
import type { Bench } from './bench.ts'
import { compareWithNotmuch } from './peers-notmuch.ts'
import { compareWithRclone } from './peers-rclone.ts'

export const bench: Bench = {
  title: '50,000 mails beside notmuch, 5,000 files beside rclone: each program from its start to its end',
  async run(context) {
    return [...(await compareWithNotmuch(context)), ...(await compareWithRclone(context))]
  },
}
