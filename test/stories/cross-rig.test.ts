import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hands } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

describe('a convoy over several repositories', { timeout: STORY_MS }, () => {
  let story: Story
  let hands: Hands
  beforeAll(async () => {
    story = await Story.begin()
    hands = new Hands(story.people.wes)
  })
  afterAll(() => story.end())

  it('works in each as that repository does; a landing in one releases a bead in the other at once', async () => {
    const api = await story.repository('api')
    const app = await story.repository('app', {
      '.github/townhall.yml': 'merge_mode: review-and-merge\n',
    })
    const root = await hands.opens(api, 'Both')
    const first = await hands.adds(root, 'First', script({ write: 'first.txt', content: '1' }))
    const second = await hands.opens(app, 'Second', script({ write: 'second.txt', content: '2' }))
    const third = await hands.adds(root, 'Third', script({ run: 'cp first.txt third.txt' }))
    await hands.puts(second, root)
    await hands.blocks(second, first)
    await hands.blocks(third, second)

    expect(await story.command(api, root.number, '/convoy stage')).toContain('3 beads in 3 waves')
    const card = await story.cardSays(api, root.number, 'works in several repositories')
    expect(card).toMatch(/\*\*acme\/api\*\* \(`review-then-land`\): beads gather on/)
    expect(card).toMatch(/\*\*acme\/app\*\* \(`review-and-merge`\): each bead goes straight into `main`/)
    // Whoever may write in one of them only starts nothing.
    const { olivia, tara } = story.people
    await olivia.request('PUT', `/repos/${api}/collaborators/${tara.login}`, { permission: 'push' })
    expect(await story.command(api, root.number, '/convoy start', tara)).toMatch(/acme\/app.*may not write/)

    await story.command(api, root.number, '/convoy start')
    await story.closed(root)
    const bases = async (repo: string): Promise<string[]> =>
      (await story.pulls(repo)).map(pull => (pull.base.ref === 'main' ? 'main' : 'its branch')).sort()
    expect(await bases(api)).toEqual(['its branch', 'its branch', 'main'])
    expect(await bases(app)).toEqual(['main'])
    expect(await story.file(api, 'third.txt')).toBe('1')
    expect(await story.file(app, 'second.txt')).toBe('2')
    // The other repository had its part before anything of this one was on main.
    const [landing] = (await story.pulls(api)).filter(pull => pull.base.ref === 'main')
    const [there] = await story.pulls(app)
    expect(Date.parse(there!.merged_at!)).toBeLessThanOrEqual(Date.parse(landing!.merged_at!))
    expect(await story.card(api, root.number)).toMatch(/acme\/app\*\*.*each bead went straight into `main`/)
  })
})
