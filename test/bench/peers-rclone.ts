/** The same drive: rclone copies its files into a folder, inlet syncs them: downloads, converts, stores and indexes. */
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext, Finding } from './bench.ts'
import { median } from './measure.ts'
import { markOf } from './peers-drive-corpus.ts'
import { find, isInstalled, live, liveInlet } from './peers-programs.ts'
import { accessToken } from './peers-token.ts'
import { type Service, startService } from './programs.ts'

const files = 5000
const rounds = 3
/** Files that inlet must find by a word that is in no other. */
const lookedFor = 40
/** rclone's own default. inlet downloads eight at once; as many, or more, made rclone slower. */
const transfers = 4
const checkers = 8

export async function compareWithRclone({ count, scratch, log, skip }: BenchContext): Promise<Finding[]> {
  for (const [program, words] of [
    ['rclone', ['version']],
    ['openssl', ['version']],
  ] as const) {
    if (isInstalled(program, words[0])) continue
    skip(`rclone: ${program} is not there (apt-get install ${program})`)
    return []
  }
  const total = count(files)
  const folder = join(scratch, 'peers-files')
  await mkdir(folder, { recursive: true })
  const certificate = makeCertificate(folder)
  const drive = await startService('peers-drive.ts', [String(total), certificate.keyFile, certificate.file])
  const [ours, theirs]: [number[], number[]] = [[], []]
  try {
    // The first round warms both up, and does not count.
    for (let round = 0; round <= rounds; round++) {
      const sides = [
        async () => theirs.push(await copy(join(folder, `copy-${round}`), drive, certificate.file, total)),
        async () => ours.push(await sync(join(folder, `inlet-${round}`), drive, certificate.file, total)),
      ]
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
      log(`peers: round ${round}: inlet ${ours.at(-1)?.toFixed(0)} ms, rclone ${theirs.at(-1)?.toFixed(0)} ms`)
    }
  } finally {
    await drive.stop()
  }
  await rm(folder, { recursive: true })
  return [
    {
      what: `first sync of ${total.toLocaleString('en-US')} files from Google Drive, median of ${rounds}`,
      value: median(ours.slice(1)) / 1000,
      unit: 's',
      beside: {
        what: `rclone copy with ${transfers} transfers, which syncs nothing to the disk`,
        value: median(theirs.slice(1)) / 1000,
      },
      target: { of: 'ratio', atMost: 2 },
    },
  ]
}

/** One that is its own authority, for Google's name and for ours. */
function makeCertificate(folder: string): { file: string; keyFile: string } {
  const [file, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=bench', '-addext', 'subjectAltName=DNS:www.googleapis.com,IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', file],
  ])
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
  return { file, keyFile }
}

async function copy(
  folder: string,
  { urls: [, proxy = ''] }: Service,
  certificate: string,
  total: number,
): Promise<number> {
  await mkdir(folder)
  const config = join(folder, 'rclone.conf')
  const token = JSON.stringify({ access_token: accessToken, token_type: 'Bearer', expiry: '2999-01-01T00:00:00Z' })
  await writeFile(config, `[drive]\ntype = drive\nscope = drive.readonly\ntoken = ${token}\n`, { mode: 0o600 })
  const target = join(folder, 'files')
  const words = [
    ...['copy', 'drive:', target, '--config', config, '--ca-cert', certificate],
    ...['--transfers', String(transfers), '--checkers', String(checkers)],
    // As inlet's: the rate is the provider's, and the fake has none.
    ...['--drive-pacer-min-sleep', '0', '--drive-pacer-burst', '1000000'],
  ]
  const { tookMs } = await live('rclone', words, { HOME: folder, HTTPS_PROXY: proxy })
  const copied = (await readdir(target, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  if (copied.length !== total) throw new Error(`rclone has copied ${copied.length} of ${total} files`)
  await rm(folder, { recursive: true })
  return tookMs
}

async function sync(
  dataDir: string,
  { urls: [url = ''] }: Service,
  certificate: string,
  total: number,
): Promise<number> {
  const { tookMs, output } = await liveInlet([dataDir, 'google_drive', url], { NODE_EXTRA_CA_CERTS: certificate })
  const { google_drive_file: synced = 0 } = JSON.parse(output) as Record<string, number>
  if (synced !== total) throw new Error(`inlet has ${synced} of ${total} files`)
  const step = Math.ceil(total / lookedFor)
  const marks = Array.from({ length: Math.floor(total / step) }, (_mark, index) => markOf(index * step))
  const found = await find(dataDir, 'google_drive_file', marks)
  if (found.length === 0 || found.some(hits => hits !== 1)) throw new Error(`inlet does not find every file: ${found}`)
  await rm(dataDir, { recursive: true })
  return tookMs
}
