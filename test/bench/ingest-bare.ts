import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, run } from '../../src/store/connection.ts'

/** The physical limit: `ingest-bare.ts <database url> <secret>` verifies, stores and answers, and does nothing else. */
const [url = '', secret = ''] = process.argv.slice(2)
const sql = connect(url, 10)
const INSERT = `
  insert into bare_deliveries (id, event, action, town_id, payload, received_at, due_at)
  values ($1, $2, null, null, $3, $4, $4) on conflict (id) do nothing`

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => void chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const given = Buffer.from(String(request.headers['x-hub-signature-256']))
    const right = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
    if (given.length !== right.length || !timingSafeEqual(given, right))
      return void response.writeHead(401).end()
    const id = String(request.headers['x-github-delivery'])
    const event = String(request.headers['x-github-event'])
    run(sql, INSERT, [id, event, body.toString('utf8'), Date.now()]).then(
      () => response.end('ok\n'),
      () => response.writeHead(500).end(),
    )
  })
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port }))
// Asked for it: the processor time that this process has used.
process.on('message', () => process.send!(process.cpuUsage()))
process.once('SIGTERM', () => process.exit(0))
