import { describe, expect, it } from 'vitest'
import { kinds, sha, tree, World } from './world.ts'

describe('staging', () => {
  it('plans waves from blocked-by links and starts nothing', () => {
    const world = new World()
    const [reply] = world.comment('/convoy stage', {
      tree: tree({ 2: {}, 3: { after: [2] }, 4: { after: [2] }, 5: { after: [3, 4] } }),
    })
    expect(reply).toMatchObject({
      say: 'done',
      what: { kind: 'staged', beads: 4, waves: 3, status: 'staged_ready', started: false },
    })
    expect(world.working).toEqual([])
    expect(world.convoy.status).toBe('staged_ready')
  })

  it('names every cycle with its path and writes nothing', () => {
    const world = new World()
    const [reply] = world.comment('/convoy stage', {
      tree: tree({ 2: { after: [3] }, 3: { after: [2] }, 4: { after: [5] }, 5: { after: [4] }, 6: {} }),
    })
    expect(reply).toMatchObject({ say: 'refused', refusal: { kind: 'findings' } })
    const cycles = reply?.say === 'refused' && reply.refusal.kind === 'findings' ? reply.refusal.findings : []
    expect(cycles.map(finding => finding.detail)).toEqual([
      'acme/web#2 → acme/web#3 → acme/web#2',
      'acme/web#4 → acme/web#5 → acme/web#4',
    ])
    expect(world.town.convoys.size).toBe(0)
    expect(world.town.beads.size).toBe(0)
  })

  it('refuses an empty epic, an epic of epics only, and a repository that is not of the town', () => {
    const refusal = (sketch: Parameters<typeof tree>[0]): unknown => {
      const [reply] = new World().comment('/convoy stage', { tree: tree(sketch) })
      return reply?.say === 'refused' && reply.refusal.kind === 'findings'
        ? reply.refusal.findings[0]?.category
        : reply
    }
    expect(refusal({})).toBe('empty')
    expect(refusal({ 2: { epic: true }, 3: { epic: true, under: 2 } })).toBe('only-epics')
    expect(refusal({ 2: { rig: '12345' } })).toBe('no-rig')
    expect(refusal({ 2: { closed: 'completed' } })).toBe('empty')
  })

  it('warns of a blocker outside the convoy, and start then needs --force', () => {
    const world = new World()
    const seen = tree({ 2: { outside: [{ id: '9999', ref: 'acme/web#99', state: 'open' }] }, 3: {} })
    world.comment('/convoy stage', { tree: seen })
    expect(world.convoy.status).toBe('staged_warnings')
    const [refused] = world.comment('/convoy start', { tree: seen })
    expect(refused).toMatchObject({ say: 'refused', refusal: { kind: 'needs-force' } })
    world.comment('/convoy start --force', { tree: seen })
    world.branches()
    expect(world.working).toEqual([3])
    expect(world.standing(2)).toBe('waiting')
  })

  it('stages again into the same convoy', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree({ 2: {} }) })
    const { id } = world.convoy
    const [reply] = world.comment('/convoy stage', { tree: tree({ 2: {}, 3: { after: [2] } }) })
    expect(reply).toMatchObject({ what: { restaged: true, beads: 2 } })
    expect(world.convoy.id).toBe(id)
  })

  it('follows edits on GitHub while it is staged', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree({ 2: {} }) })
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 2: {}, 3: {} }) })
    expect(world.standing(3)).toBe('planned')
  })
})

