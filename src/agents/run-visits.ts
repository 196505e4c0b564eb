import type { IncomingMessage } from 'node:http'
import { Beats } from './beats.ts'
import { bearer, Refusal, readMessage } from './http.ts'
import { keep } from './news.ts'
import { factOf } from './orders.ts'
import { type Access, Beat, Report } from './protocol.ts'
import type { RunnerDoor } from './runner-door.ts'
import { type RunPass, tokensFrom } from './tokens.ts'

/** What a run comes to the door for. */
export function runVisits(door: RunnerDoor) {
  const { store, github, clock, pace } = door
  const beats = new Beats(Math.ceil(pace.leaseMs / 4))
  const tokens = tokensFrom(door.secret)

  const pass = (request: IncomingMessage, runId: string): RunPass => {
    const read = tokens.runPass(bearer(request))
    if (!read || read.runId !== runId) throw new Refusal(401, 'This token is not for this run.')
    return read
  }

  const access = async (request: IncomingMessage, runId: string): Promise<Access> => {
    const run = pass(request, runId)
    await wantLive(door, run)
    const { cloneUrl, token, expiresAt } = await github.gitAccess(run.townId, run.rigId)
    return { cloneUrl, gitToken: token, expiresAt }
  }

  const beat = async (request: IncomingMessage, runId: string): Promise<undefined> => {
    const run = pass(request, runId)
    await readMessage(request, Beat)
    await wantLive(door, run)
    const key = `${run.townId} ${runId}`
    if (!beats.isDue(key, clock.now())) return
    await keep(door, run.townId, { type: 'RunBeat', runId }, null)
    beats.kept(key, clock.now())
  }

  const report = async (request: IncomingMessage, runId: string): Promise<undefined> => {
    const run = pass(request, runId)
    const fact = factOf(runId, run.machine, await readMessage(request, Report))
    const dedupe = `run:${runId}:${fact.type}`
    // It may have ended the run itself when it came the first time.
    if (await store.directory.isKnown(run.townId, dedupe)) return
    await wantLive(door, run)
    await keep(door, run.townId, fact, dedupe)
  }
  return { access, beat, report }
}

async function wantLive({ store }: RunnerDoor, { townId, runId }: RunPass): Promise<void> {
  if (!(await store.isLive(townId, runId))) throw new Refusal(410, 'Nobody waits for this run any more.')
}
