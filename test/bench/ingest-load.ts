import { createHmac, randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { percentile } from './figures.ts'
import { issuesPayload } from './issues-payload.ts'

/** What the parent asks for: this many connections, each sending its next delivery when the last was answered. */
export interface Round {
  readonly port: number
  readonly connections: number
  readonly ms: number
  readonly secret: string
}

export interface Loaded {
  readonly answered: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

const PATH = '/api/github/webhooks'
const LENGTH = /content-length: (\d+)/i

/** A client that costs little: on two cores, whatever it takes is missing to the server. */
process.on('message', (round: Round) => {
  load(round).then(
    loaded => process.send!(loaded),
    (error: unknown) => {
      process.stderr.write(`${error}\n`)
      process.exit(1)
    },
  )
})

async function load({ port, connections, ms, secret }: Round): Promise<Loaded> {
  const body = issuesPayload()
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const times: number[] = []
  const from = performance.now()
  const until = from + ms
  const send = (): Buffer => Buffer.concat([Buffer.from(headOf(port, body.length, signature)), body])
  await Promise.all(Array.from({ length: connections }, () => converse(port, until, send, times)))
  const seconds = (performance.now() - from) / 1000
  return {
    answered: times.length,
    perSecond: times.length / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  }
}

/** Each delivery has a GUID of its own, as GitHub's have. */
function headOf(port: number, length: number, signature: string): string {
  return [
    `POST ${PATH} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Accept: */*',
    'User-Agent: GitHub-Hookshot/bench',
    'Content-Type: application/json',
    'X-GitHub-Event: issues',
    `X-GitHub-Delivery: ${randomUUID()}`,
    'X-GitHub-Hook-ID: 292430182',
    `X-Hub-Signature-256: ${signature}`,
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n')
}

/** One connection: a request, its whole answer, the next request. */
function converse(port: number, until: number, send: () => Buffer, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    let sentAt = 0
    let answer = ''
    const next = (): void => {
      if (performance.now() >= until) return void socket.end(resolve)
      answer = ''
      sentAt = performance.now()
      socket.write(send())
    }
    socket.once('connect', next)
    socket.once('error', reject)
    socket.on('data', chunk => {
      answer += chunk.toString('latin1')
      const head = answer.indexOf('\r\n\r\n')
      if (head < 0) return
      if (!answer.startsWith('HTTP/1.1 200')) return reject(new Error(`answered: ${answer.slice(0, 300)}`))
      if (answer.length < head + 4 + Number(LENGTH.exec(answer)?.[1] ?? Number.NaN)) return
      times.push(performance.now() - sentAt)
      next()
    })
  })
}
