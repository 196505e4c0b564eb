import type { Finding } from '../core/convoys/findings.ts'
import { inline, type Place, ref, refs, sentence } from './markdown.ts'

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
  cycle: ({ refs }, place) => ({
    is: `These wait for each other: ${refs.map(one => ref(place, one)).join(' → ')}.`,
    fix: `Take away one "blocked by" of the circle ${AGAIN}.`,
  }),
  empty: ({ detail }) => ({
    is: `There is nothing to do here: ${inline(detail)}.`,
    fix: `Add open sub-issues ${AGAIN}.`,
  }),
  'only-epics': (finding, place) => ({
    is: `Everything here is an epic (${refs(place, finding.refs)}), and an epic is never worked on itself.`,
    fix: `Give at least one of them an open sub-issue that is a piece of work ${AGAIN}.`,
  }),
  'no-rig': (finding, place) => ({
    is: `${all(finding, place)} is in ${inline(finding.detail)}, where Townhall is not installed.`,
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
    is: `${CONFIG} has a mistake, so its last good version holds, or the defaults: ${sentence(place, detail, 800)}`,
    fix: 'Mend it in the default branch.',
  }),
}

function all(finding: Finding, place: Place): string {
  return finding.refs.length ? refs(place, finding.refs) : 'An issue'
}

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
