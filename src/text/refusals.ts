import type { Refusal } from '../core/shown/says.ts'
import { findingLines } from './findings.ts'
import type { CommandHelp } from './help.ts'
import { clause, code, inline, inWords, type Place, plural, sentence } from './markdown.ts'

type Words<Kind extends Refusal['kind']> = (
  refusal: Extract<Refusal, { kind: Kind }>,
  place: Place,
  commands: readonly CommandHelp[],
) => string

/** Each says in one sentence what to do; findings are listed below it. */
const WORDS: { readonly [Kind in Refusal['kind']]: Words<Kind> } = {
  'unknown-command': ({ line, nearest }, _place, commands) => {
    const guess = nearest === null ? '' : ` Did you mean \`/${nearest}\`?`
    const known = commands.map(command => `\`/${command.name}\``)
    return `There is no command ${code(line, 120)}.${guess} These there are: ${inWords(known)}.`
  },
  'unknown-flag': ({ line, flag, known }) => {
    const flags = known.length ? `it knows ${inWords(known.map(one => `\`--${one}\``))}` : 'it knows none'
    return `${code(line, 120)} has a flag that is not known, ${code(`--${flag}`, 60)}: ${flags}.`
  },
  'bad-value': ({ line, flag, wants }) =>
    `In ${code(line, 120)}, ${code(`--${flag}`, 60)} wants ${unended(wants)}.`,
  'bad-argument': ({ line, wants }) => `${code(line, 120)} is not understood: it wants ${unended(wants)}.`,
  'not-allowed-there': ({ by, repos }) =>
    `This convoy reaches into ${inWords(repos.slice(0, 10).map(repo => inline(repo, 150)))}, where ${inline(by, 60)} may not write: ask somebody who may write in ${repos.length === 1 ? 'it' : 'all of them'} to comment.`,
  'not-allowed': ({ by, has, needs }) =>
    `This takes ${inline(needs, 40)} permission in this repository, and ${inline(by, 60)} has ${inline(has, 40)}: ask somebody who has it to comment.`,
  edited: () => 'Commands in an edited comment are not obeyed: please write it in a new one.',
  'tree-unreadable': ({ detail }, place) =>
    `The tree under this issue could not be read, so nothing was changed; try again when this is mended: ${clause(place, detail)}`,
  findings: ({ findings }, place) =>
    withFindings(
      `Nothing was changed, because of ${plural(findings.filter(finding => finding.severity === 'error').length, 'thing')} that must be mended first:`,
      place,
      findings,
    ),
  'needs-force': ({ findings }, place) =>
    withFindings(
      'Please look at these first; `/convoy start --force` goes on all the same:',
      place,
      findings,
    ),
  'no-convoy-here': () => 'There is no convoy on this issue: `/convoy stage` plans one from its sub-issues.',
  'no-bead-here': () =>
    'This issue is not a bead of a convoy: comment `/convoy stage` on the issue that it is a sub-issue of.',
  'not-now': ({ command, is, hint }, place) =>
    `${code(`/${command.replace(/^\//, '')}`)} does not fit now. ${sentence(place, is)} ${sentence(place, hint)}`,
}

export function renderRefusal(refusal: Refusal, place: Place, commands: readonly CommandHelp[]): string {
  // The compiler cannot join a member of the union to its own entry of the table; the key does.
  const words = WORDS[refusal.kind] as Words<Refusal['kind']>
  return words(refusal, place, commands)
}

function withFindings(
  head: string,
  place: Place,
  findings: Extract<Refusal, { kind: 'findings' }>['findings'],
): string {
  return `${head}\n\n${findingLines(place, findings).join('\n')}`
}

/** What belongs there, to stand at the end of a sentence of ours. */
const unended = (wants: string): string => inline(wants, 300).replace(/[.\s]+$/, '')
