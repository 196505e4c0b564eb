import type { Finding } from '../core/convoys/findings.ts'
import { clause, code, inline, inWords, type Place, ref, refs } from './markdown.ts'
import { chain } from './route.ts'

/** What is so, and what a person can do about it: a sentence each. */
interface Words {
  readonly is: string
  readonly fix: string
}
type Worder = (finding: Finding, place: Place) => Words

const CONFIG = '`.github/townhall.yml`'
const AGAIN = 'and comment `/convoy stage` again'

/** What `refs` and `detail` hold for each category: see `core/convoys/stage-findings.ts`. */
const WORDS: Readonly<Record<Finding['category'], Worder>> = {
  cycle: (finding, place) => circle(finding, place),
  empty: ({ detail }) => ({
    is: `There is nothing to do here: ${inline(detail)}.`,
    fix: `Add open sub-issues ${AGAIN}.`,
  }),
  'only-epics': (finding, place) => ({
    is: `Everything here is an epic (${refs(place, finding.refs)}), and an epic is never worked on itself.`,
    fix: `Give at least one of them an open sub-issue that is a piece of work ${AGAIN}.`,
  }),
  'no-rig': (finding, place) => ({
    is: `${all(finding, place)} ${are(finding.refs)} in ${inline(finding.detail)}, where Townhall is not installed.`,
    fix: `Install the App there, or take the issue out of this tree ${AGAIN}.`,
  }),
  'already-in-convoy': (finding, place) => ({
    is: `${all(finding, place)} belongs to the convoy ${ref(place, finding.detail)}.`,
    fix: `Close that convoy with \`/convoy close\` in ${ref(place, finding.detail)}, or take the issue out of this tree, ${AGAIN}.`,
  }),
  unreadable: (finding, place) => ({
    is: `${all(finding, place)} cannot be read, so nothing is known of what is there.`,
    fix: 'Let the App see that repository, or take the issue out of this tree.',
  }),
  'too-many': ({ detail }) => ({
    is: `This is more than one convoy takes: ${inline(detail)}.`,
    fix: `Split the epic into several ${AGAIN} on each.`,
  }),
  'blocked-outside': ({ refs: [bead = '', blocker = ''], detail }, place) => ({
    is: `${ref(place, bead)} waits for ${ref(place, blocker)}, which is not in this convoy${outsideState(detail)}.`,
    fix:
      detail === 'not_planned'
        ? `It stays parked: reopen ${ref(place, blocker)}, or comment \`/bead release\` in ${ref(place, bead)} to go on without it.`
        : `It will wait until ${ref(place, blocker)} is closed as completed; take the "blocked by" away to go on without it.`,
  }),
  'rig-archived': (finding, place) => ({
    is: `${inline(finding.detail)} is archived, so nothing can be pushed for ${all(finding, place)}.`,
    fix: `Unarchive it, or move its issues, ${AGAIN}.`,
  }),
  orphan: (finding, place) => ({
    is: `Nothing joins ${all(finding, place)} to the other beads.`,
    fix: 'That is fine when they depend on nothing; else set "blocked by" on GitHub.',
  }),
  'cross-rig': ({ detail }) => ({
    is: `This convoy works in several repositories: ${inline(detail, 400)}.`,
    fix: 'Each gets a branch and a landing of its own; they do not land in one moment.',
  }),
  'wide-wave': ({ detail }) => ({
    is: `A wave is wider than the polecats that may work at once: ${inline(detail)}.`,
    fix: `The rest of the wave waits for a free one; \`max_polecats\` in ${CONFIG} sets how many there are.`,
  }),
  'no-gate': ({ detail }) => ({
    is: `Nothing tests the work in ${inline(detail)} before it lands.`,
    fix: `Name a test command under \`gates:\` in ${CONFIG}.`,
  }),
  'bad-config': ({ detail }, place) => ({
    is: `${CONFIG} has a mistake, so its last good version holds, or the defaults: ${clause(place, detail, 800)}`,
    fix: 'Mend it in the default branch.',
  }),
  'rig-parked': (finding, place) => ({
    is: `${inline(finding.detail)} is parked, so ${all(finding, place)} ${are(finding.refs)} not begun.`,
    fix: `Take \`parked: true\` out of its ${CONFIG} to let it go on.`,
  }),
  gated: ({ refs: issues }, place) => {
    const [behind, decision] = [issues.slice(0, -1), ref(place, issues.at(-1) ?? '')]
    return {
      is: `${refs(place, behind) || 'An issue'} ${behind.length > 1 ? 'wait' : 'waits'} for the decision ${decision}, which is still open.`,
      fix: `Decide it and close ${decision} as completed.`,
    }
  },
  'no-right': (finding, place) => {
    const [, who = finding.detail, where = 'a repository'] = /^(\S+) (.+)$/.exec(finding.detail) ?? []
    return {
      is: `${inline(who, 60)} may not write in ${inline(where)}, where ${all(finding, place)} ${are(finding.refs)}.`,
      fix: `Ask somebody who may write there to stage it, or take the issue out ${AGAIN}.`,
    }
  },
  'has-parent': (finding, place) => ({
    is: `${all(finding, place)} is a sub-issue of ${ref(place, finding.detail)} already, and an issue has one parent.`,
    fix: `Stage ${ref(place, finding.detail)} instead, or take the issue out from under it and comment the command again.`,
  }),
  'not-a-bead': (finding, place) => ({
    is: `${all(finding, place)} does not fit here: ${clause(place, finding.detail)}`,
    fix: 'Comment the command again without it.',
  }),
  mixed: (finding, place) => ({
    is: `${all(finding, place)} cannot be staged from a list: ${clause(place, finding.detail)}`,
    fix: 'Comment `/convoy stage` in it, or name its sub-issues one by one.',
  }),
  'bad-index': ({ detail }, place) => ({
    is: `The plan does not add up: ${clause(place, detail)}`,
    fix: `Mend that line ${AGAIN}.`,
  }),
  overlap: (finding, place) => ({
    is: `${all(finding, place)} may work at once and speak of the same files: ${files(finding.detail)}.`,
    fix: 'When they change the same lines, let one wait for the other with "blocked by" on GitHub.',
  }),
  'not-joined': (finding, place) => ({
    is: `${all(finding, place)} came under this convoy after the start and does not join, because the convoy does not work in ${inline(finding.detail)}.`,
    fix: 'Take it out of this tree and stage it in a convoy of its own.',
  }),
  'edit-refused': (finding, place) => ({
    is: `The text of ${all(finding, place)} was last written by ${inline(finding.detail, 60)}, who has no write permission, so no polecat reads it.`,
    fix: `An edit by somebody with write permission is followed; \`/bead release\` in ${all(finding, place)} lets it go on as it is when it is held.`,
  }),
}

