// A process that takes a look which never ends, says so, and waits to be killed.
import { openQueue } from '../../src/queue/queue.ts'
import { quietLog } from './log.ts'

const queue = await openQueue({ ...JSON.parse(process.argv[2] ?? '{}'), log: quietLog })
await queue.work('town', 1, id => {
  process.send?.(id)
  return new Promise(() => {})
})
