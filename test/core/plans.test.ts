// A plan gets on GitHub: from a checklist, from a list of issues, in steps that can stop and go on.
import { describe, expect, test } from 'vitest'
import { parseCommands } from '../../src/core/commands/parse.ts'
import { refsIn } from '../../src/core/commands/refs.ts'
import { checklistOf } from '../../src/core/convoys/checklist.ts'
import type { Effect } from '../../src/core/effects.ts'
import type { Tree } from '../../src/core/events.ts'
import { namedIssue, tree, World } from './world.ts'

const LIST = `Some words before.

- [ ] Write the schema
  in \`db/schema.sql\`, with
  - a table of users
- [x] Choose a database
- [ ] Write the API (after 1, 2)
- [ ] Write the page (after 3)
  - [ ] its form
  - [ ] its list (after 5)

And words after.`

const withBody = (body: string): Tree => {
  const { root, ...rest } = tree({})
  const written = { ...root, body, hasChildren: false }
  return { ...rest, root: written, issues: [written] }
}

/** GitHub does what it is asked for until the plan is there; says what it was asked. */
function publish(world: World, from = 0): Effect[] {
  const asked: Effect[] = []
  for (let at = from; at < world.effects.length; at++) {
    const effect = world.effects[at]!
    asked.push(effect)
    if (effect.do === 'OpenConvoyIssue')
      world.given({ type: 'ConvoyIssueOpened', convoyId: effect.convoyId, issueId: '1500', number: 500 })
    if (effect.do === 'PublishIssues')
      world.given({
        type: 'IssuesPublished',
        convoyId: effect.convoyId,
        issues: effect.tasks.map(({ nth }) => ({ nth, issueId: String(1100 + nth), number: 100 + nth })),
      })
    if (effect.do === 'PublishLinks')
      world.given({ type: 'LinksPublished', convoyId: effect.convoyId, nths: effect.nths })
  }
  return asked
}

