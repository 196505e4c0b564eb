import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STORY_MS, Story, script } from './town.ts'

const GATED = {
  '.github/townhall.yml':
    'gates:\n  - name: test\n    run: "! grep -rq BROKEN --include=*.txt ."\n    timeout: 1m\n',
}

describe('a convoy', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin()
  })
  afterAll(() => story.end())

  it('of a diamond with a failure, a red gate, a conflict and a question lands on main', async () => {
    const repo = await story.repository('web', GATED)
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
      {
        key: 'b',
        title: 'B',
        body: script({ fail: 'no luck', tries: 1 }, { write: 'b.txt', content: 'b' }),
        after: ['a'],
      },
      { key: 'c', title: 'C', body: script({ append: 'README.md', content: 'c\n' }), after: ['a'] },
      { key: 'd', title: 'D', body: script({ append: 'README.md', content: 'd\n' }), after: ['a'] },
      {
        key: 'e',
        title: 'E',
        body: script({ write: 'e.txt', content: 'fine' }, { write: 'e.txt', content: 'BROKEN', tries: 1 }),
        after: ['a'],
      },
      {
        key: 'f',
        title: 'F',
        body: script({ ask: 'Which colour?' }, { write: 'f.txt', content: '{{answer}}' }),
        after: ['b', 'c'],
      },
      { key: 'g', title: 'G', body: 'Write it down.', after: ['d', 'e', 'f'] },
    ])
    expect(await story.command(repo, epic.number, '/convoy stage')).toContain('7 beads in 4 waves')
    await story.until(
      'its labels',
      () => story.issue(repo, epic.number),
      issue => story.labels(issue).join() === 'gt:convoy,gt:staged',
    )
    await story.command(repo, epic.number, '/convoy start')
    const f = epic.issues.f!.number
    await story.until(
      'the question',
      () => story.said(repo, f),
      said => said.some(body => body.includes('Which colour?') && body.includes('townhall:question')),
    )
    await story.people.wes.comment(repo, f, 'blue')
    await story.landed(repo, epic)

    expect(await story.file(repo, 'f.txt')).toBe('blue')
    expect(await story.file(repo, 'e.txt')).toBe('fine')
    expect((await story.file(repo, 'README.md'))?.split('\n').sort()).toEqual(['', '# web', 'c', 'd'])
    expect(await story.file(repo, `work/${epic.issues.g!.number}.md`)).toContain('Write it down.')
    for (const { number } of Object.values(epic.issues))
      expect(await story.issue(repo, number)).toMatchObject({ state: 'closed', state_reason: 'completed' })
    const pulls = await story.pulls(repo)
    expect(pulls).toHaveLength(8)
    expect(pulls.every(pull => pull.merged_at !== null)).toBe(true)
    expect(pulls.filter(pull => pull.base.ref === 'main')).toHaveLength(1)
    await story.until(
      'the branches are tidied',
      () => story.branches(repo),
      branches => branches.length === 1,
    )
  })

  it('goes straight to main in review-and-merge', async () => {
    const repo = await story.repository('direct', {
      '.github/townhall.yml': 'merge_mode: review-and-merge\n',
    })
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
      { key: 'b', title: 'B', body: script({ run: 'cp a.txt b.txt' }), after: ['a'] },
    ])
    await story.start(repo, epic)
    await story.landed(repo, epic)
    // Long after the end it still says how it came to be.
    expect(await story.command(repo, epic.number, '/why')).toContain('The convoy has landed')
    expect(await story.command(repo, epic.issues.a!.number, '/why')).toContain('is landed')
    expect(await story.file(repo, 'b.txt')).toBe('a')
    expect((await story.pulls(repo)).map(pull => pull.base.ref)).toEqual(['main', 'main'])
  })

  it('over two repositories lands in both, and a bead in one releases a bead in the other', async () => {
    const [api, app] = [await story.repository('api'), await story.repository('app')]
    const { wes } = story.people
    const epic = await story.epic(api, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
    ])
    const other = await wes.post<{ id: number; number: number }>(`/repos/${app}/issues`, {
      title: 'B',
      body: script({ write: 'b.txt', content: 'b' }),
    })
    await wes.post(`/repos/${api}/issues/${epic.number}/sub_issues`, { sub_issue_id: other.id })
    await wes.post(`/repos/${app}/issues/${other.number}/dependencies/blocked_by`, {
      issue_id: epic.issues.a!.id,
    })
    await story.start(api, epic)
    await story.landed(api, epic)
    expect(await story.file(api, 'a.txt')).toBe('a')
    expect(await story.file(app, 'b.txt')).toBe('b')
    for (const repo of [api, app])
      expect((await story.pulls(repo)).filter(pull => pull.base.ref === 'main')).toHaveLength(1)
  })

  it('waits for a person to approve its landing where the repository wants that', async () => {
    const repo = await story.repository('careful', { '.github/townhall.yml': 'landing: approve\n' })
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ write: 'a.txt', content: 'a' }) },
    ])
    await story.start(repo, epic)
    const isLanding = (pull: { base: { ref: string } }) => pull.base.ref === 'main'
    const pulls = await story.until(
      'its landing is open',
      () => story.pulls(repo),
      all => all.some(isLanding),
    )
    const landing = pulls.find(isLanding)!
    await story.until(
      'its card says that it waits for approval',
      () => story.said(repo, epic.number),
      said => said.some(body => body.includes(`#${landing.number}`) && /waits for.*approv/i.test(body)),
    )
    expect(landing.merged_at).toBeNull()
    await story.people.rhea.post(`/repos/${repo}/pulls/${landing.number}/reviews`, { event: 'APPROVE' })
    await story.people.wes.post(`/repos/${repo}/pulls/${landing.number}/reviews`, { event: 'APPROVE' })
    await story.landed(repo, epic)
  })

  it('that fails parks what waits for it, says so, and goes on after /bead retry', async () => {
    const repo = await story.repository('hapless', { '.github/townhall.yml': 'tries: 1\n' })
    const epic = await story.epic(repo, [
      {
        key: 'a',
        title: 'A',
        body: script({ run: 'test -f allowed.txt' }, { write: 'a.txt', content: 'a' }),
      },
      { key: 'b', title: 'B', body: script({ write: 'b.txt', content: 'b' }), after: ['a'] },
    ])
    await story.start(repo, epic)
    const a = epic.issues.a!.number
    const failed = await story.until(
      'A has failed',
      () => story.issue(repo, a),
      issue => story.labels(issue).includes('gt:failed'),
    )
    expect(story.labels(failed)).toEqual(['gt:bead', 'gt:failed'])
    expect(await story.command(repo, epic.issues.b!.number, '/why', story.people.rhea)).toMatch(
      /parked behind.*failed/s,
    )
    await story.people.wes.request('PATCH', `/repos/${repo}/issues/${a}`, {
      body: script({ write: 'a.txt', content: 'a' }),
    })
    expect(await story.command(repo, a, '/bead retry', story.people.rhea)).toMatch(/write/)
    await story.command(repo, a, '/bead retry')
    await story.until(
      'it fails again, because its text was fixed after it began',
      () => story.issue(repo, a),
      issue => story.labels(issue).includes('gt:failed'),
    )
    await story.command(repo, epic.issues.b!.number, '/bead release')
    await story.people.wes.request('PATCH', `/repos/${repo}/issues/${a}`, {
      state: 'closed',
      state_reason: 'not_planned',
    })
    await story.landed(repo, epic)
    expect(await story.file(repo, 'b.txt')).toBe('b')
    expect(await story.file(repo, 'a.txt')).toBeNull()
  })

  it('lands when the queue forgets everything in the middle of it', async () => {
    const repo = await story.repository('forgetful')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ sleep: '300ms' }, { write: 'a.txt', content: 'a' }) },
      { key: 'b', title: 'B', body: script({ write: 'b.txt', content: 'b' }), after: ['a'] },
    ])
    await story.start(repo, epic)
    for (let i = 0; i < 4; i++) {
      await story.townhall.queue.wipe()
      await new Promise(resolve => setTimeout(resolve, 400))
    }
    await story.landed(repo, epic)
  })

  it('goes on after Townhall was stopped and started again', async () => {
    const repo = await story.repository('restarted')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ sleep: '1s' }, { write: 'a.txt', content: 'a' }) },
    ])
    await story.start(repo, epic)
    await story.restart()
    await story.landed(repo, epic)
  })
})
