import type { BeadCard, Card, CardBead, CardLeg, Route } from '../../src/core/shown/says.ts'
import type { Place } from '../../src/text/markdown.ts'

/** Small worlds to be read: what a convoy, a bead and a leg look like, with only what a test cares about. */
export const here: Place = { repo: 'acme/app', appSlug: 'townhall' }

export function cardBead(number: number, fields: Partial<CardBead> = {}): CardBead {
  return {
    id: `${number}`,
    ref: `acme/app#${number}`,
    title: `Bead ${number}`,
    standing: 'waiting',
    priority: 2,
    wave: 1,
    polecat: null,
    tries: 0,
    pull: null,
    blockers: [],
    why: null,
    ...fields,
  }
}

export const leg: CardLeg = {
  repo: 'acme/app',
  target: 'convoy/importer/1f2e3d4c/head',
  base: 'main',
  mergeMode: 'review-then-land',
  landingPull: null,
  landing: 'auto',
  landed: false,
  why: null,
}

/** The figures of a plan as its beads have them, but for the critical path. */
function routeOf(beads: readonly CardBead[]): Route {
  const widths: number[] = []
  for (const { wave } of beads) if (wave !== null) widths[wave - 1] = (widths[wave - 1] ?? 0) + 1
  const most = Math.max(0, ...widths)
  return {
    waves: widths.length,
    widest: most > 0 ? { wave: widths.indexOf(most) + 1, beads: most } : null,
    criticalPath: [],
  }
}

export function cardOf(beads: readonly CardBead[], fields: Partial<Card> = {}): Card {
  return {
    convoyId: 'c10.1',
    ref: 'acme/app#10',
    title: 'CSV importer',
    status: 'open',
    paused: false,
    by: 'wes',
    landed: beads.filter(bead => bead.standing === 'landed').length,
    total: beads.length,
    beads,
    tree: beads.map(({ ref, title, standing }) => ({
      ref,
      title,
      standing,
      depth: 0,
      kind: 'task',
      under: null,
    })),
    route: routeOf(beads),
    publishing: null,
    forecast: null,
    board: null,
    legs: [leg],
    findings: [],
    why: null,
    startedAt: Date.UTC(2026, 4, 1, 10, 0),
    endedAt: null,
    ...fields,
  }
}

/** Nine beads in four waves, with one of every kind of trouble. */
export function nineBeads(): Card {
  return cardOf([
    cardBead(11, {
      title: 'Read the header line',
      standing: 'landed',
      wave: null,
      polecat: 'amber',
      pull: 21,
    }),
    cardBead(12, {
      title: 'Row type and its validation',
      standing: 'landed',
      wave: null,
      polecat: 'basil',
      pull: 22,
    }),
    cardBead(13, {
      title: 'Parse quoted cells',
      standing: 'in review',
      wave: 1,
      polecat: 'amber',
      pull: 23,
      blockers: ['11', '12'],
    }),
    cardBead(14, {
      title: 'Which date formats do we take?',
      standing: 'asking',
      wave: 1,
      polecat: 'cedar',
      blockers: ['12'],
      why: 'Day first or month first in 01/02/2026?',
    }),
    cardBead(15, {
      title: 'Report bad rows with their line',
      standing: 'working',
      wave: 1,
      polecat: 'dusty',
      tries: 1,
      blockers: ['12'],
    }),
    cardBead(16, {
      title: 'Stream files larger than memory',
      standing: 'failed',
      wave: null,
      polecat: 'ember',
      tries: 3,
      blockers: ['11'],
      why: 'The gate "test" failed three times: heap out of memory.',
    }),
    cardBead(17, { title: 'Command line `import`', wave: 2, blockers: ['13', '14', '15'] }),
    cardBead(18, {
      title: 'Progress bar for large files',
      standing: 'parked',
      wave: null,
      blockers: ['16', '11'],
    }),
    cardBead(19, { title: 'Guide: importing a file', wave: 3, blockers: ['17', '13', 'acme/docs#4'] }),
  ])
}

/** A hundred beads in eight waves, two fifths of them landed. */
export function hundredBeads(landed = 40): Card {
  const width = 13
  const beads = Array.from({ length: 100 }, (_, index) => {
    const before = index - width
    const blockers = before < 0 ? [] : [before, before - (before % width), before + 1 - (before % 2)]
    const done = index < landed
    const wave = Math.floor(index / width) + 1 - Math.floor(landed / width)
    return cardBead(200 + index, {
      title: `Move module ${index + 1} to the new store`,
      standing: done ? 'landed' : wave <= 1 ? 'working' : 'waiting',
      wave: done ? null : Math.max(1, wave),
      polecat: wave <= 1 ? 'kestrel' : null,
      pull: done ? 400 + index : null,
      blockers: [...new Set(blockers)].filter(at => at < index).map(at => `${200 + at}`),
    })
  })
  return cardOf(beads, { title: 'Move everything to the new store' })
}

export function beadCard(fields: Partial<BeadCard> = {}): BeadCard {
  return {
    beadId: '12',
    ref: 'acme/app#12',
    convoyRef: 'acme/app#10',
    standing: 'working',
    polecat: 'amber',
    priority: 2,
    editRefused: null,
    leaving: false,
    branch: 'convoy/importer/1f2e3d4c/gt/amber/0a1b2c3d',
    pull: null,
    tries: 0,
    maxTries: 3,
    feedback: null,
    question: null,
    answers: [],
    blockers: [],
    landedOn: null,
    why: null,
    ...fields,
  }
}