describe('a checklist', () => {
  test('becomes tasks with details, numbers, edges and what is under what', () => {
    const tasks = checklistOf(LIST, 'acme/web')!
    expect(tasks.map(({ nth, title, after, parent, isDone }) => [nth, title, after, parent, isDone])).toEqual(
      [
        [1, 'Write the schema', [], null, false],
        [2, 'Choose a database', [], null, true],
        [3, 'Write the API', ['1', '2'], null, false],
        [4, 'Write the page', ['3'], null, false],
        [5, 'its form', [], 4, false],
        [6, 'its list', ['5'], 4, false],
      ],
    )
    expect(tasks[0]!.body).toBe('in `db/schema.sql`, with\n- a table of users')
    expect(tasks[5]!.body).toBe('')
  })

  test('is no list inside of code or an HTML comment, and a reference is the issue that there is', () => {
    const hidden =
      '```\n- [ ] no\n```\n<!--\n- [ ] no\n-->\n- [ ] #12\n- [ ] https://github.com/acme/api/issues/7'
    expect(checklistOf(hidden, 'acme/web')!.map(task => task.names)).toEqual([
      { repo: 'acme/web', number: 12 },
      { repo: 'acme/api', number: 7 },
    ])
    expect(checklistOf('nothing to do\n- [x] done', 'acme/web')).toBeNull()
  })

  test('is published first wave first, then linked, then staged', () => {
    const world = new World()
    const [say] = world.comment('/convoy stage', { tree: withBody(LIST) })
    expect(say).toMatchObject({ what: { kind: 'publishing', issues: 5, links: 3 } })
    expect(world.convoy.status).toBe('publishing')
    const asked = publish(world)
    const issues = asked.filter(effect => effect.do === 'PublishIssues')
    expect(issues.map(effect => effect.tasks.map(task => task.nth))).toEqual([
      [1, 4, 3],
      [5, 6],
    ])
    expect(issues[1]!.tasks[0]!.parent).toMatchObject({ number: 104 })
    expect(asked.filter(effect => effect.do === 'PublishLinks')).toMatchObject([
      {
        edges: [
          { blocked: { number: 103 }, blocker: { number: 101 } },
          { blocked: { number: 104 }, blocker: { number: 103 } },
          { blocked: { number: 106 }, blocker: { number: 105 } },
        ],
      },
    ])
    const published = tree({
      101: {},
      103: { after: [101] },
      104: { epic: true, after: [103] },
      105: { under: 104 },
    })
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: published })
    expect(world.convoy.status).toBe('staged_ready')
    expect(world.working).toEqual([])
  })

  test('with --start begins as soon as it is there', () => {
    const world = new World()
    world.comment('/convoy stage --start', { tree: withBody('- [ ] one\n- [ ] two (after 1)') })
    publish(world)
    world.given({
      type: 'TreeSeen',
      convoyId: world.convoy.id,
      tree: tree({ 101: {}, 102: { after: [101] } }),
    })
    world.branches()
    expect(world.working).toEqual([101])
  })

  test('names every "after" that names nothing, itself, or a circle, and writes nothing', () => {
    const world = new World()
    const body = '- [ ] a (after 9)\n- [ ] b (after 2)\n- [ ] c (after 4, x)\n- [ ] d (after 3)'
    const [say] = world.comment('/convoy stage', { tree: withBody(body) })
    expect(say).toMatchObject({
      refusal: {
        kind: 'findings',
        findings: [
          { category: 'bad-index', detail: 'task 1 (a) waits for "9", and the tasks are 1 to 4' },
          { category: 'bad-index', detail: 'task 2 (b) waits for itself' },
          { category: 'bad-index', detail: 'task 3 (c) waits for "x", and the tasks are 1 to 4' },
          { category: 'cycle', detail: '3 (c) → 4 (d) → 3 (c)' },
        ],
      },
    })
    expect(world.town.convoys.size).toBe(0)
    expect(world.effects.every(effect => effect.do === 'React' || effect.do === 'Reply')).toBe(true)
  })

  test('of 250 gets sub-parents, because a parent may have 100', () => {
    const world = new World()
    const body = Array.from({ length: 250 }, (_, n) => `- [ ] task ${n + 1}`).join('\n')
    const [say] = world.comment('/convoy stage', { tree: withBody(body) })
    expect(say).toMatchObject({ what: { kind: 'publishing', issues: 253, parts: 3 } })
    const asked = publish(world).filter(effect => effect.do === 'PublishIssues')
    const under = Map.groupBy(
      asked.flatMap(effect => effect.tasks),
      task => task.parent.number,
    )
    expect([...under].map(([parent, tasks]) => [parent, tasks.length])).toEqual([
      [1, 3],
      [351, 84],
      [352, 84],
      [353, 82],
    ])
  })

  test('that GitHub refuses half-way stops with the reason, and goes on when it is staged again', () => {
    const world = new World()
    world.comment('/convoy stage', { tree: withBody('- [ ] one\n- [ ] two') })
    const effect = world.effects.find(one => one.do === 'PublishIssues')!
    world.given({ type: 'EffectGivenUp', effect, why: 'issues are disabled in acme/web', refused: false })
    expect(world.convoy.why).toBe('issues are disabled in acme/web')
    expect(world.comment('/why')).toMatchObject([{ because: [{ frees: '`/convoy stage` goes on with it' }] }])
    expect(world.comment('/convoy start', { tree: withBody('') })).toMatchObject([
      { refusal: { kind: 'not-now' } },
    ])
    const before = world.effects.length
    world.comment('/convoy stage', { tree: withBody('') })
    expect(world.effects.slice(before).find(one => one.do === 'PublishIssues')).toMatchObject({
      mayExist: true,
    })
    publish(world, before)
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 101: {}, 102: {} }) })
    expect(world.convoy.status).toBe('staged_ready')
  })

  test('tried with --dry-run writes nothing', () => {
    const world = new World()
    const [say] = world.comment('/convoy stage --dry-run', { tree: withBody(LIST) })
    expect(say).toMatchObject({ say: 'dry-run', drafted: 5, card: { status: 'publishing' } })
    expect(world.town.convoys.size).toBe(0)
  })
})

