import { createHmac, randomUUID } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Story } from '../stories/town.ts'
import { until } from '../support/until.ts'

/** What comes to the webhook address of a whole Townhall and is not from GitHub, or not for a town of ours. */

let story: Story
let sql: postgres.Sql
beforeAll(async () => {
  story = await Story.begin()
  sql = postgres(story.variables.DATABASE_URL!, { max: 1 })
})
afterAll(async () => {
  await sql.end()
  await story.end()
})

const sign = (body: string, secret = story.variables.WEBHOOK_SECRET!): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

async function deliver(
  body: string,
  signature: string | null,
  event = 'issue_comment',
): Promise<{ id: string; status: number }> {
  const id = randomUUID()
  const answer = await fetch(`${story.townhall.url}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
    },
    body,
  })
  await answer.arrayBuffer()
  return { id, status: answer.status }
}

const kept = (id: string) =>
  sql<{ state: string; problem: string | null }[]>`select state, problem from deliveries where id = ${id}`

/** A comment as GitHub would tell of it. */
const comment = (installation: number, action = 'created'): string =>
  JSON.stringify({
    action,
    installation: { id: installation },
    repository: { id: 4711 },
    issue: { id: 12, number: 1 },
    comment: { id: 34, body: '/convoy start', user: { login: 'wes', type: 'User' } },
    sender: { login: 'wes' },
  })

it.each<[string, () => [body: string, signature: string | null, status: number]]>([
  ['forged', () => [comment(1), sign(comment(1), 'guessed'), 401]],
  ['unsigned', () => [comment(1), null, 401]],
  ['signed for other words', () => [comment(1), sign(comment(2)), 401]],
  ['signed and broken off', () => [comment(1).slice(0, 50), sign(comment(1).slice(0, 50)), 400]],
  ['larger than GitHub ever sends', () => [`"${'y'.repeat(26 * 1024 * 1024)}"`, sign('whatever'), 413]],
])('a delivery that is %s is turned down, and nothing of it is stored', async (_name, made) => {
  const [body, signature, status] = made()
  const delivery = await deliver(body, signature)
  expect(delivery.status).toBe(status)
  expect(await kept(delivery.id)).toEqual([])
})

it.each(['issue_comment', 'issues', 'installation'])(
  '%s of an installation that GitHub does not know is kept and explained, and no town is made',
  async event => {
    const body = comment(987654, event === 'issues' ? 'closed' : 'created')
    const { id, status } = await deliver(body, sign(body), event)
    expect(status).toBe(200)
    const [row] = await until(
      'it is put aside',
      () => kept(id),
      rows => rows[0]?.state === 'put aside',
    )
    expect(row!.problem).toContain('no installation 987654')
    expect(await sql`select id from towns where id = '987654'`).toEqual([])
  },
)

it('the towns that there are go on as before', async () => {
  const repo = await story.repository('web')
  const epic = await story.epic(repo, [{ key: 'a', title: 'A', body: '' }])
  expect(await story.command(repo, epic.number, '/convoy stage')).toContain('1 bead')
})
