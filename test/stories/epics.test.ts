import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hands } from './hands.ts'
import { STORY_MS, Story, script } from './town.ts'

describe('epics in a convoy', { timeout: STORY_MS }, () => {
  let story: Story
  let hands: Hands
  beforeAll(async () => {
    story = await Story.begin()
    hands = new Hands(story.people.wes)
  })
  afterAll(() => story.end())

  it('order what is under them, are in progress with their first leaf and closed with their last', async () => {
    const repo = await story.repository('deep')
    const root = await hands.opens(repo, 'The whole')
    const walls = await hands.adds(root, 'Walls')
    const inner = await hands.adds(walls, 'Inner walls')
    const roof = await hands.adds(root, 'Roof')
    const north = await hands.adds(walls, 'North', script({ write: 'north.txt', content: 'n' }))
    const door = await hands.adds(
      inner,
      'Door',
      script({ ask: 'Left or right?' }, { write: 'door.txt', content: '{{answer}}' }),
    )
    const tiles = await hands.adds(roof, 'Tiles', script({ run: 'cat north.txt door.txt > tiles.txt' }))
    const flag = await hands.adds(root, 'Flag', script({ write: 'flag.txt', content: 'f' }))
    // An epic waits for an epic: its leaves wait for all leaves of the other. Nothing else orders anything.
    await hands.blocks(roof, walls)

    expect(await story.command(repo, root.number, '/convoy stage')).toContain('4 beads in 2 waves')
    const card = await story.cardSays(repo, root.number, 'Tree')
    expect(card).toMatch(new RegExp(`- .*#${walls.number} Walls.*0 of 2 over`))
    expect(card).toMatch(new RegExp(`  - .*#${inner.number} Inner walls.*0 of 1 over`))
    await story.command(repo, root.number, '/convoy start')

    await Promise.all([story.closed(north), story.closed(flag)])
    await story.labelled(door, 'gt:escalation')
    await story.labelled(walls, 'gt:in-progress')
    await story.cardSays(repo, root.number, 'Walls** · 1 of 2 over')
    expect(await story.command(repo, tiles.number, '/why')).toMatch(
      new RegExp(`waiting for .*#${walls.number}`),
    )
    expect(story.labels(await story.issue(repo, roof.number))).not.toContain('gt:in-progress')

    await story.people.wes.comment(repo, door.number, 'left')
    await story.closed(inner)
    await story.closed(walls)
    await story.closed(root)
    for (const epic of [inner, walls, roof]) {
      const issue = await story.issueIs(epic, 'at rest', it => !story.labels(it).includes('gt:in-progress'))
      expect(issue).toMatchObject({ state: 'closed', state_reason: 'completed' })
    }
    expect(await story.file(repo, 'tiles.txt')).toBe('nleft')
  })
})
