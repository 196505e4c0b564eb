import { describe, expect, test } from 'vitest'
import {
  as,
  issue,
  loseAnswer,
  requests,
  rig,
  showing,
  type Thing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'

/** What is shown on issues: labels, comments, their state. */

withGitHub()

describe('showing', () => {
  const show = (...of: Parameters<typeof showing>) => us.perform(town, showing(...of), 0)
  const comments = (at: string, it: Thing) => as<Thing[]>('wes', 'GET', `${at}/issues/${it.number}/comments`)
  const labelsOf = async (at: string, it: Thing) =>
    (await as('wes', 'GET', `${at}/issues/${it.number}`)).labels.map(label => label.name).sort()

  test('only differences are sent, in one request, and foreign labels stay', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await as('wes', 'POST', `${at}/issues/${bead.number}/labels`, { labels: ['bug', 'gt:failed'] })
    await show(id, bead, ['gt:bead'], 'ready')
    expect(await labelsOf(at, bead)).toEqual(['bug', 'gt:bead'])
    await show(id, bead, ['gt:bead', 'gt:in-progress'], 'working')
    const next = await requests(() => show(id, bead, ['gt:bead'], 'in review'))
    expect(next.sent).toEqual(['POST /api/graphql'])
    expect(await labelsOf(at, bead)).toEqual(['bug', 'gt:bead'])
    const words = await requests(() => show(id, bead, ['gt:bead'], 'held'))
    expect(words.sent).toEqual(['POST /api/graphql'])
    expect((await comments(at, bead))[0]!.body).toMatch(/held/i)
    await show(id, bead, ['gt:bead'], 'in review')
    const same = await requests(() => show(id, bead, ['gt:bead'], 'in review'))
    expect(same.sent).toEqual([])
    const done = await requests(() => show(id, bead, ['gt:bead'], 'landed', 'completed'))
    expect(done.sent).toEqual(['POST /api/graphql'])
    expect(done.result).toEqual([{ type: 'IssueClosed', beadId: String(bead.id), at: expect.any(Number) }])
    expect((await as('wes', 'GET', `${at}/issues/${bead.number}`)).state).toBe('closed')
    const [only, ...more] = await comments(at, bead)
    expect(more).toEqual([])
    expect(only!.user.login).toBe('townhall[bot]')
  })

  test('ten beads that begin at once make each label once', async () => {
    const { at, id } = await rig()
    const beads = await Promise.all(Array.from({ length: 10 }, (_, n) => issue(at, `Bead ${n}`)))
    const first = await requests(() =>
      Promise.all(beads.map(bead => show(id, bead, ['gt:bead', 'gt:in-progress'], 'working'))),
    )
    expect(first.sent.filter(it => it.endsWith('/labels'))).toHaveLength(2)
    for (const bead of beads) expect(await labelsOf(at, bead)).toEqual(['gt:bead', 'gt:in-progress'])
  })

  test('a comment that somebody deleted is made again, a label too', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await show(id, bead, ['gt:bead'], 'ready')
    const [first] = await comments(at, bead)
    await as('olivia', 'DELETE', `${at}/issues/comments/${first!.id}`)
    await as('olivia', 'DELETE', `${at}/labels/${encodeURIComponent('gt:bead')}`)
    await show(id, bead, [], 'working')
    await show(id, bead, ['gt:bead'], 'working')
    expect(await comments(at, bead)).toHaveLength(1)
    expect(await labelsOf(at, bead)).toEqual(['gt:bead'])
  })

  test('both gone at once are both made again, and the issue is closed all the same', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    await show(id, bead, ['gt:bead'], 'ready')
    const [first] = await comments(at, bead)
    await as('olivia', 'DELETE', `${at}/issues/comments/${first!.id}`)
    await as('olivia', 'DELETE', `${at}/labels/${encodeURIComponent('gt:bead')}`)
    expect(await show(id, bead, ['gt:in-progress'], 'landed', 'completed')).toHaveLength(1)
    expect(await comments(at, bead)).toHaveLength(1)
    expect(await labelsOf(at, bead)).toEqual(['gt:in-progress'])
    expect((await as('wes', 'GET', `${at}/issues/${bead.number}`)).state).toBe('closed')
  })

  test('a comment whose creation was never answered is found again', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    loseAnswer('POST', 'graphql')
    await expect(show(id, bead, ['gt:bead'], 'ready')).rejects.toThrow('Server Error')
    await show(id, bead, ['gt:bead'], 'ready')
    expect(await comments(at, bead)).toHaveLength(1)
  })

  test('a reply is made once, whatever happens to its answer', async () => {
    const { at, id } = await rig()
    const bead = await issue(at, 'Bead')
    const comment = await as('wes', 'POST', `${at}/issues/${bead.number}/comments`, { body: '/help' })
    const effect = {
      do: 'Reply',
      rigId: id,
      number: bead.number,
      commentId: String(comment.id),
      says: [{ say: 'help' }],
    } as const
    loseAnswer('POST', '/comments$')
    await expect(us.perform(town, effect, 0)).rejects.toMatchObject({ name: 'Unreachable' })
    await us.perform(town, effect, 1)
    await us.perform(town, { do: 'React', rigId: id, commentId: String(comment.id), content: 'eyes' }, 0)
    await us.perform(town, { do: 'React', rigId: id, commentId: String(comment.id), content: 'eyes' }, 0)
    expect(await comments(at, bead)).toHaveLength(2)
    const reactions = await as<unknown[]>('wes', 'GET', `${at}/issues/comments/${comment.id}/reactions`)
    expect(reactions).toHaveLength(1)
  })
})