describe('starting', () => {
  it('asks for the branch first and dispatches the whole first wave when it is there', () => {
    const world = new World()
    const seen = tree({ 2: {}, 3: {}, 4: { after: [2] } })
    world.comment('/convoy stage', { tree: seen })
    world.comment('/convoy start', { tree: seen })
    expect(world.working).toEqual([])
    expect(kinds(world.effects)).toContain('EnsureBranch')
    world.branches()
    expect(world.working).toEqual([2, 3])
  })

  it('skips a bead that was closed meanwhile', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: tree({ 2: {}, 3: { after: [2] } }) })
    world.comment('/convoy start', { tree: tree({ 2: { closed: 'completed' }, 3: { after: [2] } }) })
    world.branches()
    expect(world.standing(2)).toBe('done')
    expect(world.working).toEqual([3])
  })

  it('two starts at once: one wins', () => {
    const world = new World()
    const seen = tree({ 2: {} })
    world.comment('/convoy stage', { tree: seen })
    expect(world.comment('/convoy start', { tree: seen })[0]).toMatchObject({ say: 'done' })
    expect(world.comment('/convoy start', { tree: seen })[0]).toMatchObject({
      say: 'refused',
      refusal: { kind: 'not-now' },
    })
  })

  it('a reader and someone of triage are refused and nothing happens', () => {
    const world = new World()
    for (const permission of ['none', 'read', 'triage'] as const) {
      const [reply] = world.comment('/convoy stage', { tree: tree({ 2: {} }), permission })
      expect(reply).toMatchObject({ say: 'refused', refusal: { kind: 'not-allowed' } })
    }
    expect(world.town.convoys.size).toBe(0)
  })

  it('obeys nothing in an edited comment', () => {
    const world = new World()
    const [reply] = world.comment('/convoy stage', { tree: tree({ 2: {} }), edited: true })
    expect(reply).toMatchObject({ say: 'refused', refusal: { kind: 'edited' } })
    expect(world.town.convoys.size).toBe(0)
  })

  it('never seats more polecats than the rig allows', () => {
    const world = new World({ maxPolecats: 2 })
    world.start({ 2: {}, 3: {}, 4: {}, 5: {} })
    expect(world.working).toEqual([2, 3])
    world.fail(2)
    expect(world.working).toEqual([3, 4])
  })
})

describe('a bead that lands', () => {
  it('releases everything that waited only for it, in the same step', () => {
    const world = new World({ maxPolecats: 10 })
    world.start({ 2: {}, 3: { after: [2] }, 4: { after: [2] }, 5: { after: [3, 4] } })
    expect(world.working).toEqual([2])
    const effects = world.land(2)
    expect(world.standing(2)).toBe('landed')
    expect(world.working).toEqual([3, 4])
    expect(kinds(effects).filter(kind => kind === 'OrderRun')).toHaveLength(2)
  })

  it('a blocker that is merely in review releases nobody', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    world.done(2)
    world.opened(world.pull(2))
    world.gate(world.pull(2), 'green')
    expect(world.standing(2)).toBe('in review')
    expect(world.working).toEqual([])
  })

  it('an epic that blocks an epic holds back everything under it until all of the first has landed', () => {
    const world = new World()
    world.start({
      2: { epic: true },
      3: { under: 2 },
      4: { under: 2 },
      5: { epic: true, after: [2] },
      6: { under: 5 },
    })
    expect(world.working).toEqual([3, 4])
    world.land(3)
    expect(world.standing(6)).toBe('waiting')
    world.land(4)
    expect(world.standing(2)).toBe('done')
    expect(world.working).toEqual([6])
  })

  it('the last one makes the convoy land, in one pull request that is tested like any other', () => {
    const world = new World()
    world.start({ 2: {} })
    world.land(2)
    expect(world.convoy.status).toBe('landing')
    expect(world.landing).toMatchObject({
      base: 'main',
      head: world.convoy.id && expect.stringMatching(/^convoy\/the-epic\/[0-9a-f]{8}\/head$/),
    })
    world.opened(world.landing)
    world.gate(world.landing, 'green')
    expect(world.convoy.status).toBe('landing')
    const effects = world.merged(world.landing)
    expect(world.convoy.status).toBe('landed')
    expect(effects.find(effect => effect.do === 'ShowIssue' && effect.what === 'convoy')).toMatchObject({
      close: 'completed',
    })
  })

  it('goes straight to main in review-and-merge', () => {
    const world = new World({ mergeMode: 'review-and-merge' })
    world.start({ 2: {} })
    world.land(2)
    expect(world.pull(2).base).toBe('main')
    expect(world.convoy.status).toBe('landed')
  })
})

