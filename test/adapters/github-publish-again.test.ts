import { afterEach, describe, expect, test } from 'vitest'
import type { IssueEnd } from '../../src/core/effects.ts'
import { as, issue, kept, requests, seen, withGitHub } from '../support/github-town.ts'
import {
  CONVOY,
  end,
  endsOf,
  ensure,
  epic,
  limitedTo,
  losing,
  perform,
  unlimited,
  upTo,
} from '../support/plan.ts'

/** Publishing a plan when answers are lost, when GitHub does only a part of it, and when somebody forges our lines. */

withGitHub()
afterEach(() => unlimited())

describe('nothing is made twice', () => {
  test.each([1, 2, 3, 4])('when the answer to request %i is lost', async nth => {
    for (const arrives of [true, false]) {
      const { id, root, task, issues, links, children, blockers, at } = await epic()
      const existing = end(id, await issue(at, 'Existing'))
      const wasLost = await losing(nth, arrives)
      const [one, two] = endsOf(id, await ensure(issues([task(1), task(2)])))
      const [three] = endsOf(id, await ensure(issues([task(3)], 'i1')))
      const places = [{ parent: root, child: existing }]
      const edges = [
        { blocked: two!, blocker: one! },
        { blocked: existing, blocker: three! },
      ]
      expect(await ensure(links({ nths: [2, 4], places, edges }))).toEqual([
        { type: 'LinksPublished', convoyId: CONVOY, nths: [2, 4] },
      ])
      expect(wasLost()).toBe(true)
      expect((await children()).map(it => it.title)).toEqual(['Task 1', 'Task 2', 'Task 3', 'Existing'])
      expect(await blockers(two!)).toMatchObject([{ title: 'Task 1' }])
      expect(await blockers(existing)).toMatchObject([{ title: 'Task 3' }])
    }
  })

  test('when GitHub makes some of them and finds the rest too quick', async () => {
    const { id, task, issues, links, children, blockers } = await epic()
    await perform(issues([task(1)]))
    const before = await children()
    await limitedTo(3)
    const first = await perform(
      issues(
        upTo(5).map(n => task(n + 1)),
        'i1',
      ),
    ).catch(it => it)
    expect(first).toMatchObject({ name: 'Unreachable', retryAfterMs: expect.any(Number) })
    expect(first.retryAfterMs).toBeGreaterThanOrEqual(60_000)
    expect(first.message).toMatch(/^"Task \d" cannot be made in acme\/.* under acme\/.*too quickly/)
    unlimited()
    const { result, sent } = await requests(() =>
      perform(
        issues(
          upTo(5).map(n => task(n + 1)),
          'i1',
        ),
        1,
      ),
    )
    expect(seen(result, 'IssuesPublished')!.issues.map(it => it.nth)).toEqual([2, 3, 4, 5, 6])
    expect(sent.length).toBeLessThanOrEqual(3)
    const made = await children()
    expect(made.map(it => it.title)).toEqual(upTo(6).map(n => `Task ${n}`))
    expect(before).toHaveLength(1)
    // The same for edges.
    const ends = made.map(it => end(id, it))
    const edges = upTo(5).map(n => ({ blocked: ends[n]!, blocker: ends[n - 1]! }))
    await limitedTo(3)
    await expect(perform(links({ edges }))).rejects.toMatchObject({ name: 'Unreachable' })
    unlimited()
    kept.created.length = 0
    await perform(links({ edges }), 1)
    expect(kept.created).toEqual([{ creations: 2, share: 0.75 }])
    for (const n of upTo(5)) expect(await blockers(ends[n]!)).toMatchObject([{ title: `Task ${n}` }])
  })

  test('when it was given up half done, and is asked for again later', async () => {
    const { id, ref, root, task, issues, children, all } = await epic()
    const gone = { ...root, issueId: '999', number: 999 }
    const both = [task(1), task(2, { parent: gone })]
    await expect(perform(issues(both))).rejects.toMatchObject({
      name: 'Refused',
      message: `"Task 2" cannot be made in ${ref} under ${ref}#999: ${ref}#999 is not there any more (deleted, moved or converted), or Townhall may not see it`,
    })
    expect(await children()).toMatchObject([{ title: 'Task 1' }])
    const again = await perform({ ...issues([task(1), task(2)], 'other'), mayExist: true })
    expect(endsOf(id, again)).toHaveLength(2)
    expect(await all()).toHaveLength(3)
  })

  test('and what a person wrote with our hidden line is not taken for ours', async () => {
    const { root, at, task, issues, children } = await epic()
    const forged = await issue(at, 'Forged', `<!-- townhall:task:${CONVOY}:1 -->`)
    await as('wes', 'POST', `${at}/issues/${root.number}/sub_issues`, { sub_issue_id: forged.id })
    // Our own issue for the second task holds words that look like the line of the first.
    const sly = task(2, { body: `\`\`\`\n<!-- townhall:task:${CONVOY}:1 -->\n\`\`\`` })
    await perform(issues([sly]))
    const facts = await perform(issues([task(1), sly], 'i1'), 1)
    const [one, two] = seen(facts, 'IssuesPublished')!.issues
    expect(await children()).toMatchObject([
      { title: 'Forged' },
      { title: 'Task 2', number: two!.number },
      { title: 'Task 1', number: one!.number },
    ])
  })
})

