import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { Story } from '../stories/town.ts'
import { answer, FILES, landed, makeEpic, setOut } from './convoy.ts'

interface Count {
  readonly route: string
  readonly actor: string
  readonly count: number
}

/** A town with nothing to do costs nothing: looks that GitHub answers for free, and no writes. */
it('writes nothing in the ten seconds after a convoy has landed', { timeout: 300_000 }, async () => {
  const story = await Story.begin()
  onTestFinished(() => story.end())
  const convoy = await makeEpic(story.people.wes, await story.repository('web', FILES))
  await setOut(convoy)
  await answer(convoy)
  await landed(convoy)
  // The card is paced: its last words come a moment after the landing.
  await pause(3_000)
  const requests = `${story.github.url}/sandbox/requests`
  await fetch(requests, { method: 'DELETE' })
  await pause(10_000)
  const { total, routes } = (await (await fetch(requests)).json()) as { total: number; routes: Count[] }
  expect(routes.filter(({ route }) => !route.startsWith('GET '))).toEqual([])
  // It still looks: a lost webhook would be found.
  expect(total).toBeGreaterThan(0)
})
