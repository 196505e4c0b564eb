import type { GateResult } from '../core/rig.ts'
import type { CheckStory } from '../core/shown/says.ts'
import type { Place } from './markdown.ts'
import { code, fence, lastPart, MAX_CHARS, plainTitle, plural, sentence } from './markdown.ts'

/** What a check run shows: GitHub's `output`. */
export interface CheckOutput {
  readonly title: string
  readonly summary: string
  readonly text: string
}

const TITLE_CHARS = 120

export function renderCheck(story: CheckStory, place: Place): CheckOutput {
  const failed = story.gates.filter(gate => !gate.ok)
  const why = story.why ? `${sentence(place, story.why)}\n\n` : ''
  return {
    title: titleOf(story, failed),
    summary: `${why}${gateTable(story.gates)}`.trim() || 'No gate has run yet.',
    text: outputs(failed, (place.maxChars ?? MAX_CHARS) - 1000),
  }
}

function titleOf(story: CheckStory, failed: readonly GateResult[]): string {
  if (story.status === 'queued') return 'Waits for its turn'
  if (story.status === 'in_progress') return 'Gates are running on the merged result'
  const [first] = failed
  if (first) {
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : ''
    return `${plainTitle(first.name, TITLE_CHARS - 30)}${more} failed`
  }
  if (story.conclusion === 'failure') return 'Cannot be merged'
  if (story.conclusion === 'neutral') return 'Could not be judged'
  const count = story.gates.length
  return count
    ? `${plural(count, 'gate')} green on the merged result`
    : 'Nothing to test: no gates are configured'
}

function gateTable(gates: readonly GateResult[]): string {
  if (gates.length === 0) return ''
  const rows = gates
    .slice(0, 50)
    .map(
      gate =>
        `| ${code(gate.name, 100)} | ${gate.ok ? '✅ green' : '❌ red'} | ${gate.seconds.toFixed(1)} s |`,
    )
  return ['| Gate | | Took |', '| --- | --- | --- |', ...rows].join('\n')
}

/** The end of each red gate's output, each with the same share of the room. */
function outputs(failed: readonly GateResult[], room: number): string {
  const share = Math.floor(room / Math.max(1, failed.length)) - 200
  return failed.map(gate => `**${code(gate.name, 80)}**\n\n${gateOutput(gate, share)}`).join('\n\n')
}

function gateOutput(gate: GateResult, share: number): string {
  if (!gate.tail.trim()) return 'It printed nothing.'
  return fence(lastPart(gate.tail, Math.max(0, share)), 'text')
}
