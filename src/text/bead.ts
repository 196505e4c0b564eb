import type { BeadCard, Standing } from '../core/shown/says.ts'
import { type Answer, type Feedback, PRIORITY } from '../core/town.ts'
import {
  capital,
  code,
  fence,
  inline,
  lastPart,
  type Place,
  plural,
  pullRef,
  quote,
  ref,
  refs,
  sentence,
} from './markdown.ts'
import { isFinished, LOOKS } from './standings.ts'

type Words = (bead: BeadCard, place: Place) => string

/** What a standing means for the reader of this bead, in a sentence. */
const WORDS: Readonly<Record<Standing, Words>> = {
  planned: () => 'It begins when the convoy is started.',
  waiting: (bead, place) => `It waits for ${refs(place, bead.blockers) || 'its turn'}.`,
  ready: () => 'It is next when a polecat is free.',
  working: bead => `${who(bead)} is at work on it.`,
  asking: bead => `${who(bead)} asks something and goes on when it is answered.`,
  'in review': (bead, place) => `It is tested and merged by the refinery${pullOf(bead, place)}.`,
  deciding: () =>
    'A person decides this. Close it as completed when it is decided; what waits for it goes on then.',
  landed: (bead, place) =>
    `It is on ${bead.landedOn ? code(bead.landedOn, 150) : 'its branch'}${pullOf(bead, place)}.`,
  done: () => 'It is finished without a change of code.',
  skipped: () => 'It is skipped: what waits for it goes on without it.',
  cancelled: () => 'It is not going to be done.',
  failed: () => 'Its tries are spent. Comment `/bead retry` when the cause is mended.',
  held: bead =>
    bead.editRefused === null
      ? 'A person holds it. Comment `/bead release` to let it go on.'
      : 'It is held until somebody with write permission has looked at it.',
  parked: (bead, place) =>
    `What it waits for will not land${bead.blockers.length ? ` (${refs(place, bead.blockers)})` : ''}. Mend that, or comment \`/bead release\` to go on without it.`,
}

/** A bead's one status comment. */
export function renderBead(bead: BeadCard, place: Place): string {
  const { sign } = LOOKS[bead.standing]
  const why = bead.why ? ` ${sentence(place, bead.why)}` : ''
  const parts = [
    `${sign} **${capital(bead.standing)}** · ${facts(bead, place).join(' · ')}`,
    `${WORDS[bead.standing](bead, place)}${why}`,
    leavingPart(bead),
    editPart(bead),
    questionPart(bead),
    feedbackPart(bead),
    answersPart(bead.answers),
    `<sub>Comment here: ${[...COMMANDS[bead.standing], '/why', '/help'].map(one => `\`${one}\``).join(' · ')}.</sub>`,
  ]
  return parts.filter(Boolean).join('\n\n')
}

const GOES_ON = ['/bead hold', '/bead priority 0', '/bead cancel'] as const

/** What fits a bead that stands so; `/help` has all of them. */
const COMMANDS: Readonly<Record<Standing, readonly string[]>> = {
  planned: GOES_ON,
  waiting: GOES_ON,
  ready: GOES_ON,
  working: ['/bead hold', '/bead cancel'],
  asking: ['/bead hold', '/bead cancel'],
  'in review': ['/bead hold', '/bead cancel'],
  deciding: ['/bead skip'],
  landed: [],
  done: [],
  skipped: [],
  cancelled: ['/bead skip'],
  failed: ['/bead retry', '/bead skip', '/bead cancel'],
  held: ['/bead release', '/bead skip', '/bead cancel'],
  parked: ['/bead release', '/bead skip', '/bead cancel'],
}

function facts(bead: BeadCard, place: Place): string[] {
  return [
    `convoy ${ref(place, bead.convoyRef)}`,
    bead.priority === PRIORITY ? '' : `priority ${bead.priority}`,
    bead.polecat ? `polecat ${inline(bead.polecat, 40)}` : '',
    bead.tries > 0 ? `${bead.tries} of ${plural(bead.maxTries, 'try', 'tries')} spent` : '',
    bead.branch ? code(bead.branch, 150) : '',
    bead.pull === null ? '' : `pull request ${pullRef(place, bead.ref, bead.pull)}`,
  ].filter(Boolean)
}

const who = (bead: BeadCard): string => (bead.polecat ? `Polecat ${inline(bead.polecat, 40)}` : 'A polecat')

const pullOf = (bead: BeadCard, place: Place): string =>
  bead.pull === null ? '' : ` (${pullRef(place, bead.ref, bead.pull)})`

function leavingPart(bead: BeadCard): string {
  return bead.leaving
    ? '🚪 It has been taken out of the convoy: what is begun is finished, and no further try is made.'
    : ''
}

/** Text by people without write permission reaches no agent. */
function editPart({ editRefused, standing }: BeadCard): string {
  if (editRefused === null || isFinished(standing)) return ''
  const held = standing === 'held' ? ' Comment `/bead release` to let it go on as it is.' : ''
  return `⚠️ The text of this issue was last written by ${inline(editRefused, 60)}, who has no write permission, so no polecat reads it. An edit by somebody with write permission is followed.${held}`
}

function questionPart(bead: BeadCard): string {
  if (bead.standing !== 'asking' || bead.question === null) return ''
  return `${quote(bead.question, 3000)}\n\n**Anybody with write access answers by commenting here.**`
}

/** What went wrong last, while it still matters. */
function feedbackPart(bead: BeadCard): string {
  const feedback = bead.feedback
  if (!feedback || feedback.kind === 'answer' || bead.standing === 'landed' || bead.standing === 'done')
    return ''
  return `<details open><summary>${FEEDBACK[feedback.kind]}</summary>\n\n${feedbackText(feedback)}\n\n</details>`
}

const FEEDBACK: Readonly<Record<Exclude<Feedback['kind'], 'answer'>, string>> = {
  gate: 'A gate failed: the end of its output',
  conflict: 'It conflicts with what has landed meanwhile',
  failed: 'The last try failed',
}

const SHOW_FILES = 20

function feedbackText(feedback: Feedback): string {
  const files = feedback.files.slice(0, SHOW_FILES).map(file => `- ${code(file, 200)}`)
  const rest = feedback.files.length - files.length
  const list = rest > 0 ? [...files, `- … and ${rest} more`] : files
  const text = feedback.text.trim() ? fence(lastPart(feedback.text, 6000), 'text') : ''
  return [list.join('\n'), text].filter(Boolean).join('\n\n')
}

const SHOW_ANSWERS = 3

function answersPart(answers: readonly Answer[]): string {
  return answers
    .slice(-SHOW_ANSWERS)
    .map(
      ({ question, answer, by }) =>
        `${quote(question, 600)}\n\n${inline(by, 60)} answered:\n\n${quote(answer, 1200)}`,
    )
    .join('\n\n')
}