describe('links', () => {
  test('cost one request, and one more when we were restarted since the issues were made', async () => {
    const { id, task, issues, links, blockers } = await epic()
    const ends = endsOf(id, await perform(issues(upTo(20).map(n => task(n)))))
    const edges = upTo(19).map(n => ({ blocked: ends[n]!, blocker: ends[n - 1]! }))
    const restarted = await requests(() => perform(links({ edges })))
    expect(restarted.sent).toEqual(['POST /api/graphql', 'POST /api/graphql'])
    expect(await blockers(ends[19]!)).toMatchObject([{ title: 'Task 19' }])
  })

  test('that are there already are none to make', async () => {
    const { id, at, root, task, issues, links, children, blockers } = await epic()
    const [one, two] = endsOf(id, await perform(issues([task(1), task(2)])))
    const theirs = end(id, await issue(at, 'Theirs'))
    await as('wes', 'POST', `${at}/issues/${root.number}/sub_issues`, {
      sub_issue_id: Number(theirs.issueId),
    })
    const effect = links({
      places: [{ parent: root, child: theirs }],
      edges: [{ blocked: two!, blocker: one! }],
    })
    for (const attempt of [0, 0, 1])
      expect(await perform(effect, attempt)).toMatchObject([{ type: 'LinksPublished' }])
    expect(await children()).toHaveLength(3)
    expect(await blockers(two!)).toHaveLength(1)
    // Those that a command asked for are no part of a plan.
    expect(await perform({ ...effect, nths: [] })).toEqual([])
  })

  test('that GitHub refuses for good are said by name, and the others are made', async () => {
    const { id, at, ref, root, links, children, blockers } = await epic()
    const [taken, free, other] = [
      end(id, await issue(at, 'Taken')),
      end(id, await issue(at, 'Free')),
      end(id, await issue(at, 'Other')),
    ]
    await as('wes', 'POST', `${at}/issues/${other.number}/sub_issues`, {
      sub_issue_id: Number(taken.issueId),
    })
    const gone = { ...free, issueId: '4711', number: 4711 }
    const effect = links({
      places: [
        { parent: root, child: taken },
        { parent: root, child: free },
        { parent: free, child: root },
      ],
      edges: [
        { blocked: free, blocker: gone },
        { blocked: free, blocker: other },
      ],
    })
    await expect(perform(effect)).rejects.toMatchObject({
      name: 'Refused',
      message: [
        `${ref}#${taken.number} cannot be put under ${ref}#${root.number}: it is under another issue already`,
        `${ref}#${root.number} cannot be put under ${ref}#${free.number}: the one is above the other already`,
        `${ref}#${free.number} cannot wait for ${ref}#4711: ${ref}#4711 is not there any more (deleted, moved or converted), or Townhall may not see it`,
      ].join('; '),
    })
    expect(await children()).toMatchObject([{ title: 'Free' }])
    expect(await blockers(free)).toMatchObject([{ title: 'Other' }])
  })

  test('and issues beyond what GitHub holds are refused by name', async () => {
    const { id, ref, root, task, issues, links, children } = await epic()
    const ends: IssueEnd[] = []
    for (const from of [0, 20, 40, 60, 80])
      ends.push(
        ...endsOf(
          id,
          await perform(
            issues(
              upTo(20).map(n => task(from + n)),
              `i${from}`,
            ),
          ),
        ),
      )
    await expect(perform(issues([task(101)], 'more'))).rejects.toMatchObject({
      name: 'Refused',
      message: `"Task 101" cannot be made in ${ref} under ${ref}#${root.number}: an issue holds 100 sub-issues at most, closed ones included`,
    })
    expect(await children()).toHaveLength(100)
    const waits = (blocker: number) => ({ blocked: ends[99]!, blocker: ends[blocker]! })
    await perform(links({ edges: upTo(50).map(n => waits(n)) }))
    await expect(perform(links({ edges: [waits(60)] }))).rejects.toMatchObject({
      name: 'Refused',
      message: `${ref}#${ends[99]!.number} cannot wait for ${ref}#${ends[60]!.number}: an issue waits for 50 others at most, and holds up 50 others at most`,
    })
    const without = await epic()
    await as('olivia', 'PATCH', without.at, { has_issues: false })
    await expect(
      perform(issues([task(1, { rigId: without.id, parent: ends[0]! })], 'x')),
    ).rejects.toMatchObject({
      name: 'Refused',
      message: `"Task 1" cannot be made in ${without.ref} under ${ref}#${ends[0]!.number}: issues are disabled in the repository`,
    })
    let deepest = ends[0]!
    for (const nth of upTo(7))
      deepest = endsOf(id, await perform(issues([task(200 + nth, { parent: deepest })], `d${nth}`)))[0]!
    await expect(perform(issues([task(300, { parent: deepest })], 'deep'))).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(/under .*#\d+: GitHub nests issues eight levels deep at most$/),
    })
  })
})

describe('taking an issue out of the tree', () => {
  test('is one request, and nothing to do when it is not there', async () => {
    const { id, at, root, task, issues, children } = await epic()
    const [one, two] = endsOf(id, await perform(issues([task(1), task(2)])))
    const unlink = { do: 'UnlinkIssue', convoyId: CONVOY, key: 'u', parent: root, child: one! } as const
    const { sent } = await requests(() => perform(unlink))
    expect(sent).toEqual([`DELETE ${at}/issues/${root.number}/sub_issue`])
    expect(await children()).toMatchObject([{ number: two!.number }])
    expect(await perform(unlink)).toEqual([])
    expect(await perform({ ...unlink, child: { ...one!, number: 999, issueId: '999' } })).toEqual([])
    await as('olivia', 'PATCH', at, { archived: true })
    await expect(perform({ ...unlink, child: two! })).rejects.toMatchObject({
      name: 'Refused',
      message: expect.stringMatching(/cannot be taken from under .*: the repository is archived$/),
    })
  })
})
