import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Log, Refused, Unreachable } from '../ports.ts'
import { answer, Refusal } from './http.ts'
import { machineVisits } from './machine-visits.ts'
import { runVisits } from './run-visits.ts'
import type { RunnerDoor } from './runner-door.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Answers `/runner/*`: see protocol.ts. Anything else under it is 404. */
export function runnerDoor(door: RunnerDoor): Listener {
  const visits = { ...machineVisits(door), ...runVisits(door) }
  return async (request, response) => {
    try {
      const { visit, runId } = route(request)
      const body = await visits[visit](request, runId)
      if (body === undefined) answer(response, 204)
      else answer(response, 200, body)
    } catch (error) {
      refuse(door.log, request, response, error)
    }
  }
}

const RUN_PATH = /^\/runner\/runs\/([^/]+)\/(access|beat|report)$/

type Visit = 'register' | 'claim' | 'access' | 'beat' | 'report'

function route(request: IncomingMessage): { visit: Visit; runId: string } {
  const path = (request.url ?? '').split('?')[0] ?? ''
  const [, id, run] = RUN_PATH.exec(path) ?? []
  const machine = path === '/runner/register' ? 'register' : path === '/runner/claim' ? 'claim' : null
  const visit = (run as 'access' | 'beat' | 'report' | undefined) ?? machine
  if (!visit) throw new Refusal(404, `There is nothing at ${path.slice(0, 200)}.`)
  if (request.method !== 'POST') throw new Refusal(405, `${visit} is a POST.`)
  try {
    return { visit, runId: decodeURIComponent(id ?? '') }
  } catch {
    throw new Refusal(400, 'The id of the run is not well encoded.')
  }
}

function refuse(log: Log, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error)
  const [status, sentence] =
    error instanceof Refusal
      ? [error.status, why]
      : error instanceof Unreachable
        ? [503, why]
        : error instanceof Refused
          ? [403, why]
          : [500, 'Townhall could not do that now.']
  const fields = { path: request.url?.slice(0, 200), status, err: error }
  if (status >= 500) log.error(fields, 'A runner could not be answered')
  else if (status !== 410) log.warn(fields, 'A runner was refused')
  answer(response, status, { message: sentence })
}
