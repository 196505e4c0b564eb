import { z } from 'zod'

/**
 * What a runner and Townhall say to each other, over HTTP with JSON. The runner dials out; it has no open port.
 * Every message is parsed here on both sides; one that does not parse is refused with a sentence and changes nothing.
 *
 *   POST /runner/register   Bearer <one-time token>   Register → Registered
 *   POST /runner/claim      Bearer <machine token>    Claim    → Claimed
 *   POST /runner/runs/:id/access  Bearer <run token>  {}       → Access; 503 when GitHub cannot be asked now
 *   POST /runner/runs/:id/beat    Bearer <run token>  Beat     → 204
 *   POST /runner/runs/:id/report  Bearer <run token>  Report   → 204 (repeated: 204 as well)
 *
 * Of a run that nobody waits for any more, the last three answer 410: the runner ends its agent, pushes nothing and
 * reports nothing. 5xx says nothing about the message, which is sent again later.
 */

const text = (max: number) => z.string().max(max)
const sha = z.string().regex(/^[0-9a-f]{40}$/)

export const Register = z.object({
  host: text(200),
  pid: z.number().int(),
  /** Agents that this machine can seat. */
  agents: z.array(text(40)).max(20),
})
export const Registered = z.object({
  machine: text(80),
  /** For `claim`; good for this machine and town only. */
  token: text(200),
  /** How often to ask for orders. */
  pollMs: z.number().int().positive(),
  /** No order and no run for so long: the runner ends, an idle town costs nothing. */
  idleMs: z.number().int().positive(),
})

export const Claim = z.object({ free: z.number().int().min(0).max(64) })

export const Rig = z.object({ id: text(40), owner: text(100), name: text(100) })

/**
 * How a run reaches its repository. Not part of the order, so that GitHub's silence never costs an order, and a
 * long run gets a fresh token before it pushes. `gitToken` may only touch this repository; agents never see it.
 */
export const Access = z.object({
  cloneUrl: text(500),
  gitToken: text(2000),
  /** Milliseconds since the epoch. */
  expiresAt: z.number(),
})

const GateOrder = z.object({ name: text(100), run: text(10_000), timeoutMs: z.number().int().positive() })
export const Order = z.object({
  run: text(120),
  kind: z.enum(['work', 'rework', 'conflict', 'gate']),
  /** For `beat` and `report` of this run only. */
  token: text(200),
  rig: Rig,
  polecat: text(40).nullable(),
  /** `subject`: the title as it may stand in a commit, where GitHub acts on mentions and on "fixes #1". */
  bead: z
    .object({ number: z.number().int(), title: text(1000), subject: text(300), body: text(300_000) })
    .nullable(),
  branch: text(250),
  headSha: sha.nullable(),
  base: text(250),
  attempt: z.number().int().positive(),
  feedback: z
    .object({
      kind: z.enum(['gate', 'conflict', 'failed', 'answer']),
      text: text(20_000),
      files: z.array(text(1000)),
    })
    .nullable(),
  answers: z.array(z.object({ question: text(10_000), answer: text(20_000), by: text(100) })),
  checkpoint: text(4000).nullable(),
  gates: z.array(GateOrder).max(50),
  agent: text(40),
  /** Beat at least this often, or the run is given to somebody else. */
  beatMs: z.number().int().positive(),
  /** An agent that says nothing for so long is stopped. */
  silenceMs: z.number().int().positive(),
})
export type Order = z.infer<typeof Order>
export const Claimed = z.object({ orders: z.array(Order) })

export const Beat = z.object({ phase: z.enum(['cloning', 'working', 'pushing', 'testing']) })

const GateResult = z.object({
  name: text(100),
  ok: z.boolean(),
  seconds: z.number().nonnegative(),
  tail: text(4000),
})
export const Report = z.discriminatedUnion('report', [
  z.object({ report: z.literal('started') }),
  /** The branch is on the remote at `sha`. `changed`: its tree differs from the base's. */
  z.object({ report: z.literal('done'), sha, changed: z.boolean() }),
  z.object({ report: z.literal('failed'), why: text(1000), log: text(4000), sha: sha.nullable() }),
  z.object({
    report: z.literal('asked'),
    question: text(10_000),
    sha: sha.nullable(),
    checkpoint: text(4000).nullable(),
  }),
  /** The machine has to stop. What was made is pushed, and the branch is on the remote at `sha`. */
  z.object({ report: z.literal('released'), sha: sha.nullable() }),
  z.object({
    report: z.literal('gate'),
    outcome: z.enum(['green', 'red', 'conflict', 'empty', 'unable']),
    baseSha: sha.nullable(),
    headSha: sha.nullable(),
    results: z.array(GateResult).max(50),
    files: z.array(text(1000)).max(200),
    why: text(1000).nullable(),
  }),
])
export type Report = z.infer<typeof Report>

/** The report of a run that could not even be tried, with the reason for people. */
export function couldNot(kind: Order['kind'], why: string): Report {
  if (kind !== 'gate') return { report: 'failed', why, log: '', sha: null }
  const nothing = { baseSha: null, headSha: null, results: [], files: [] }
  return { report: 'gate', outcome: 'unable', ...nothing, why }
}

/**
 * What the runner hands to the scripted agent: one line of JSON on standard input, which stays open. When it ends,
 * the runner is gone, and the agent goes too.
 */
export const Job = z.object({
  kind: z.enum(['work', 'rework', 'conflict']),
  bead: z.object({ number: z.number(), title: z.string(), body: z.string() }),
  attempt: z.number(),
  feedback: Order.shape.feedback,
  answers: Order.shape.answers,
  checkpoint: z.string().nullable(),
  /** The commit of the base that the work is compared with; during a conflict, the one that is merged in. */
  baseSha: sha,
  /** Files left with conflicts for the agent to settle. */
  conflicts: z.array(z.string()),
})
/** What the scripted agent says on standard output, a JSON document per line. The last one but `life` ends its try. */
export const Said = z.discriminatedUnion('say', [
  z.object({ say: z.literal('life'), doing: z.string() }),
  z.object({ say: z.literal('done') }),
  z.object({ say: z.literal('failed'), why: z.string() }),
  z.object({ say: z.literal('asked'), question: z.string(), checkpoint: text(4000).nullable() }),
])
export type Job = z.infer<typeof Job>
export type Said = z.infer<typeof Said>
export type Access = z.infer<typeof Access>
export type Claim = z.infer<typeof Claim>
export type Register = z.infer<typeof Register>
export type Registered = z.infer<typeof Registered>
export type Claimed = z.infer<typeof Claimed>
export type Beat = z.infer<typeof Beat>
