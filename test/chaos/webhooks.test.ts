import { expect, it } from 'vitest'
import { Story } from '../stories/town.ts'
import { answer, expectAllOnce, FILES, landed, makeEpic, setOut } from './convoy.ts'

/** Webhooks are hints: a convoy lands without them, with too many of them, and in whatever order they come. */

it.concurrent.for<[string, object]>([
  ['dropped: a sweep finds the repository, the comments and the answer', { webhooks: 'drop' }],
  ['sent twice', { webhooks: 'duplicate' }],
  ['shuffled and late', { webhooks: 'shuffle', delay_ms: [0, 400] }],
])('a convoy lands when webhooks are %s', { timeout: 300_000 }, async ([, faults], { onTestFinished }) => {
  const story = await Story.begin()
  onTestFinished(() => story.end())
  const set = await fetch(`${story.github.url}/sandbox/faults`, {
    method: 'PUT',
    body: JSON.stringify(faults),
  })
  expect(set.status).toBe(200)
  const repo = await story.repository('web', FILES)
  const convoy = await makeEpic(story.people.wes, repo)
  await setOut(convoy)
  await answer(convoy)
  await landed(convoy)
  await expectAllOnce(convoy)
})
