/** Everything that Townhall names: ids, slugs, branches, polecats. All derived, so naming twice names the same. */

/** 32-bit FNV-1a as eight hex digits: short, stable and spread well enough for names; nothing secret rests on it. */
export function id8(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    hash ^= byte
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** Lower case letters, digits and single dashes, at most 40, never empty, never ending in a dash (DESIGN §4). */
export function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 41)
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return slug || 'convoy'
}

/** An issue may have had convoys before; the time of staging tells them apart. */
export const convoyId = (issueId: string, stagedAt: number): string => `c${issueId}.${stagedAt.toString(36)}`
export const legId = (convoy: string, rigId: string): string => `${convoy}@${rigId}`
export const draftId = (convoy: string, nth: number): string => `${convoy}#${nth}`
export const gateId = (pullId: string, nth: number): string => `${pullId}.g${nth}`
export const landingPullId = (leg: string, nth: number): string => `${leg}.l${nth}`

/** A bead in its convoy: an issue may be worked on in a later convoy again, with runs and pulls of its own. */
interface InConvoy {
  readonly id: string
  readonly convoyId: string
}
const inConvoy = (bead: InConvoy): string => `b${bead.id}.${id8(bead.convoyId)}`
export const runId = (bead: InConvoy, nth: number): string => `${inConvoy(bead)}.r${nth}`
export const beadPullId = (bead: InConvoy, nth: number): string => `${inConvoy(bead)}.p${nth}`

/** The convoy's own branch. Bead branches are its siblings, because git cannot nest a branch under a branch. */
export function convoyBranch(title: string, convoy: string): string {
  return `convoy/${slugOf(title)}/${id8(convoy)}/head`
}

/** `target` is where the bead merges: beside a convoy's head, or on its own for a default branch. */
export function beadBranch(
  target: string,
  polecat: string,
  bead: InConvoy & { readonly runs: number },
): string {
  const own = `gt/${polecat}/${id8(runId(bead, bead.runs))}`
  return target.startsWith('convoy/') && target.endsWith('/head')
    ? `${target.slice(0, -'/head'.length)}/${own}`
    : own
}

/** A polecat's name is lasting: it keeps its record from bead to bead. */
export const POLECATS = [
  'amber',
  'basil',
  'cedar',
  'dusty',
  'ember',
  'fable',
  'ginger',
  'hazel',
  'indigo',
  'jasper',
  'kestrel',
  'larch',
  'maple',
  'nettle',
  'onyx',
  'pepper',
  'quartz',
  'rusty',
  'sable',
  'tansy',
  'umber',
  'violet',
  'willow',
  'yarrow',
  'zinnia',
  'birch',
  'clover',
  'drift',
  'flint',
  'heron',
  'juniper',
  'moss',
] as const
