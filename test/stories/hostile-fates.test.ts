import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mountPages } from '../../src/sandbox/github/pages/pages.ts'
import type { Epic } from '../../src/sandbox/person.ts'
import { STORY_MS, Story, script } from './town.ts'

/** What becomes of whole issues and repositories while a convoy counts on them. */

const writes = (file: string) => script({ write: `${file}.txt`, content: file })
const slowly = (file: string) => script({ sleep: '2500ms' }, { write: `${file}.txt`, content: file })

describe('a convoy', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin()
    story.github.mountPages(mountPages(story.github.world))
  })
  afterAll(() => story.end())

  /** A person presses a button below an issue on GitHub's pages. */
  const press = async (repo: string, number: number, what: string, as = 'olivia', to?: string) => {
    const target = to ? await story.people.olivia.get<{ id: number }>(`/repos/${to}`) : null
    const body = new URLSearchParams({ do: what, as, ...(target ? { to: String(target.id) } : {}) })
    const url = `${story.github.url}/${repo}/issues/${number}/fate`
    expect((await fetch(url, { method: 'POST', body, redirect: 'manual' })).status).toBe(303)
  }
  const card = async (repo: string, { number }: Epic) =>
    (await story.said(repo, number)).find(body => body.includes('<!-- townhall:show:convoy:')) ?? ''
  const cardSays = (repo: string, epic: Epic, what: RegExp | string) =>
    story.until(
      `the card says ${what}`,
      () => card(repo, epic),
      text => (typeof what === 'string' ? text.includes(what) : what.test(text)),
    )
  /** A repository that was made a moment ago may still have to be heard of. */
  const setOut = async (repo: string, epic: Epic) => {
    const staged = () => story.command(repo, epic.number, '/convoy stage')
    await story.until('it is staged', staged, reply => reply.includes('Staged'))
    expect(await story.command(repo, epic.number, '/convoy start --force')).toContain('under way')
  }
  const asked = async <T>(query: string): Promise<T> => {
    const headers = { authorization: `Bearer ${story.github.users.olivia!.token}` }
    const init = { method: 'POST', headers, body: JSON.stringify({ query }) }
    return (await fetch(story.github.graphql, init)).json() as Promise<T>
  }
  const setRepo = (repo: string, change: object) =>
    story.people.olivia.request('PATCH', `/repos/${repo}`, change)

  it.concurrent('under way goes on without beads that are deleted, converted or moved away', async () => {
    const [repo, other] = [await story.repository('fates'), await story.repository('elsewhere')]
    const epic = await story.epic(repo, [
      { key: 'first', title: 'First', body: slowly('first') },
      ...['gone', 'talk', 'moved', 'locked'].map(key => ({
        key,
        title: `To be ${key}`,
        body: writes(key),
        after: ['first'],
      })),
      { key: 'last', title: 'Last', body: writes('last'), after: ['gone', 'talk', 'moved', 'locked'] },
    ])
    const number = (key: string) => epic.issues[key]!.number
    await setOut(repo, epic)
    await press(repo, number('gone'), 'delete')
    await press(repo, number('talk'), 'discuss', 'tara')
    await press(repo, number('locked'), 'lock', 'wes')
    await press(repo, number('moved'), 'transfer', 'wes', other)
    await story.until(
      'the locked one landed',
      () => story.issue(repo, number('locked')),
      issue => issue.state === 'closed',
    )
    // The link went along: what waited for it waits for it there, and is told so.
    const why = await story.command(repo, number('last'), '/why')
    expect(why).toContain('acme/elsewhere#1')
    expect(why).toContain('What frees it:')
    await cardSays(repo, epic, 'acme/elsewhere')
    await story.people.wes.request('PATCH', `/repos/${other}/issues/1`, { state: 'closed' })
    await story.landed(repo, epic)
    await cardSays(repo, epic, 'Landed')
    // GitHub lets no App comment on a locked issue; all else is shown there, and nothing old is left.
    expect(story.labels(await story.issue(repo, number('locked')))).toEqual(['gt:bead'])
    for (const key of ['first', 'locked', 'last']) expect(await story.file(repo, `${key}.txt`)).toBe(key)
    for (const key of ['gone', 'talk', 'moved']) expect(await story.file(repo, `${key}.txt`)).toBeNull()
  })

  it.concurrent('that is staged is drawn anew without them, and with what moved', async () => {
    const [repo, other] = [await story.repository('drawn'), await story.repository('there')]
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: writes('a') },
      { key: 'b', title: 'B', body: writes('b'), after: ['a'] },
      { key: 'c', title: 'C', body: writes('c'), after: ['b'] },
    ])
    expect(await story.command(repo, epic.number, '/convoy stage')).toContain('3 beads in 3 waves')
    await press(repo, epic.issues.b!.number, 'delete')
    await press(repo, epic.issues.c!.number, 'transfer', 'wes', other)
    await cardSays(repo, epic, 'acme/there#1')
    await story.command(repo, epic.number, '/convoy start --force')
    await story.landed(repo, epic)
    expect(await story.file(repo, 'a.txt')).toBe('a')
    expect(await story.file(repo, 'b.txt')).toBeNull()
    expect(await story.file(other, 'c.txt')).toBe('c')
  })

  it.concurrent.for<[string, (repo: string, number: number) => Promise<unknown>, RegExp]>([
    ['deleted', (repo, number) => press(repo, number, 'delete'), /was deleted/],
    ['made a discussion', (repo, number) => press(repo, number, 'discuss', 'wes'), /deleted, or turned into/],
    [
      'moved to another repository',
      (repo, number) => press(repo, number, 'transfer', 'wes', 'acme/attic'),
      /now acme\/attic#\d/,
    ],
  ])('whose own issue is %s is paused, and says so on a bead', async ([how, doom, says]) => {
    const repo = await story.repository(`headless-${how.replaceAll(' ', '-')}`)
    if (how.startsWith('moved')) await story.repository('attic')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: slowly('a') },
      { key: 'b', title: 'B', body: writes('b'), after: ['a'] },
    ])
    await setOut(repo, epic)
    await doom(repo, epic.number)
    const beads = Object.values(epic.issues).map(it => it.number)
    const said = await story.until(
      'a sentence on a bead',
      async () => (await Promise.all(beads.map(number => story.said(repo, number)))).flat(),
      all => all.some(text => text.includes('⚠️')),
    )
    const told = said.filter(text => text.includes('⚠️'))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/so it is paused/)
    expect(told[0]).toMatch(says)
    await story.until(
      'what is begun is finished',
      () => story.command(repo, beads[1]!, '/why'),
      why => why.includes('/convoy resume'),
    )
    // Nothing of it is lost: whoever wants no more of it can say so where it is told.
    expect(await story.command(repo, beads[1]!, '/convoy close --force')).toMatch(/closed/i)
    await story.until(
      'no pull request is left open',
      () => story.pulls(repo),
      pulls => pulls.every(pull => pull.state === 'closed'),
    )
    expect(await story.file(repo, 'b.txt')).toBeNull()
  })

  it.concurrent.for<[string, object, object]>([
    ['archived', { archived: true }, { archived: false }],
    ['left without issues', { has_issues: false }, { has_issues: true }],
  ])('waits for a repository that is %s, and lands when it is back', async ([how, off, on]) => {
    const name = how.split(' ')[0]!
    const [repo, other] = [await story.repository(`${name}-web`), await story.repository(`${name}-api`)]
    const epic = await story.epic(repo, [{ key: 'a', title: 'A', body: slowly('a') }])
    const { wes } = story.people
    const at = `/repos/${other}/issues`
    const issue = await wes.post<{ id: number; number: number }>(at, { title: 'B', body: writes('b') })
    await wes.post(`/repos/${repo}/issues/${epic.number}/sub_issues`, { sub_issue_id: issue.id })
    await wes.post(`${at}/${issue.number}/dependencies/blocked_by`, { issue_id: epic.issues.a!.id })
    await setOut(repo, epic)
    await setRepo(other, off)
    await story.until(
      'A landed',
      () => story.issue(repo, epic.issues.a!.number),
      it => it.state === 'closed',
    )
    if (how === 'archived')
      expect(await story.command(repo, epic.number, '/why')).toMatch(/acme\/archived-api is archived/)
    await setRepo(other, on)
    await story.landed(repo, epic)
    expect(await story.file(other, 'b.txt')).toBe('b')
    await story.until(
      'B is closed',
      () => story.issue(other, issue.number),
      it => it.state === 'closed',
    )
  })

  it.concurrent('cannot be staged or started where nothing can be written, and that is said', async () => {
    const [repo, old] = [await story.repository('living'), await story.repository('old')]
    const epic = await story.epic(repo, [{ key: 'a', title: 'A', body: writes('a') }])
    const { wes } = story.people
    const issue = await wes.post<{ id: number }>(`/repos/${old}/issues`, { title: 'B', body: writes('b') })
    await wes.post(`/repos/${repo}/issues/${epic.number}/sub_issues`, { sub_issue_id: issue.id })
    await setRepo(old, { archived: true })
    await story.until(
      'it is known',
      () => story.command(repo, epic.number, '/convoy stage'),
      reply => /acme\/old is archived/.test(reply),
    )
    // A look at the repositories that began before may come in late once; the next one sets that right.
    await story.until(
      'the start is refused',
      () => story.command(repo, epic.number, '/convoy start'),
      reply => /no convoy|is archived/i.test(reply),
    )
    expect(await story.branches(repo)).toEqual(['main'])
  })

  it.concurrent('whose board is deleted under it goes on, and names a board that is there', async () => {
    const repo = await story.repository('boards')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: slowly('a') },
      { key: 'b', title: 'B', body: writes('b'), after: ['a'] },
    ])
    const boards = async () => {
      const query = '{organization(login:"acme"){projectsV2(first:10){nodes{id url}}}}'
      type Boards = { data: { organization: { projectsV2: { nodes: { id: string; url: string }[] } } } }
      return (await asked<Boards>(query)).data.organization.projectsV2.nodes
    }
    await setOut(repo, epic)
    await cardSays(repo, epic, '/projects/')
    const [doomed] = await boards()
    await asked(`mutation{deleteProjectV2(input:{projectId:"${doomed!.id}"}){projectV2{id}}}`)
    await story.landed(repo, epic)
    const text = await story.until(
      'the card names a board that is there',
      async () => ({ card: await card(repo, epic), urls: (await boards()).map(board => board.url) }),
      seen => seen.card.includes('Landed') && seen.urls.some(url => seen.card.includes(`(${url})`)),
    )
    expect(text.card).not.toContain(`(${doomed!.url})`)
    expect(text.urls).toHaveLength(1)
  })

  it.concurrent('on a locked issue is not stopped by that', async () => {
    const repo = await story.repository('locks')
    const epic = await story.epic(repo, [{ key: 'a', title: 'A', body: writes('a') }])
    await story.command(repo, epic.number, '/convoy stage')
    await cardSays(repo, epic, '/convoy start')
    await press(repo, epic.number, 'lock', 'wes')
    await story.people.wes.comment(repo, epic.number, '/convoy start')
    await story.landed(repo, epic)
    // It was there before the lock, so it is still kept.
    await cardSays(repo, epic, 'Landed')
    expect(await story.file(repo, 'a.txt')).toBe('a')
  })
})