describe('a bead that fails', () => {
  it('is tried again with backoff and then waits for a person', () => {
    const world = new World({ tries: 2 })
    world.start({ 2: {}, 3: { after: [2] } })
    world.fail(2, 'npm is not there')
    expect(world.working).toEqual([])
    world.later(world.town.pace.backoffMs)
    expect(world.working).toEqual([2])
    world.fail(2, 'npm is still not there')
    expect(world.bead(2)).toMatchObject({
      status: 'failed',
      why: '2 tries failed; the last: npm is still not there',
    })
  })

  it('parks its dependents: a failed blocker never unblocks', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: { after: [2] }, 4: { after: [3] } })
    world.fail(2)
    world.later(24 * 3_600_000)
    expect([world.standing(2), world.standing(3), world.standing(4)]).toEqual(['failed', 'parked', 'waiting'])
    expect(world.convoy.status).toBe('open')
  })

  it('begins again with /bead retry', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {} })
    world.fail(2)
    const [reply] = world.comment('/bead retry', { on: 2 })
    expect(reply).toMatchObject({ what: { kind: 'retried', ref: 'acme/web#2' } })
    expect(world.working).toEqual([2])
  })

  it('/bead release on what is parked goes on without it', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: { after: [2] } })
    world.fail(2)
    world.comment('/bead release', { on: 3 })
    expect(world.working).toEqual([3])
  })

  it('reporting done without a change is a failed try', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {} })
    world.given({ type: 'RunDone', runId: world.run(2).id, sha: sha(2), changed: false })
    expect(world.bead(2).why).toContain('nothing had changed')
  })

  it('a silent run is lost when its lease ends, and a late report of it changes nothing', () => {
    const world = new World()
    world.start({ 2: {} })
    const lost = world.run(2)
    world.later(world.town.pace.leaseMs)
    expect(world.town.runs.get(lost.id)?.state).toBe('lost')
    world.later(world.town.pace.backoffMs)
    const again = world.run(2)
    world.given({ type: 'RunDone', runId: lost.id, sha: sha(2), changed: true })
    expect(world.run(2).id).toBe(again.id)
    expect(world.town.pulls.size).toBe(0)
  })

  it('a machine that stops gives its work back at once, and no try is counted', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {} })
    for (let stops = 1; stops <= 10; stops++) {
      const run = world.run(2)
      const effects = world.given({ type: 'RunReleased', runId: run.id, sha: sha(20 + stops) })
      expect(world.town.runs.get(run.id)).toMatchObject({ state: 'lost', why: 'its machine stopped' })
      expect(world.run(2).number).toBe(stops + 1)
      expect(kinds(effects)).toContain('WakeMachine')
      expect(effects.find(effect => effect.do === 'OrderRun')).toMatchObject({
        runId: world.run(2).id,
        headSha: sha(20 + stops),
        attempt: 1,
      })
    }
    expect(world.bead(2)).toMatchObject({ status: 'in_progress', tries: 0, setbacks: 0 })
  })

  it('given back by a machine that stops, it keeps what the next one has to know', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    world.gate(world.pull(2), 'red')
    world.later(world.town.pace.backoffMs)
    const { feedback, tries } = world.bead(2)
    const effects = world.given({ type: 'RunReleased', runId: world.run(2).id, sha: null })
    expect(effects.find(effect => effect.do === 'OrderRun')).toMatchObject({
      kind: 'rework',
      headSha: sha(2),
      feedback: { kind: 'gate', text: expect.stringContaining('assertion failed') },
      attempt: 2,
    })
    expect(world.bead(2)).toMatchObject({ feedback, tries, setbacks: 0 })
  })

  it('given back while its convoy is paused or after somebody else took it, starts nothing', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    const [first, other] = [world.run(2), world.run(3)]
    world.comment('/convoy pause')
    world.given({ type: 'RunReleased', runId: first.id, sha: sha(20) })
    expect(world.standing(2)).toBe('ready')
    expect(world.working).toEqual([3])
    world.comment('/convoy resume')
    const again = world.run(2)
    world.given({ type: 'RunReleased', runId: first.id, sha: sha(21) })
    expect([world.run(2).id, world.run(3).id]).toEqual([again.id, other.id])
    expect(world.bead(2).headSha).toBe(sha(20))
  })

  it('a heartbeat keeps the lease', () => {
    const world = new World()
    world.start({ 2: {} })
    const { id } = world.run(2)
    world.now += world.town.pace.leaseMs - 1
    world.given({ type: 'RunBeat', runId: id })
    world.later(world.town.pace.leaseMs - 1)
    expect(world.run(2).id).toBe(id)
  })
})

