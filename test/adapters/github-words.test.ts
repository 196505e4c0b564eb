import { expect, test } from 'vitest'
import { as, issue, requests, rig, seen, town, us, withGitHub } from '../support/github-town.ts'

/** The words of a bead, and whose they are. */

withGitHub()

async function wordsOf(rigId: string, number: number) {
  const { result, sent } = await requests(() =>
    us.perform(town, { do: 'LookAtWords', rigId, beadId: '1', number }, 0),
  )
  return { ...seen(result, 'WordsSeen')!, sent }
}
const change = (by: string, at: string, number: number, words: object) =>
  as(by, 'PATCH', `${at}/issues/${number}`, words)

test('are their author’s as long as nobody edits them', async () => {
  const { at, id } = await rig()
  const bead = await as('rhea', 'POST', `${at}/issues`, { title: 'Count 🪙', body: 'all of them' })
  const words = await wordsOf(id, bead.number)
  expect(words).toMatchObject({ beadId: '1', title: 'Count 🪙', body: 'all of them' })
  expect(words.by).toEqual([{ login: 'rhea', permission: 'read' }])
  expect(words.sent.filter(it => it.endsWith('/graphql'))).toHaveLength(1)
})

test('are those of who edited the body last and of who renamed it last, each once', async () => {
  const { at, id } = await rig()
  const bead = await as('rhea', 'POST', `${at}/issues`, { title: 'Count', body: 'one' })
  await change('olivia', at, bead.number, { body: 'two' })
  expect((await wordsOf(id, bead.number)).by).toEqual([{ login: 'olivia', permission: 'admin' }])
  await change('rhea', at, bead.number, { title: 'Count the coins' })
  const both = await wordsOf(id, bead.number)
  expect(both).toMatchObject({ title: 'Count the coins', body: 'two' })
  expect(both.by).toEqual([
    { login: 'olivia', permission: 'admin' },
    { login: 'rhea', permission: 'read' },
  ])
  await change('wes', at, bead.number, { title: 'Count them', body: 'three' })
  expect((await wordsOf(id, bead.number)).by).toEqual([{ login: 'wes', permission: 'write' }])
})

test('of an issue that is gone are refused with a sentence', async () => {
  const { id, at, name } = await rig()
  await issue(at, 'Another')
  await expect(wordsOf(id, 99)).rejects.toMatchObject({
    name: 'Refused',
    message: `acme/${name}#99 is not there, or Townhall may not see it.`,
  })
})