describe('a list of issues', () => {
  const list = (world: World, body: string, named: ReturnType<typeof namedIssue>[], on = 1) =>
    world.comment(body, {
      on,
      named,
      tree: on === 1 ? withBody('Words') : { ...withBody(''), ...rootAt(on) },
    })

  const rootAt = (number: number): Pick<Tree, 'root' | 'issues'> => {
    const root = { ...withBody('').root, id: String(number + 1000), number }
    return { root, issues: [root] }
  }

  test('is put under the issue where it was given, and staged', () => {
    const world = new World()
    const said = list(world, '/convoy stage #12 #14', [namedIssue(12), namedIssue(14)])
    expect(said).toMatchObject([{ what: { kind: 'publishing', issues: 0, links: 2, elsewhere: false } }])
    expect(publish(world).filter(effect => effect.do === 'PublishLinks')).toMatchObject([
      { places: [{ parent: { number: 1 }, child: { number: 12 } }, { child: { number: 14 } }] },
    ])
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 12: {}, 14: {} }) })
    expect(world.convoy.status).toBe('staged_ready')
  })

  test('given on one of them gets an issue of its own', () => {
    const world = new World()
    const said = list(
      world,
      '/convoy stage #12 #14 --title "Two things"',
      [namedIssue(12), namedIssue(14)],
      12,
    )
    expect(said).toMatchObject([{ what: { kind: 'publishing', elsewhere: true } }])
    const asked = publish(world)
    expect(asked.find(effect => effect.do === 'OpenConvoyIssue')).toMatchObject({ title: 'Two things' })
    expect(asked.filter(effect => effect.do === 'ShowIssue' && effect.number === 0)).toEqual([])
    expect(world.convoy).toMatchObject({ number: 500, issueId: '1500' })
  })

  test('whose own issue cannot be opened says so where it was given', () => {
    const world = new World()
    list(world, '/convoy stage #12 #14', [namedIssue(12), namedIssue(14)], 12)
    const effect = world.effects.find(one => one.do === 'OpenConvoyIssue')!
    const [said] = world.given({ type: 'EffectGivenUp', effect, why: 'acme/web is archived', refused: false })
    expect(said).toMatchObject({ do: 'Comment', number: 12, say: { say: 'trouble' } })
    expect(world.convoy.status).toBe('closed')
  })

  test('is refused with all that is wrong: other parents, pull requests, twice the same, unreadable, epics', () => {
    const world = new World()
    const gone = { ref: 'acme/web#15', issue: null, problem: 'there is no such issue' }
    const said = list(world, '/convoy stage #12 #13 #12 #15', [
      namedIssue(12, { parent: { id: '9', ref: 'acme/web#9' } }),
      namedIssue(13, { isPull: true }),
      gone,
    ])
    expect(said).toMatchObject([
      {
        refusal: {
          findings: [
            { category: 'has-parent', detail: 'acme/web#9' },
            { category: 'not-a-bead', detail: 'it is a pull request' },
            { category: 'not-a-bead', detail: 'it is named twice' },
            { category: 'not-a-bead', detail: 'there is no such issue' },
          ],
        },
      },
    ])
    expect(
      list(world, '/convoy stage #12 #16', [namedIssue(12), namedIssue(16, { hasChildren: true })]),
    ).toMatchObject([{ refusal: { findings: [{ category: 'mixed' }] } }])
    expect(list(world, '/convoy stage twelve', [])).toMatchObject([{ refusal: { kind: 'bad-argument' } }])
    expect(world.town.convoys.size).toBe(0)
  })

  test('with an issue of an open convoy is refused', () => {
    const world = new World()
    world.start({ 12: {} })
    expect(list(world, '/convoy stage #12', [namedIssue(12)], 30)).toMatchObject([
      { refusal: { findings: [{ category: 'already-in-convoy', detail: 'acme/web#1' }] } },
    ])
  })
})

