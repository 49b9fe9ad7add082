/**
 * The providers of the benches, in a process of their own so that their work is not taken for inlet's. Run with counts,
 * as JSON: `{"slack":1000,"gmail":1000,"notion":100}`; prints its URL when everything is prepared. A line
 * `{"slack":10}` on its input adds so many items, and is answered with a line; the end of its input ends it.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { gmailBatchType, gmailShape } from './gmail.ts'
import { notionShape } from './notion.ts'
import type { Shape } from './shape.ts'
import { slackShape } from './slack.ts'

export type Counts = Partial<Record<'slack' | 'gmail' | 'notion', number>>

const counts = JSON.parse(process.argv[2] ?? '{}') as Counts
const shapes = {
  slack: slackShape(counts.slack ?? 0),
  gmail: gmailShape(counts.gmail ?? 0),
  notion: notionShape(counts.notion ?? 0),
}
let requests = 0

const server = createServer((request, response) => {
  const path = request.url ?? '/'
  requests++
  let body = ''
  request.setEncoding('utf8')
  request.on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    if (path === '/requests') return void response.end(String(requests - 1))
    if (path === '/list') return void response.end(JSON.stringify(shapeAt(body).requests()))
    const answer = Buffer.from(shapeAt(path).answer(path, body))
    const type = answer[0] === 0x2d ? gmailBatchType : 'application/json'
    response.writeHead(200, { 'content-type': type, 'content-length': answer.length }).end(answer)
  })
})
server.keepAliveTimeout = 60_000

function shapeAt(path: string): Shape {
  if (path.startsWith('/slack')) return shapes.slack
  return path.startsWith('/notion') ? shapes.notion : shapes.gmail
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
const input = createInterface(process.stdin)
input.on('line', line => {
  for (const [name, number] of Object.entries(JSON.parse(line) as Counts)) shapes[name as keyof Counts].change(number)
  process.stdout.write('done\n')
})
input.on('close', () => process.exit(0))
