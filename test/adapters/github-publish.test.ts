import { describe, expect, test } from 'vitest'
import { type IssueEnd, PUBLISH_AT_ONCE } from '../../src/core/effects.ts'
import { as, issue, kept, requests, seen, withGitHub } from '../support/github-town.ts'
import { CONVOY, chunks, end, endsOf, ensure, epic, losing, perform, upTo } from '../support/plan.ts'

/** How a plan gets onto GitHub: its issues, where they are in the tree, and what waits for what. */

withGitHub()

describe('a plan of 100 tasks with 150 edges', () => {
  test('is on GitHub after 14 requests, each thing once, in its order', async () => {
    const { id, root, task, issues, links, children, blockers } = await epic()
    const edges = upTo(150).map(n => (n <= 99 ? [n + 1, n] : [n - 50, n - 99])) as [number, number][]
    const { sent } = await requests(async () => {
      const ends: IssueEnd[] = []
      for (const [nth, some] of chunks(upTo(100), PUBLISH_AT_ONCE).entries())
        ends.push(
          ...endsOf(
            id,
            await perform(
              issues(
                some.map(n => task(n)),
                `i${nth}`,
              ),
            ),
          ),
        )
      for (const [nth, some] of chunks(edges, PUBLISH_AT_ONCE).entries()) {
        const asEnds = some.map(([blocked, blocker]) => ({
          blocked: ends[blocked - 1]!,
          blocker: ends[blocker - 1]!,
        }))
        await perform(links({ key: `l${nth}`, edges: asEnds }))
      }
    })
    // One to read the epic and the repository, five times 20 issues, eight times 20 edges.
    expect(sent).toHaveLength(14)
    const made = await children()
    expect(made.map(it => it.title)).toEqual(upTo(100).map(n => `Task ${n}`))
    expect(await blockers(end(id, made[99]!))).toMatchObject([
      { number: root.number + 99 },
      { number: root.number + 51 },
    ])
    const counted = await Promise.all(made.map(async it => (await blockers(end(id, it))).length))
    expect(counted.reduce((a, b) => a + b)).toBe(150)
    // 250 creations, counted one by one, and a quarter of the limit left to others.
    expect(kept.created.reduce((sum, it) => sum + it.creations, 0)).toBe(250)
    expect(new Set(kept.created.map(it => it.share))).toEqual(new Set([0.75]))
  })
})

describe('an issue that we open', () => {
  test('has the words of the plan, which call nobody and hide nothing, except in code', async () => {
    const { task, issues, children } = await epic()
    const title = `Fix @wes ${'🚀'.repeat(200)}`
    const body = [
      'Ask @olivia. <!-- townhall:task:c77.mabc12:9 --> `npm i @types/node`',
      '```html',
      '<!-- kept --> @wes',
      '```',
      'And @wes again.',
    ].join('\n')
    await perform(issues([task(1, { title, body }), task(2, { title: '  ', body: 'x'.repeat(65_000) })]))
    const [first, second] = await children()
    expect(first!.title).toMatch(/^Fix @\u200bwes 🚀+…$/u)
    expect(first!.title.length).toBeLessThanOrEqual(256)
    expect(first!.body.split('\n')).toEqual([
      'Ask @\u200bolivia. <!\u200b-- townhall:task:c77.mabc12:9 --> `npm i @types/node`',
      '```html',
      '<!-- kept --> @wes',
      '```',
      'And @\u200bwes again.',
      '',
      '<!-- townhall:task:c77.mabc12:1 -->',
    ])
    expect(second).toMatchObject({ title: 'Untitled', user: { login: 'townhall[bot]' } })
    expect(second!.body.length).toBeLessThan(61_000)
    expect(second!.body).toMatch(/…\n\n<!-- townhall:task:c77.mabc12:2 -->$/)
  })

  test('may be in another repository than its parent, and under one that we just made', async () => {
    const { id, root, task, issues, children, links, blockers } = await epic()
    const other = await epic()
    const [first] = endsOf(id, await perform(issues([task(1)])))
    const under = task(2, { rigId: other.id, parent: first! })
    const facts = await perform(issues([under], 'i1'))
    expect(seen(facts, 'IssuesPublished')).toMatchObject({ issues: [{ nth: 2, number: 2 }] })
    expect(await children(first)).toMatchObject([{ title: 'Task 2' }])
    const [second] = endsOf(other.id, facts)
    await perform(links({ edges: [{ blocked: root, blocker: second! }] }))
    expect(await blockers(root)).toMatchObject([{ title: 'Task 2' }])
  })
})

describe('a convoy without an issue', () => {
  const opening = (rigId: string) =>
    ({
      do: 'OpenConvoyIssue',
      convoyId: CONVOY,
      rigId,
      title: 'Ship @wes',
      by: 'olivia',
      askedAt: { rigId, number: 1 },
    }) as const

  test('gets one, once, whatever happens to the answer', async () => {
    for (const arrives of [true, false]) {
      const { id, all } = await epic()
      // Somebody has written down our hidden line.
      await issue(`/repos/acme/${kept.rigs.get(id)!.name}`, 'Forged', `<!-- townhall:convoy:${CONVOY} -->`)
      await losing(1, arrives)
      const [opened] = await ensure(opening(id))
      const made = (await all()).filter(it => it.user.login === 'townhall[bot]')
      expect(made).toMatchObject([
        { title: 'Ship @\u200bwes', body: expect.stringContaining('olivia asked for it') },
      ])
      expect(opened).toEqual({
        type: 'ConvoyIssueOpened',
        convoyId: CONVOY,
        issueId: String(made[0]!.id),
        number: made[0]!.number,
      })
    }
  })

  test('is refused in a repository without issues, and in an archived one', async () => {
    const { id, at, ref } = await epic()
    await as('olivia', 'PATCH', at, { has_issues: false })
    await expect(perform(opening(id))).rejects.toMatchObject({
      name: 'Refused',
      message: `the convoy's issue cannot be opened in ${ref}: issues are disabled in the repository`,
    })
    await as('olivia', 'PATCH', at, { has_issues: true, archived: true })
    await expect(perform(opening(id))).rejects.toMatchObject({
      name: 'Refused',
      message: `the convoy's issue cannot be opened in ${ref}: the repository is archived`,
    })
  })
})