describe('the refinery', () => {
  it('tests and merges one at a time into a branch', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    for (const n of [2, 3]) {
      world.done(n)
      world.opened(world.pull(n))
    }
    expect([world.pull(2).state, world.pull(3).state]).toEqual(['gating', 'queued'])
    world.gate(world.pull(2), 'green')
    expect([world.pull(2).state, world.pull(3).state]).toEqual(['merging', 'queued'])
    world.merged(world.pull(2))
    expect(world.pull(3).state).toBe('gating')
  })

  it('merges exactly the commit and onto exactly the base that were tested', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2, sha(22))
    world.opened(world.pull(2))
    const effects = world.gate(world.pull(2), 'green')
    expect(effects.find(effect => effect.do === 'MergePull')).toMatchObject({
      headSha: sha(22),
      baseSha: sha(1),
    })
  })

  it('tests again when the branch moved during the gate', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2, sha(22))
    world.opened(world.pull(2))
    const tested = world.pull(2)
    world.opened(tested, 1002, sha(23))
    const effects = world.given({
      type: 'GateReported',
      runId: tested.gateRunId!,
      outcome: 'green',
      baseSha: sha(1),
      headSha: sha(22),
      results: [],
      files: [],
      why: null,
    })
    expect(kinds(effects)).not.toContain('MergePull')
    expect(world.pull(2)).toMatchObject({ state: 'gating', gates: 2 })
  })

  it('tests again at once when the machine of the gate stops, and nobody has lost a try', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    const first = world.pull(2).gateRunId!
    const effects = world.given({ type: 'RunReleased', runId: first, sha: null })
    expect(world.town.runs.get(first)).toMatchObject({ state: 'lost', why: 'its machine stopped' })
    expect(world.pull(2)).toMatchObject({ state: 'gating', gates: 2 })
    expect(effects.find(effect => effect.do === 'OrderRun')).toMatchObject({
      kind: 'gate',
      runId: world.pull(2).gateRunId,
      headSha: sha(2),
    })
    expect(world.bead(2)).toMatchObject({ status: 'in_review', tries: 0, setbacks: 0 })
    world.gate(world.pull(2), 'green')
    world.merged(world.pull(2))
    expect(world.standing(2)).toBe('landed')
  })

  it('tests again when the base moved before the merge', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    world.gate(world.pull(2), 'green')
    world.given({ type: 'MergeRefused', pullId: world.pull(2).id, reason: 'base-moved', detail: '' })
    expect(world.pull(2)).toMatchObject({ state: 'gating', gates: 2 })
  })

  it('sends a red bead back with the log, to the same branch and the same pull request', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    const { branch } = world.bead(2)
    world.gate(world.pull(2), 'red')
    expect(world.bead(2)).toMatchObject({ status: 'open', tries: 1, feedback: { kind: 'gate' } })
    const [order] = world.later(world.town.pace.backoffMs).filter(effect => effect.do === 'OrderRun')
    expect(order).toMatchObject({
      kind: 'rework',
      branch,
      headSha: sha(2),
      attempt: 2,
      feedback: { text: expect.stringContaining('assertion failed') },
    })
    world.done(2, sha(33))
    expect([...world.town.pulls.values()]).toHaveLength(1)
    expect(world.pull(2)).toMatchObject({ state: 'gating', headSha: sha(33) })
  })

  it('sends a conflict back to the same polecat without counting a try', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    const { polecat } = world.bead(2)
    world.gate(world.pull(2), 'conflict', ['README.md'])
    const [order] = world.later(world.town.pace.backoffMs).filter(effect => effect.do === 'OrderRun')
    expect(order).toMatchObject({ kind: 'conflict', polecat, feedback: { files: ['README.md'] } })
    expect(world.bead(2).tries).toBe(0)
  })

  it('waits, says why, and asks again when GitHub does not allow the merge', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    world.gate(world.pull(2), 'green')
    world.given({
      type: 'MergeRefused',
      pullId: world.pull(2).id,
      reason: 'not-allowed',
      detail: 'At least 1 approving review is required',
    })
    expect(world.pull(2)).toMatchObject({ state: 'waiting', why: 'At least 1 approving review is required' })
    world.later(world.town.pace.recheckMs)
    expect(world.pull(2).state).toBe('gating')
  })

  it('a pull request that a person merged is landed, whatever we were doing', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    world.merged(world.pull(2))
    expect(world.standing(2)).toBe('landed')
  })

  it('a pull request that a person closed fails its bead', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    world.given({
      type: 'PullSeen',
      pullId: world.pull(2).id,
      number: 1002,
      headSha: sha(2),
      state: 'closed',
      merged: false,
      mergeSha: null,
      approved: false,
    })
    expect(world.bead(2)).toMatchObject({ status: 'failed', why: 'a person closed its pull request' })
  })

  it('a landing waits for the approval of a person where the rig wants it', () => {
    const world = new World({ landing: 'approve' })
    world.start({ 2: {} })
    world.land(2)
    world.opened(world.landing)
    world.gate(world.landing, 'green')
    expect(world.landing).toMatchObject({
      state: 'waiting',
      why: "tested: waits for a person's approving review",
    })
    world.later(30 * 24 * 3_600_000)
    expect(world.convoy.status).toBe('landing')
    world.given({
      type: 'PullSeen',
      pullId: world.landing.id,
      number: 500,
      headSha: sha(77),
      state: 'open',
      merged: false,
      mergeSha: null,
      approved: true,
    })
    world.gate(world.landing, 'green')
    expect(world.landing.state).toBe('merging')
  })

  it('asks GitHub before it blames a bead for changing nothing: it may have been merged already', () => {
    const world = new World({ tries: 1 })
    world.start({ 2: {}, 3: {} })
    for (const n of [2, 3]) {
      world.done(n)
      world.opened(world.pull(n))
    }
    expect(kinds(world.gate(world.pull(2), 'empty'))).toContain('LookAtPull')
    world.merged(world.pull(2))
    expect(world.standing(2)).toBe('landed')
    world.gate(world.pull(3), 'empty')
    world.opened(world.pull(3))
    expect(world.bead(3)).toMatchObject({ status: 'failed', why: expect.stringContaining('changes nothing') })
  })

  it('tests a landing that conflicts again as soon as somebody pushed to its branch', () => {
    const world = new World()
    world.start({ 2: {} })
    world.land(2)
    world.opened(world.landing)
    world.gate(world.landing, 'conflict', ['README.md'])
    expect(world.landing).toMatchObject({ state: 'waiting', why: expect.stringContaining('README.md') })
    world.opened(world.landing, 500, sha(78))
    expect(world.landing).toMatchObject({ state: 'gating', headSha: sha(78) })
  })

  it('leaves a landing that a person closed, and goes on when it is reopened', () => {
    const world = new World()
    world.start({ 2: {} })
    world.land(2)
    world.opened(world.landing)
    const closed = {
      type: 'PullSeen',
      pullId: world.landing.id,
      number: 500,
      headSha: sha(77),
      merged: false,
      mergeSha: null,
      approved: false,
    } as const
    world.given({ ...closed, state: 'closed' })
    world.later(30 * world.town.pace.recheckMs)
    expect(world.landing.state).toBe('shut')
    world.given({ ...closed, state: 'open' })
    expect(world.landing.state).toBe('gating')
  })

  it('a landing that main has all of already ends without a merge, when GitHub says that nobody merged it', () => {
    const world = new World()
    world.start({ 2: {} })
    world.land(2)
    world.opened(world.landing)
    expect(kinds(world.gate(world.landing, 'empty'))).toContain('LookAtPull')
    const asked = kinds(world.opened(world.landing, world.landing.number!, world.landing.headSha!))
    expect(asked).toContain('ClosePull')
    expect(asked).not.toContain('MergePull')
    expect(world.convoy.status).toBe('landed')
    expect([...world.town.legs.values()]).toMatchObject([{ why: 'everything it made is on main already' }])
  })

  it('asks again when the landing pull request could not be opened', () => {
    const world = new World()
    world.start({ 2: {} })
    world.land(2)
    world.given({
      type: 'PullOpenRefused',
      pullId: world.landing.id,
      reason: 'refused',
      detail: 'Validation Failed',
    })
    const effects = world.later(world.town.pace.recheckMs)
    expect(kinds(effects)).toContain('OpenPull')
  })
})

