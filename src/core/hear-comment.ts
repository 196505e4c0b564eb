import type { Command } from './commands/command.ts'
import { mayGive, specOf } from './commands/registry.ts'
import type { CommandSpec } from './commands/spec.ts'
import type { Deliberation } from './decision.ts'
import type { Effect } from './effects.ts'
import type { CommentSeen } from './events.ts'
import { maySteer } from './permission.ts'
import type { Say } from './shown/says.ts'

/** A person said something: commands are obeyed or refused in one sentence; anything else may answer a question. */
export function hearComment(d: Deliberation, comment: CommentSeen): void {
  if (comment.commands.length === 0) return hearAnswer(d, comment)
  const { rigId, commentId, number } = comment
  d.conclude(`${comment.by} gave a command`, [], [{ do: 'React', rigId, commentId, content: 'eyes' }])
  const says = comment.edited
    ? [refuse({ kind: 'edited' })]
    : comment.commands.map(command => obey(d, comment, command))
  const refused = says.some(say => say.say === 'refused')
  const effects: Effect[] = [
    { do: 'React', rigId, commentId, content: refused ? 'confused' : 'rocket' },
    { do: 'Reply', rigId, number, commentId, says },
  ]
  d.conclude('every command is answered where it was given', [], effects)
}

const refuse = (refusal: Extract<Say, { say: 'refused' }>['refusal']): Say => ({ say: 'refused', refusal })

function obey(d: Deliberation, comment: CommentSeen, command: Command): Say {
  const spec = specOf(command)
  if (!spec) return refuse({ kind: 'unknown-command', line: command.line, nearest: command.nearest })
  if (!mayGive(spec, comment.permission)) {
    return refuse({ kind: 'not-allowed', by: comment.by, has: comment.permission, needs: spec.permission })
  }
  const flag = unknownFlag(spec, command)
  const known = [...spec.flags, ...(spec.options ?? [])]
  if (flag) return refuse({ kind: 'unknown-flag', line: command.line, flag, known })
  const [empty] = Object.entries(command.options).find(([, value]) => value === '') ?? []
  if (empty) return refuse({ kind: 'bad-value', line: command.line, flag: empty, wants: 'a value' })
  return spec.run(d, { comment, command })
}

function unknownFlag(spec: CommandSpec, command: Command): string | undefined {
  return (
    command.flags.find(flag => !spec.flags.includes(flag)) ??
    Object.keys(command.options).find(option => !spec.options?.includes(option))
  )
}

/** The next words of someone with write access in the thread of an open question are its answer. */
function hearAnswer(d: Deliberation, comment: CommentSeen): void {
  const bead = d.town.beads.get(comment.issueId)
  if (!bead?.question || comment.edited || !maySteer(comment.permission) || comment.body.trim() === '') return
  const { rigId, commentId } = comment
  d.conclude(
    `${comment.by} answered the question`,
    [
      {
        type: 'BeadAnswered',
        beadId: bead.id,
        answer: { question: bead.question.text, answer: comment.body, by: comment.by },
      },
    ],
    [{ do: 'React', rigId, commentId, content: '+1' }],
  )
}
