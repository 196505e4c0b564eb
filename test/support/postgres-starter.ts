// A process that starts the embedded PostgreSQL in the folder it is given, says where, and waits to be killed.
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { quietLog } from './log.ts'

const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', log: quietLog, durable: false })
process.send?.(server.url())
