/** The same mails: notmuch indexes a Maildir, inlet syncs them from Gmail's API. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext, Finding } from './bench.ts'
import { median } from './measure.ts'
import { type Mail, mailOf, toFile } from './peers-mail-corpus.ts'
import { find, isInstalled, live, liveInlet } from './peers-programs.ts'
import { startService } from './programs.ts'

const mails = 50_000
const warmUpMails = 1000
const rounds = 1
/** Mails that both sides must find by a word that is in no other. */
const lookedFor = 40
const filesPerFolder = 10_000

export async function compareWithNotmuch({ count, scratch, skip }: BenchContext): Promise<Finding[]> {
  if (!isInstalled('notmuch', '--version')) {
    skip('notmuch: it is not there (apt-get install notmuch)')
    return []
  }
  const total = count(mails)
  const folder = join(scratch, 'peers-mails')
  await compare(Math.min(total, warmUpMails), join(folder, 'warm-up'), 1)
  const { ours, theirs } = await compare(total, join(folder, 'full'), rounds)
  await rm(folder, { recursive: true })
  return [
    {
      what: `first sync of ${total.toLocaleString('en-US')} mails from Gmail's API, each commit synced to the disk`,
      value: median(ours) / 1000,
      unit: 's',
      beside: { what: 'notmuch new over a Maildir, each commit synced too', value: median(theirs) / 1000 },
      target: { of: 'ratio', atMost: 15 },
    },
  ]
}

async function compare(total: number, folder: string, rounds: number) {
  const maildir = join(folder, 'maildir')
  const starting = startService('peers-gmail.ts', [String(total)])
  const marks = await writeMaildir(maildir, total)
  const gmail = await starting
  const [ours, theirs]: [number[], number[]] = [[], []]
  try {
    for (let round = 0; round < rounds; round++) {
      theirs.push(await index(maildir, total, marks))
      ours.push(await sync(join(folder, `inlet-${round}`), gmail.urls, total, marks))
    }
  } finally {
    await gmail.stop()
  }
  return { ours, theirs }
}

/** Everything in `cur`, as a mailbox that has been read; returns the marks of some of the mails. */
async function writeMaildir(maildir: string, total: number): Promise<string[]> {
  const marks: string[] = []
  const step = Math.max(1, Math.floor(total / lookedFor))
  for (let from = 0; from < total; from += filesPerFolder) {
    const folder = join(maildir, `${from / filesPerFolder}`)
    for (const name of ['cur', 'new', 'tmp']) await mkdir(join(folder, name), { recursive: true })
    for (let number = from; number < Math.min(total, from + filesPerFolder); number++) {
      const mail: Mail = mailOf(number, total)
      if (number % step === 0) marks.push(mail.mark)
      await writeFile(join(folder, 'cur', `${mail.date / 1000}.M${number}.bench:2,S`), toFile(mail))
    }
  }
  return marks
}

async function index(maildir: string, total: number, marks: readonly string[]): Promise<number> {
  const config = join(maildir, '..', 'notmuch-config')
  await writeFile(
    config,
    `[database]\npath=${maildir}\n[user]\nname=Ada\nprimary_email=ada@example.com\n[new]\ntags=unread;inbox\n`,
  )
  await rm(join(maildir, '.notmuch'), { recursive: true, force: true })
  const environment = { NOTMUCH_CONFIG: config, HOME: maildir }
  const { tookMs } = await live('notmuch', ['new', '--quiet'], environment)
  const counts: number[] = []
  for (const query of ['*', ...marks]) {
    counts.push(Number((await live('notmuch', ['count', query], environment)).output))
  }
  assertAll('notmuch', total, counts)
  return tookMs
}

async function sync(
  dataDir: string,
  urls: readonly string[],
  total: number,
  marks: readonly string[],
): Promise<number> {
  const { tookMs, output } = await liveInlet([dataDir, 'gmail', ...urls])
  const { gmail_message: synced = 0 } = JSON.parse(output) as Record<string, number>
  assertAll('inlet', total, [synced, ...(await find(dataDir, 'gmail_message', marks))])
  await rm(dataDir, { recursive: true })
  return tookMs
}

/** A side that has left something out has not done the same work. */
function assertAll(side: string, total: number, [whole, ...marked]: readonly (number | undefined)[]): void {
  if (whole !== total) throw new Error(`${side} has ${whole} of ${total} mails`)
  if (marked.length === 0 || marked.some(found => found !== 1))
    throw new Error(`${side} does not find every mail: ${marked}`)
}
