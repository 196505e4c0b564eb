import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_MS, Story, script } from './town.ts'

describe('a refusal', { timeout: STORY_MS }, () => {
  let story: Story
  let repo: string
  beforeAll(async () => {
    story = await Story.begin()
    repo = await story.repository('web')
  })
  afterAll(() => story.end())

  const one = [{ key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) }]

  it('meets everybody without write access, is one sentence, and nothing happens', async () => {
    const epic = await story.epic(repo, one)
    for (const person of [story.people.rhea, story.people.tara]) {
      const reply = await story.command(repo, epic.number, '/convoy stage --start', person)
      expect(reply).toContain('write')
      expect(reply.split('\n')).toHaveLength(1)
    }
    expect(story.labels(await story.issue(repo, epic.number))).toEqual([])
    expect(await story.branches(repo)).toEqual(['main'])
  })

  it('acknowledges the comment with eyes and answers it with confused', async () => {
    const epic = await story.epic(repo, one)
    const { id } = await story.people.wes.comment(repo, epic.number, '/convoy pause')
    const contents = await story.until(
      'both reactions',
      () => story.people.wes.get<{ content: string }[]>(`/repos/${repo}/issues/comments/${id}/reactions`),
      reactions => reactions.length === 2,
    )
    expect(contents.map(reaction => reaction.content).sort()).toEqual(['confused', 'eyes'])
  })

  it('of a typo names the nearest command', async () => {
    const epic = await story.epic(repo, one)
    expect(await story.command(repo, epic.number, '/convoy strat')).toContain('/convoy start')
  })

  it('of a cycle names its path, and no convoy is made', async () => {
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: '' },
      { key: 'b', title: 'B', body: '', after: ['a'] },
    ])
    const { a, b } = epic.issues
    await story.people.wes.post(`/repos/${repo}/issues/${a!.number}/dependencies/blocked_by`, {
      issue_id: b!.id,
    })
    const reply = await story.command(repo, epic.number, '/convoy stage')
    expect(reply).toContain(`#${a!.number} → `)
    expect(await story.command(repo, epic.number, '/convoy status')).toMatch(/no convoy/i)
  })

  it('of an epic without sub-issues says what is missing', async () => {
    const epic = await story.epic(repo, [])
    expect(await story.command(repo, epic.number, '/convoy stage')).toMatch(/sub-issue/)
  })

  it('of an epic of epics says that nothing in it can be worked on', async () => {
    const epic = await story.epic(repo, [{ key: 'a', title: 'An inner epic', body: '' }])
    await story.people.wes.post(`/repos/${repo}/issues/${epic.issues.a!.number}/labels`, { labels: ['epic'] })
    expect(await story.command(repo, epic.number, '/convoy stage')).toMatch(/epic/i)
    expect(await story.command(repo, epic.number, '/convoy status')).toMatch(/no convoy/i)
  })

  it('is not given to commands in quotes, code and edits', async () => {
    const epic = await story.epic(repo, one)
    const { wes } = story.people
    await wes.comment(repo, epic.number, '> /convoy stage\n\n```\n/convoy stage\n```')
    const { id } = await wes.comment(repo, epic.number, 'Looks good.')
    // GitHub's times are whole seconds: an edit is told apart from the comment's making when one has passed.
    const made = Math.floor(Date.now() / 1000)
    await story.until(
      'the second is over',
      async () => Math.floor(Date.now() / 1000),
      now => now > made,
    )
    await wes.request('PATCH', `/repos/${repo}/issues/comments/${id}`, { body: '/convoy stage' })
    // What comes after them is answered; they are not.
    await story.command(repo, epic.number, '/help')
    const said = await story.said(repo, epic.number)
    expect(said.filter(body => body.includes('Staged'))).toEqual([])
    expect(await story.branches(repo)).toEqual(['main'])
  })
})

describe('bad input', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin()
  })
  afterAll(() => story.end())

  it('in the config is answered with the known keys and a line, and does not stop a convoy', async () => {
    const repo = await story.repository('typo', {
      '.github/townhall.yml': 'gates: []\nmerge_mod: review-then-land\n',
    })
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
    ])
    await story.start(repo, epic)
    await story.landed(repo, epic)
    const said = (await story.said(repo, epic.number)).filter(body => body.includes('townhall:show:convoy'))
    const card = said[0]?.replaceAll('\\', '')
    expect(card).toContain('merge_mod')
    expect(card).toContain('Line 2')
    expect(card).toContain('max_polecats')
  })

  it('in titles, bodies and scripts blocks nobody else', async () => {
    const repo = await story.repository('hostile')
    const nasty = '`"]<script>alert(1)</script> @everyone end; %% --> [x](javascript:1) \u202e\u0000'.replace(
      '\u0000',
      '',
    )
    const epic = await story.epic(
      repo,
      [
        { key: 'a', title: nasty.repeat(2).slice(0, 200), body: '```polecat\n- write: [\n```' },
        { key: 'b', title: 'B', body: script({ write: '../../outside.txt', content: 'x' }) },
        { key: 'c', title: 'C', body: script({ write: 'c.txt', content: 'c' }) },
      ],
      nasty,
    )
    await story.start(repo, epic)
    const state = async (key: string): Promise<string[]> =>
      story.labels(await story.issue(repo, epic.issues[key]!.number))
    await story.until(
      'C landed',
      () => story.issue(repo, epic.issues.c!.number),
      issue => issue.state === 'closed',
    )
    for (const key of ['a', 'b'])
      await story.until(
        `${key} failed`,
        () => state(key),
        labels => labels.includes('gt:failed'),
      )
    await story.command(repo, epic.number, '/convoy close --force')
    expect(await story.file(repo, 'c.txt')).toBeNull()
  })

  it('a branch that is gone and a repository that is gone do not block the town', async () => {
    const doomed = await story.repository('doomed')
    const epic = await story.epic(doomed, [
      { key: 'a', title: 'A', body: script({ sleep: '2s' }, { write: 'a.txt', content: 'a' }) },
    ])
    await story.start(doomed, epic)
    await story.people.olivia.request('DELETE', `/repos/${doomed}`)
    const fine = await story.repository('fine')
    const other = await story.epic(fine, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
    ])
    await story.start(fine, other)
    await story.landed(fine, other)
  })
})