describe('what staging is asked for', () => {
  test('--title, --mode and --base hold through every new drawing of the plan', () => {
    const world = new World()
    world.comment('/convoy stage --title “Big plan” --mode=review-and-merge --base develop', {
      tree: tree({ 2: {} }),
    })
    world.given({ type: 'TreeSeen', convoyId: world.convoy.id, tree: tree({ 2: {}, 3: {} }) })
    expect(world.convoy.title).toBe('Big plan')
    expect([...world.town.legs.values()]).toMatchObject([{ mergeMode: 'review-and-merge', base: 'develop' }])
  })

  test.each([
    ['/convoy stage --mode fast', 'mode'],
    ['/convoy stage --base a..b', 'base'],
    ['/convoy stage --title', 'title'],
  ])('%s is refused with what would be right', (body, flag) => {
    const world = new World()
    expect(world.comment(body, { tree: tree({ 2: {} }) })).toMatchObject([
      { refusal: { kind: 'bad-value', flag } },
    ])
    expect(world.town.convoys.size).toBe(0)
  })

  test('--infer-blocks shows the edges that the order suggests and writes nothing; --apply sets them on GitHub', () => {
    const world = new World()
    const seen = tree({ 2: {}, 3: {}, 4: { after: [3] }, 5: {} })
    expect(world.comment('/convoy stage --infer-blocks', { tree: seen })).toMatchObject([
      {
        say: 'inferred',
        applied: false,
        edges: [
          { blocked: 'acme/web#3', blocker: 'acme/web#2' },
          { blocked: 'acme/web#5', blocker: 'acme/web#4' },
        ],
      },
    ])
    expect(world.town.convoys.size).toBe(0)
    world.comment('/convoy stage --infer-blocks --apply', { tree: seen })
    expect(world.effects.find(effect => effect.do === 'PublishLinks')).toMatchObject({ nths: [], places: [] })
  })

  test('/convoy start on an epic that was never staged only stages it, unless the rig says otherwise', () => {
    const careful = new World()
    careful.comment('/convoy start', { tree: tree({ 2: {} }) })
    expect(careful.convoy.status).toBe('staged_ready')
    const direct = new World({ stagedByDefault: false })
    direct.comment('/convoy start', { tree: tree({ 2: {} }) })
    expect(direct.convoy.status).toBe('open')
  })

  test('tells of files that two beads of one wave both speak of', () => {
    const world = new World()
    const body = 'Change src/api/users.ts'
    world.comment('/convoy stage', { tree: tree({ 2: { body }, 3: { body }, 4: { body, after: [2] } }) })
    expect(world.convoy.findings.find(one => one.category === 'overlap')).toMatchObject({
      severity: 'advice',
      refs: ['acme/web#2', 'acme/web#3'],
      detail: 'src/api/users.ts',
    })
  })
})

test('/convoy simulate is answered where it was asked', () => {
  const world = new World()
  world.start({ 2: {} })
  world.comment('/convoy simulate', { permission: 'read' })
  const effect = world.effects.findLast(one => one.do === 'Foretell')!
  const forecast = {
    madeAt: 1,
    p50Ms: 1,
    p90Ms: 2,
    criticalPath: [],
    waves: [1],
    polecats: 1,
    machines: 1,
    samples: 0,
    plays: 20,
  }
  const { convoyId, replyTo } = effect
  const asked = world.given({ type: 'ForecastMade', convoyId, forecast, replyTo })
  expect(asked).toMatchObject([{ do: 'Comment', number: 1, say: { say: 'forecast' } }, { do: 'ShowIssue' }])
})

describe('references', () => {
  test('are numbers, names with numbers, and addresses', () => {
    const body = '/convoy stage #12, 14 acme/api#7 https://ghe.corp/acme/x.y/pull/3#note (#12)'
    expect(refsIn(parseCommands(body), 'acme/web')).toEqual([
      { repo: 'acme/web', number: 12 },
      { repo: 'acme/web', number: 14 },
      { repo: 'acme/api', number: 7 },
      { repo: 'acme/x.y', number: 3 },
    ])
  })

  test('a value in quotes is one, straight or curly, and dashes of a phone are dashes', () => {
    expect(parseCommands('/convoy stage —title “One two” --base=main --start')).toMatchObject([
      { options: { title: 'One two', base: 'main' }, flags: ['start'], args: [] },
    ])
  })
})