/** Of issues, each with its link; of a plan that is not on GitHub yet, as its author wrote it. */
function circle({ refs, detail }: Finding, place: Place): Words {
  if (refs.length === 0) {
    const fix = `Take away one "after" of the circle ${AGAIN}.`
    return { is: `These wait for each other: ${clause(place, detail, 800)}`, fix }
  }
  const fix =
    'Take away one "blocked by" of the circle; what is under way goes on without it, what is to be staged needs `/convoy stage` again.'
  return { is: `These wait for each other: ${chain(place, refs)}.`, fix }
}

/** File names are words of others: as code, each on its own. */
function files(detail: string): string {
  const names = detail.split(/,\s*/).filter(Boolean)
  const shown = names.slice(0, SHOW_FILES).map(name => code(name, 120))
  const rest = names.length - shown.length
  return inWords(rest > 0 ? [...shown, `${rest} more`] : shown)
}
const SHOW_FILES = 5

function all(finding: Finding, place: Place): string {
  return finding.refs.length ? refs(place, finding.refs) : 'An issue'
}

const are = (refs: readonly string[]): string => (refs.length > 1 ? 'are' : 'is')

function outsideState(detail: string): string {
  if (detail === 'unseen') return ' and cannot be read'
  return detail === 'not_planned' ? ' and was closed as not planned' : ''
}

const SIGNS: Readonly<Record<Finding['severity'], string>> = { error: '⛔', warning: '⚠️', advice: '💡' }
const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'advice']

/** One list item per finding, the worst first. */
export function findingLines(place: Place, findings: readonly Finding[]): string[] {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  return sorted.map(finding => {
    const { is, fix } = WORDS[finding.category](finding, place)
    return `- ${SIGNS[finding.severity]} ${is} ${fix}`
  })
}
