import type { OrderRun } from '../core/effects.ts'
import type { Fact } from '../core/events.ts'
import { renderPullTitle } from '../text/render.ts'
import type { Order, Report } from './protocol.ts'

interface OrderTerms {
  readonly rig: { readonly owner: string; readonly name: string }
  readonly token: string
  readonly agent: string
  readonly beatMs: number
  readonly silenceMs: number
}

/**
 * An order as the runner gets it. Texts that came from people are cut to what the protocol carries: an order that
 * the runner cannot read would be claimed and never done.
 */
export function orderFor(effect: OrderRun, terms: OrderTerms): Order {
  const { bead, feedback } = effect
  const { owner, name } = terms.rig
  return {
    run: effect.runId,
    kind: effect.kind,
    token: terms.token,
    rig: { id: effect.rigId, owner, name },
    polecat: effect.polecat,
    bead: bead && {
      number: bead.number,
      title: cut(bead.title, 1000),
      subject: renderPullTitle(bead.title),
      body: cut(bead.body, 300_000),
    },
    branch: effect.branch,
    headSha: effect.headSha,
    base: effect.base,
    attempt: effect.attempt,
    feedback: feedback && {
      kind: feedback.kind,
      text: cut(feedback.text, 20_000),
      files: feedback.files.slice(0, 1000).map(file => cut(file, 1000)),
    },
    answers: effect.answers.map(({ question, answer, by }) => ({
      question: cut(question, 10_000),
      answer: cut(answer, 20_000),
      by: cut(by, 100),
    })),
    checkpoint: effect.checkpoint,
    gates: effect.gates.map(({ name, run, timeoutMs }) => ({ name, run, timeoutMs })),
    agent: terms.agent,
    beatMs: terms.beatMs,
    silenceMs: terms.silenceMs,
  }
}

const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed()

/** What a report says, as a fact. */
export function factOf(runId: string, machine: string, said: Report): Fact {
  switch (said.report) {
    case 'started':
      return { type: 'RunStarted', runId, machine }
    case 'done':
      return { type: 'RunDone', runId, sha: said.sha, changed: said.changed }
    case 'failed':
      return { type: 'RunFailed', runId, why: said.why, log: said.log, sha: said.sha }
    case 'asked': {
      const { question, sha, checkpoint } = said
      return { type: 'RunAsked', runId, question, sha, checkpoint }
    }
    case 'released':
      return { type: 'RunReleased', runId, sha: said.sha }
    case 'gate': {
      const { outcome, baseSha, headSha, results, files, why } = said
      return { type: 'GateReported', runId, outcome, baseSha, headSha, results, files, why }
    }
  }
}
