import { generateKeyPairSync } from 'node:crypto'
import postgres from 'postgres'
import { type Child, start } from './child.ts'
import { withDatabase } from './database.ts'
import { type Figure, load, median, ms, type Part, short } from './figures.ts'
import type { Loaded, Round } from './ingest-load.ts'

const CONNECTIONS = 10
const ROUNDS = 9
const ROUND_MS = 2_500
const WARM_MS = 4_000
const SECRET = 'the secret of the bench'

/** What a server says: where it listens, then the processor time that it has used whenever it is asked. */
type Told = { readonly port: number } & NodeJS.CpuUsage

interface Server {
  readonly child: Child<Told>
  readonly port: number
  readonly rounds: Loaded[]
  /** Answered with 200 ever: each must be in the table. */
  answered: number
  /** Microseconds of its process's processor time per webhook, by round. */
  readonly cpu: number[]
}

/** Webhooks verified, stored and answered: Townhall's web role against the least that a server can do. */
export const ingest: Part = say =>
  withDatabase(async url => {
    const sql = postgres(url, { max: 1 })
    await sql`create table bare_deliveries (like deliveries including all)`
    const bare = await serverOf(start<Told>('ingest-bare.ts', [url, SECRET]))
    const townhall = await serverOf(start<Told>('townhall-process.ts', [], environment(url)))
    const client = start<Loaded>('ingest-load.ts', [])
    try {
      for (const server of [bare, townhall]) await round(client, server, WARM_MS)
      for (let nth = 0; nth < ROUNDS; nth++) {
        // Each goes first in turn: what one leaves behind for the database to do, the other meets too.
        for (const server of nth % 2 === 0 ? [bare, townhall] : [townhall, bare])
          server.rounds.push(await round(client, server, ROUND_MS))
        const [b, t] = [bare.rounds[nth]!, townhall.rounds[nth]!]
        say(
          `bare ${short(b.perSecond)}/s p99 ${ms(b.p99)}, townhall ${short(t.perSecond)}/s p99 ${ms(t.p99)}`,
        )
      }
      const [{ kept }] = await sql<[{ kept: number }]>`select count(*)::int as kept from deliveries`
      return figuresOf(bare, townhall, kept)
    } finally {
      for (const child of [client, bare.child, townhall.child]) await child.stop()
      await sql.end()
    }
  })

async function serverOf(child: Child<Told>): Promise<Server> {
  const { port } = await child.told()
  return { child, port, rounds: [], answered: 0, cpu: [] }
}

async function round(client: Child<Loaded>, server: Server, duration: number): Promise<Loaded> {
  const before = await cpuOf(server)
  client.ask({ port: server.port, connections: CONNECTIONS, ms: duration, secret: SECRET } satisfies Round)
  const loaded = await client.told()
  server.answered += loaded.answered
  server.cpu.push(((await cpuOf(server)) - before) / loaded.answered)
  return loaded
}

async function cpuOf({ child }: Server): Promise<number> {
  child.ask({})
  const { user, system } = await child.told()
  return user + system
}

/** A web process that has a database and a GitHub that cannot be asked: receiving does not wait for that one. */
function environment(databaseUrl: string): Record<string, string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return {
    APP_ID: '1',
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: SECRET,
    GITHUB_API_URL: 'http://127.0.0.1:9/api/v3',
    DATABASE_URL: databaseUrl,
    PORT: '0',
    TOWNHALL_ROLE: 'web',
    LOG_LEVEL: 'error',
  }
}

function figuresOf(bare: Server, townhall: Server, kept: number): Figure[] {
  const of = (server: Server, key: 'perSecond' | 'p50' | 'p99') => median(server.rounds.map(it => it[key]))
  const share = median(townhall.rounds.map((it, nth) => it.perSecond / bare.rounds[nth]!.perSecond))
  const tail = median(townhall.rounds.map((it, nth) => it.p99 / bare.rounds[nth]!.p99))
  const rounds = `${ROUNDS} rounds of ${ROUND_MS / 1000} s each, ${CONNECTIONS} connections, ${load()}`
  return [
    {
      what: 'webhooks verified, stored, answered',
      figure: `${short(of(townhall, 'perSecond'))}/s, bare ${short(of(bare, 'perSecond'))}/s (${rounds})`,
      ratio: `${short(share)}× of bare`,
      aim: '≥ 0.9×',
      met: share >= 0.9,
    },
    {
      what: 'the same, how long an answer takes',
      figure: `p50 ${ms(of(townhall, 'p50'))}, p99 ${ms(of(townhall, 'p99'))}; bare p50 ${ms(of(bare, 'p50'))}, p99 ${ms(of(bare, 'p99'))}`,
      ratio: `p99 ${short(tail)}× of bare`,
      aim: '≤ 1.2×',
      met: tail <= 1.2,
    },
    {
      what: 'the same, processor time of the server alone',
      figure: `${short(median(townhall.cpu))} µs, bare ${short(median(bare.cpu))} µs per webhook`,
      ratio: `${short(median(townhall.cpu) / median(bare.cpu))}× of bare`,
      aim: '',
      met: null,
    },
    {
      what: 'answered webhooks that are in the database',
      figure: `${short(kept)} of ${short(townhall.answered)}`,
      ratio: '',
      aim: 'all',
      met: kept === townhall.answered,
    },
  ]
}
