import { describe, expect, test } from 'vitest'
import type { Tree } from '../../src/core/events.ts'
import {
  as,
  github,
  issue,
  kept,
  loseAnswer,
  requests,
  rig,
  seen,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** Trees as people make them: deep, wide, odd, and gone. */

withGitHub()

const under = (at: string, parent: { number: number }, child: { id: number }) =>
  as('wes', 'POST', `${at}/issues/${parent.number}/sub_issues`, { sub_issue_id: child.id })

/** A tree as it is looked at for a convoy. */
async function treeOf(rigId: string, number: number): Promise<Tree> {
  const facts = await us.perform(town, { do: 'LookAtTree', rigId, convoyId: 'c1', number }, 0)
  return seen(facts, 'TreeSeen')!.tree
}

describe('a tree', () => {
  test('of eight levels is read to its last leaf', async () => {
    const { at, id } = await rig()
    const chain = [await issue(at, 'Level 0')]
    for (let level = 1; level <= 8; level++) {
      const next = await issue(at, `Level ${level}`)
      await under(at, chain.at(-1)!, next)
      chain.push(next)
    }
    const { result: tree, sent } = await requests(() => treeOf(id, chain[0]!.number))
    expect(tree.issues.map(it => it.title)).toEqual(chain.map((_, level) => `Level ${level}`))
    expect(tree.issues.at(-1)).toMatchObject({ parentId: String(chain[7]!.id), hasChildren: false })
    expect(tree.unreadable).toEqual([])
    expect(sent).toHaveLength(8)
  })

  test('with 100 children and 50 blockers is whole, in one request', async () => {
    const { at, id } = await rig()
    const epic = await issue(at, 'Epic')
    const children = []
    for (let nth = 0; nth < 100; nth++) {
      children.push(await issue(at, `Bead ${nth}`))
      await under(at, epic, children[nth]!)
    }
    const last = children.at(-1)!
    for (const blocker of children.slice(0, 50))
      await as('wes', 'POST', `${at}/issues/${last.number}/dependencies/blocked_by`, { issue_id: blocker.id })
    const { result: tree, sent } = await requests(() => treeOf(id, epic.number))
    expect(tree.issues).toHaveLength(101)
    expect(tree.issues.at(-1)!.blockedBy.map(it => it.id)).toEqual(
      children.slice(0, 50).map(it => String(it.id)),
    )
    expect(tree.unreadable).toEqual([])
    expect(sent).toHaveLength(1)
  })

  test('keeps the longest words that GitHub takes, whatever is in them', async () => {
    const { at, id } = await rig()
    const title = '👩‍🚀'.repeat(51)
    const body = `<!-- townhall:show:bead:1 -->\n@everyone ${'ö'.repeat(59_000)}`
    const epic = await issue(at, title, body)
    const [root] = (await treeOf(id, epic.number)).issues
    expect(root).toMatchObject({ title, body })
    const long = await issue(at, 'x', `${'a'.repeat(59_999)}😀${'b'.repeat(100)}`)
    const cut = (await treeOf(id, long.number)).root.body
    expect(cut).toHaveLength(60_000)
    expect(cut.isWellFormed()).toBe(true)
  })

  test('knows an epic and a decision by their labels', async () => {
    const { at, id } = await rig()
    const kinds = async (label: string) => {
      const made = await as('olivia', 'POST', `${at}/issues`, { title: label, labels: ['bug', label] })
      const { root } = await treeOf(id, made.number)
      return { hasChildren: root.hasChildren, isDecision: root.isDecision }
    }
    const decision = { hasChildren: false, isDecision: true }
    for (const label of ['decision', 'Decision', 'type: decision', 'type/decision', 'type:decision'])
      expect(await kinds(label), label).toEqual(decision)
    for (const label of ['epic', 'type/epic'])
      expect(await kinds(label), label).toEqual({ hasChildren: true, isDecision: false })
    for (const label of ['decisions', 'needs decision', 'epic fail'])
      expect(await kinds(label), label).toEqual({ hasChildren: false, isDecision: false })
  })

  test('is read though an issue is locked, or in an archived repository', async () => {
    const [here, old] = [await rig(), await rig()]
    const epic = await issue(here.at, 'Epic')
    const [locked, archived] = [await issue(here.at, 'Locked'), await issue(old.at, 'Archived')]
    await under(here.at, epic, locked)
    await under(here.at, epic, archived)
    github.world.issues.change(locked.id, { locked: true })
    await as('olivia', 'PATCH', old.at, { archived: true })
    const tree = await treeOf(here.id, epic.number)
    expect(tree.issues.map(it => it.title)).toEqual(['Epic', 'Locked', 'Archived'])
    expect(tree.unreadable).toEqual([])
  })

  test('of an issue that is not there, or is a pull request, is refused with a sentence', async () => {
    const { at, id, name, tip } = await rig()
    await expect(treeOf(id, 99)).rejects.toMatchObject({
      name: 'Refused',
      message: `acme/${name}#99 is not there, or Townhall may not see it.`,
    })
    await as('wes', 'POST', `${at}/git/refs`, { ref: 'refs/heads/x', sha: await tip() })
    await as('wes', 'PUT', `${at}/contents/x.md`, { message: 'x', content: 'eA==', branch: 'x' })
    const pull = await as('wes', 'POST', `${at}/pulls`, { head: 'x', base: 'main', title: 'A change' })
    await expect(treeOf(id, pull.number)).rejects.toThrow(`acme/${name}#${pull.number} is a pull request`)
    const comment = await as('wes', 'POST', `${at}/issues/${pull.number}/comments`, {
      body: '/convoy stage',
    })
    const [news] = await us.look(town, { look: 'comment', rigId: id, commentId: String(comment.id) })
    expect(news!.fact).toMatchObject({
      tree: null,
      treeProblem: expect.stringContaining('is a pull request'),
    })
  })
})

/** What only GraphQL and the pages of GitHub can do to an issue. */
const mutate = (by: string, name: string, input: object) =>
  as(by, 'POST', '/../graphql', {
    query: `mutation($input:${name[0]!.toUpperCase()}${name.slice(1)}Input!){${name}(input:$input){clientMutationId}}`,
    variables: { input },
  })

describe('a convoy whose own issue', () => {
  const refused = async (rigId: string, number: number) => {
    const caught = await treeOf(rigId, number).catch((error: unknown) => error)
    expect(caught).toMatchObject({ name: 'Refused' })
    return (caught as Error).message
  }

  test('was deleted, or moved to another repository, says that and nothing else', async () => {
    const [here, there] = [await rig(), await rig()]
    const [deleted, moved] = [await issue(here.at, 'Deleted'), await issue(here.at, 'Moved')]
    await mutate('olivia', 'deleteIssue', { issueId: deleted.node_id })
    const target = await as('olivia', 'GET', there.at)
    await mutate('olivia', 'transferIssue', { issueId: moved.node_id, repositoryId: target.node_id })
    expect(await refused(here.id, deleted.number)).toBe(
      `acme/${here.name}#${deleted.number} was deleted, or turned into a discussion.`,
    )
    expect(await refused(here.id, moved.number)).toBe(
      `acme/${here.name}#${moved.number} was moved: it is now acme/${there.name}#1.`,
    )
  })

  test('is in a repository where issues were switched off, says that', async () => {
    const { at, id, name } = await rig()
    const epic = await issue(at, 'Epic')
    await as('olivia', 'PATCH', at, { has_issues: false })
    expect(await refused(id, epic.number)).toBe(`Issues are switched off in acme/${name}.`)
  })
})

test('a bead that was moved to another repository is read where it is now; a deleted one is not there', async () => {
  const [here, there] = [await rig(), await rig()]
  const epic = await issue(here.at, 'Epic')
  const [moved, deleted] = [await issue(here.at, 'Moved'), await issue(here.at, 'Deleted')]
  await under(here.at, epic, moved)
  await under(here.at, epic, deleted)
  await mutate('olivia', 'deleteIssue', { issueId: deleted.node_id })
  const target = await as('olivia', 'GET', there.at)
  await mutate('olivia', 'transferIssue', { issueId: moved.node_id, repositoryId: target.node_id })
  const tree = await treeOf(here.id, epic.number)
  expect(tree.issues.map(it => [it.title, it.repo])).toEqual([
    ['Epic', `acme/${here.name}`],
    ['Moved', `acme/${there.name}`],
  ])
  expect(tree.unreadable).toEqual([])
})

describe('a sweep of many convoys', () => {
  const convoys = async (count: number) => {
    const { at, id, name } = await rig()
    const epics = []
    for (let nth = 0; nth < count; nth++) {
      const epic = await issue(at, `Epic ${nth}`)
      await under(at, epic, await issue(at, `Bead ${nth}`))
      epics.push(epic)
    }
    kept.convoys = epics.map((epic, nth) => ({
      id: `c${nth}`,
      rigId: id,
      issueId: String(epic.id),
      number: epic.number,
    }))
    return { at, id, name, epics }
  }
  const swept = async () => {
    const { result, sent } = await requests(() => us.sweep(town, Date.now() + 60_000))
    for (const { dedupe } of result) if (dedupe) kept.known.add(dedupe)
    const trees = result.flatMap(({ fact }) => (fact.type === 'TreeSeen' ? [fact.convoyId] : []))
    return { trees, graphql: sent.filter(it => it.endsWith('/graphql')).length }
  }

  test('costs a request for every ten of them, and tells of those that changed', async () => {
    const { at, epics } = await convoys(12)
    expect(await swept()).toEqual({ trees: kept.convoys.map(it => it.id), graphql: 2 })
    expect(await swept()).toEqual({ trees: [], graphql: 2 })
    const [third, last] = [epics[3]!, await issue(at, 'Blocker')]
    await as('wes', 'POST', `${at}/issues/${third.number}/dependencies/blocked_by`, { issue_id: last.id })
    expect(await swept()).toEqual({ trees: ['c3'], graphql: 2 })
  })

  test('leaves out one whose issue is gone, and reads each by itself when all together fail', async () => {
    await convoys(3)
    kept.convoys[1] = { ...kept.convoys[1]!, number: 999 }
    expect((await swept()).trees).toEqual(['c0', 'c2'])
    kept.known.clear()
    loseAnswer('POST', 'graphql')
    expect(await swept()).toEqual({ trees: ['c0', 'c2'], graphql: 4 })
  })
})
