import { describe, expect, test } from 'vitest'
import type { CommentSeen } from '../../src/core/events.ts'
import { as, issue, kept, requests, rig, town, us, withGitHub } from '../support/github-town.ts'

/** Issues that a command names, and the rights of who names them. */

withGitHub()

/** What is seen of a comment on an issue. */
async function said(by: string, at: string, rigId: string, number: number, body: string) {
  const comment = await as(by, 'POST', `${at}/issues/${number}/comments`, { body })
  const look = { look: 'comment', rigId, commentId: String(comment.id) } as const
  const { result, sent } = await requests(() => us.look(town, look))
  return { seen: result[0]!.fact as CommentSeen, sent }
}

describe('a command that names issues', () => {
  test('brings them all along in one request, in their order, each once', async () => {
    const [here, web] = [await rig(), await rig()]
    const one = await issue(here.at, 'One 🚀')
    const two = await issue(here.at, 'Two')
    const other = await issue(web.at, 'Elsewhere')
    const child = await issue(web.at, 'Child')
    await as('wes', 'POST', `${here.at}/issues/${two.number}/sub_issues`, { sub_issue_id: child.id })
    await as('wes', 'PATCH', `${web.at}/issues/${other.number}`, { state: 'closed' })
    const words = `#${two.number} ACME/${web.name}#${other.number} ${one.number} #${two.number} acme/${web.name}#${child.number}`
    const { seen, sent } = await said('wes', here.at, here.id, one.number, `/convoy stage ${words}`)
    expect(seen.named.map(it => it.ref)).toEqual([
      `acme/${here.name}#${two.number}`,
      `ACME/${web.name}#${other.number}`,
      `acme/${here.name}#${one.number}`,
      `acme/${web.name}#${child.number}`,
    ])
    expect(seen.named.map(it => it.problem)).toEqual([null, null, null, null])
    const [second, elsewhere, first, leaf] = seen.named.map(it => it.issue!)
    expect(second).toEqual({
      id: String(two.id),
      rigId: here.id,
      number: two.number,
      title: 'Two',
      state: 'open',
      isPull: false,
      hasChildren: true,
      parent: null,
    })
    expect(elsewhere).toMatchObject({ rigId: web.id, state: 'closed', hasChildren: false })
    expect(first).toMatchObject({ title: 'One 🚀' })
    expect(leaf!.parent).toEqual({ id: String(two.id), ref: `acme/${here.name}#${two.number}` })
    // One for the tree, one for what is named, whatever their number.
    expect(sent.filter(it => it.endsWith('/graphql')).length).toBeLessThanOrEqual(2)
    expect(seen.rights).toEqual([{ rigId: web.id, permission: 'write' }])
    expect(sent.filter(it => it.includes('/collaborators/')).length).toBe(2)
  })

  test('is told what cannot be read, each by itself, and the others are read', async () => {
    const { at, id, name } = await rig()
    const there = await issue(at, 'There')
    const gone = there.number + 900
    const { seen } = await said(
      'wes',
      at,
      id,
      there.number,
      `/convoy stage #${there.number} #${gone} acme/nowhere#1 https://github.com/someone/else/issues/3`,
    )
    expect(seen.named.map(it => it.issue?.title ?? it.problem)).toEqual([
      'There',
      `acme/${name}#${gone} is not there, or Townhall may not see it.`,
      'Townhall is not installed in acme/nowhere.',
      'Townhall is not installed in someone/else.',
    ])
    expect(seen.rights).toEqual([])
  })

  test('follows one that was moved within the town', async () => {
    const [here, web] = [await rig(), await rig()]
    const [there, moved] = [await issue(here.at, 'There'), await issue(here.at, 'Moved')]
    const target = await as('olivia', 'GET', web.at)
    await as('olivia', 'POST', '/../graphql', {
      query: 'mutation($input:TransferIssueInput!){transferIssue(input:$input){issue{number}}}',
      variables: { input: { issueId: moved.node_id, repositoryId: target.node_id } },
    })
    const { seen } = await said('wes', here.at, here.id, there.number, `/convoy stage #${moved.number}`)
    expect(seen.named).toMatchObject([
      {
        ref: `acme/${here.name}#${moved.number}`,
        problem: null,
        issue: { rigId: web.id, number: 1, title: 'Moved' },
      },
    ])
    expect(seen.rights).toEqual([{ rigId: web.id, permission: 'write' }])
  })

  test('may name a pull request, which is said to be one', async () => {
    const { at, id, tip } = await rig()
    const there = await issue(at, 'There')
    await as('wes', 'POST', `${at}/git/refs`, { ref: 'refs/heads/x', sha: await tip() })
    await as('wes', 'PUT', `${at}/contents/x.md`, { message: 'x', content: 'eA==', branch: 'x' })
    const pull = await as('wes', 'POST', `${at}/pulls`, { head: 'x', base: 'main', title: 'A change' })
    const { seen } = await said('wes', at, id, there.number, `/convoy stage #${pull.number} #${there.number}`)
    expect(seen.named.map(it => it.issue?.isPull)).toEqual([true, false])
    expect(seen.named[0]!.issue).toMatchObject({ title: 'A change', state: 'open', parent: null, rigId: id })
  })

  test('costs no reading for who may not give it, nor when it was edited', async () => {
    const { at, id } = await rig()
    const there = await issue(at, 'There')
    const { seen, sent } = await said('rhea', at, id, there.number, `/convoy stage #${there.number}`)
    expect(seen).toMatchObject({ permission: 'read', named: [], rights: [] })
    expect(sent.filter(it => it.endsWith('/graphql'))).toEqual([])
  })

  test('in a repository that the town has not heard of yet can name its issues', async () => {
    const { at, id } = await rig()
    const there = await issue(at, 'There')
    kept.rigs.clear()
    const comment = await as('wes', 'POST', `${at}/issues/${there.number}/comments`, {
      body: `/convoy stage #${there.number}`,
    })
    const news = await us.look(town, { look: 'comment', rigId: id, commentId: String(comment.id) })
    const fact = news.map(it => it.fact).find((it): it is CommentSeen => it.type === 'CommentSeen')!
    expect(fact.named[0]).toMatchObject({ problem: null, issue: { title: 'There' } })
  })
})

test('the rights of who speaks are asked once for every repository that the tree reaches into', async () => {
  const [here, web] = [await rig(), await rig()]
  const epic = await issue(here.at, 'Epic')
  for (const title of ['One', 'Two']) {
    const child = await issue(web.at, title)
    await as('wes', 'POST', `${here.at}/issues/${epic.number}/sub_issues`, { sub_issue_id: child.id })
  }
  await as('olivia', 'PUT', `${web.at}/collaborators/wes`, { permission: 'admin' })
  const { seen, sent } = await said('wes', here.at, here.id, epic.number, '/convoy stage')
  expect(seen.tree!.issues).toHaveLength(3)
  expect(seen.named).toEqual([])
  expect(seen.rights).toEqual([{ rigId: web.id, permission: 'admin' }])
  expect(sent.filter(it => it.includes(`${web.at}/collaborators/`))).toHaveLength(1)
})