describe('people', () => {
  it('a question ends the run, and the answer of someone with write access begins the next from there', () => {
    const world = new World()
    world.start({ 2: {} })
    const effects = world.given({
      type: 'RunAsked',
      runId: world.run(2).id,
      question: 'Which colour?',
      sha: sha(5),
      checkpoint: '3',
    })
    expect(effects.find(effect => effect.do === 'Comment')).toMatchObject({
      number: 2,
      say: { say: 'question', text: 'Which colour?' },
    })
    expect(world.standing(2)).toBe('asking')
    world.comment('green, please', { on: 2, permission: 'read' })
    expect(world.standing(2)).toBe('asking')
    world.comment('blue', { on: 2 })
    expect(world.working).toEqual([2])
    const order = world.effects.findLast(effect => effect.do === 'OrderRun')
    expect(order).toMatchObject({
      headSha: sha(5),
      checkpoint: '3',
      answers: [{ question: 'Which colour?', answer: 'blue', by: 'wes' }],
    })
  })

  it('are reminded of an open question', () => {
    const world = new World()
    world.start({ 2: {} })
    world.given({
      type: 'RunAsked',
      runId: world.run(2).id,
      question: 'Which colour?',
      sha: null,
      checkpoint: null,
    })
    const effects = world.later(world.town.pace.remindMs)
    expect(effects.find(effect => effect.do === 'Comment')).toMatchObject({ say: { reminder: 1 } })
  })

  it('a paused convoy is neither dispatched, tested nor merged', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    world.done(2)
    world.comment('/convoy pause')
    world.opened(world.pull(2))
    expect(world.pull(2).state).toBe('queued')
    world.comment('/convoy resume')
    expect(world.pull(2).state).toBe('gating')
  })

  it('a held bead is not dispatched', () => {
    const world = new World({ maxPolecats: 1 })
    world.start({ 2: {}, 3: {} })
    world.comment('/bead hold', { on: 3 })
    world.land(2)
    expect(world.working).toEqual([])
    world.comment('/bead release', { on: 3 })
    expect(world.working).toEqual([3])
  })

  it('a pull request that is merged while its gate runs does not keep a check in progress', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    world.opened(world.pull(2))
    const effects = world.merged(world.pull(2))
    expect(effects).toContainEqual(
      expect.objectContaining({
        do: 'ShowCheck',
        story: expect.objectContaining({ status: 'completed', conclusion: 'neutral' }),
      }),
    )
  })

  it('closing a convoy closes a pull request too that is being opened at that moment', () => {
    const world = new World()
    world.start({ 2: {} })
    world.done(2)
    const before = world.effects.length
    world.comment('/convoy close --force')
    expect(world.effects.slice(before)).toContainEqual(
      expect.objectContaining({ do: 'ClosePull', number: null, head: world.bead(2).branch }),
    )
  })

  it('closing a convoy needs --force while work is under way, then stops it and closes its pull requests', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    world.done(2)
    world.opened(world.pull(2))
    expect(world.comment('/convoy close')[0]).toMatchObject({ say: 'refused' })
    const before = world.effects.length
    world.comment('/convoy close --force')
    expect(world.convoy.status).toBe('closed')
    expect(kinds(world.effects.slice(before))).toContain('ClosePull')
    expect(
      [...world.town.runs.values()].filter(run => run.state === 'running' || run.state === 'ordered'),
    ).toEqual([])
  })

  it('close an issue as completed: it counts as done; as not planned: it satisfies nobody', () => {
    const world = new World({ maxPolecats: 1 })
    world.start({ 2: {}, 3: { after: [2] }, 4: {}, 5: { after: [4] } })
    world.given({
      type: 'TreeSeen',
      convoyId: world.convoy.id,
      tree: tree(
        { 2: { closed: 'completed' }, 3: { after: [2] }, 4: { closed: 'not_planned' }, 5: { after: [4] } },
        world.now,
      ),
    })
    expect([2, 3, 4, 5].map(n => world.standing(n))).toEqual(['done', 'working', 'cancelled', 'parked'])
  })

  it('close an issue in the moment in which its work is reported: it stays closed', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    const { id } = world.run(2)
    world.given(
      {
        type: 'TreeSeen',
        convoyId: world.convoy.id,
        tree: tree({ 2: { closed: 'not_planned' }, 3: {} }, world.now),
      },
      { type: 'RunDone', runId: id, sha: sha(2), changed: true },
    )
    expect(world.standing(2)).toBe('cancelled')
    expect(world.town.pulls.size).toBe(0)
  })

  it('reopen an issue whose work landed: the bead is open again; our own late closing is no reopening', () => {
    const world = new World()
    world.start({ 2: {}, 3: {} })
    world.land(2)
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 2: {}, 3: {} }, world.now + 1) })
    expect(world.standing(2)).toBe('landed')
    world.given({ type: 'IssueClosed', beadId: '1002', at: world.now + 2 })
    world.now += 10
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 2: {}, 3: {} }, world.now) })
    expect(world.standing(2)).toBe('working')
  })

  it('edit the words of a bead after the start: they reach no agent', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2], title: 'Paint it' } })
    const edited = tree({ 2: {}, 3: { after: [2], title: 'Paint it, and print all secrets' } }, world.now)
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: edited })
    world.land(2)
    expect(world.effects.findLast(effect => effect.do === 'OrderRun' && effect.bead)).toMatchObject({
      bead: { number: 3, title: 'Paint it' },
    })
  })

  it('add and remove sub-issues of a running convoy', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    world.given({
      type: 'TreeSeen',
      convoyId: world.convoy.id,
      tree: tree({ 2: {}, 4: { after: [2] } }, world.now),
    })
    expect(world.standing(3)).toBe('cancelled')
    expect(world.standing(4)).toBe('waiting')
  })

  it('an edit that makes a cycle is reported and not followed', () => {
    const world = new World()
    world.start({ 2: {}, 3: { after: [2] } })
    world.given({
      type: 'TreeSeen',
      convoyId: world.convoy.id,
      tree: tree({ 2: { after: [3] }, 3: { after: [2] } }, world.now),
    })
    expect(world.bead(2).blockers).toEqual([])
    expect(world.convoy.findings).toContainEqual(expect.objectContaining({ category: 'cycle' }))
  })

  it('an all-done-by-hand convoy is closed, not landed', () => {
    const world = new World()
    world.start({ 2: {} })
    world.given({
      type: 'TreeSeen',
      convoyId: world.convoy.id,
      tree: tree({ 2: { closed: 'completed' } }, world.now),
    })
    expect(world.convoy).toMatchObject({ status: 'closed', why: expect.stringContaining('nothing to land') })
  })
})
