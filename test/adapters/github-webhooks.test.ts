import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { webhookListener } from '../../src/github/receive-http.ts'
import type { Arrival, Delivery } from '../../src/ports.ts'
import { WEBHOOK_SECRET } from '../support/github.ts'
import {
  as,
  file,
  github,
  hook,
  issue,
  rig,
  seen,
  showing,
  town,
  us,
  withGitHub,
} from '../support/github-town.ts'
import { quietLog } from '../support/log.ts'

/** Webhooks of real changes, from GitHub to what we look at. */

withGitHub()

describe('webhooks', () => {
  let server: Server
  const deliveries: Delivery[] = []
  beforeEach(async () => {
    const keep = async (arrival: Arrival) =>
      void deliveries.push({ ...arrival, payload: JSON.parse(arrival.payload) })
    server = createServer(
      await webhookListener({ probot: us.probot, secret: WEBHOOK_SECRET, keep, log: quietLog }),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`
  })
  afterEach(() => {
    hook.url = null
    server.close()
  })
  /** What the webhooks so far make us look at. */
  const hinted = async () => {
    await github.delivered()
    return deliveries.splice(0).flatMap(delivery => [...us.hints(delivery)])
  }

  test('what people do makes us look, what we do makes nobody look', async () => {
    const { at, id, tip } = await rig()
    await hinted()
    const [epic, bead] = [await issue(at, 'Epic'), await issue(at, 'Bead')]
    await hinted()
    await as('wes', 'POST', `${at}/issues/${epic.number}/sub_issues`, { sub_issue_id: bead.id })
    expect(await hinted()).toContainEqual({ look: 'issue', rigId: id, issueId: String(epic.id) })
    await as('wes', 'POST', `${at}/issues/${epic.number}/dependencies/blocked_by`, { issue_id: bead.id })
    expect(await hinted()).toContainEqual({ look: 'issue', rigId: id, issueId: String(bead.id) })
    const comment = await as('wes', 'POST', `${at}/issues/${epic.number}/comments`, { body: '/help' })
    expect(await hinted()).toEqual([{ look: 'comment', rigId: id, commentId: String(comment.id) }])
    await file(at, '.github/townhall.yml', 'tries: 4', 'main')
    expect(await hinted()).toEqual([{ look: 'rig', rigId: id }])
    await file(at, 'other.md', 'x', 'main')
    expect(await hinted()).toEqual([])

    const branch = 'gt/amber/0a1b2c3d'
    await as('wes', 'POST', `${at}/git/refs`, { ref: `refs/heads/${branch}`, sha: await tip() })
    await file(at, 'work.md', 'x', branch)
    await hinted()
    await us.perform(town, showing(id, bead, ['gt:bead'], 'ready'), 0)
    const story = {
      kind: 'bead',
      pullId: 'p',
      ref: 'acme/x#1',
      convoyRef: 'acme/x#2',
      polecat: null,
      beads: [],
    } as const
    const opening = {
      do: 'OpenPull',
      rigId: id,
      pullId: 'p',
      head: branch,
      headSha: null,
      base: 'main',
      title: 'x',
      story,
    } as const
    const { number, headSha } = seen(await us.perform(town, opening, 0), 'PullSeen')!
    const check = { status: 'completed', conclusion: 'success', why: null, gates: [], pullId: 'p' } as const
    await us.perform(town, { do: 'ShowCheck', rigId: id, pullId: 'p', headSha, story: check }, 0)
    await us.perform(town, showing(id, bead, [], 'done', 'completed'), 0)
    expect(await hinted()).toEqual([])
    await as('olivia', 'POST', `${at}/pulls/${number}/reviews`, { event: 'APPROVE', body: 'good' })
    expect(await hinted()).toEqual([{ look: 'pull', rigId: id, number }])
    await as('olivia', 'PATCH', `${at}`, { archived: true })
    expect(await hinted()).toContainEqual({ look: 'rig', rigId: id })
  })

  test('the labels that make a decision of an issue, and the town’s defaults, make us look', async () => {
    const { at, id } = await rig('max_polecats: 2')
    const bead = await issue(at, 'Which colour?')
    await hinted()
    const label = (name: string) =>
      as('olivia', 'POST', `${at}/issues/${bead.number}/labels`, { labels: [name] })
    await label('urgent')
    expect(await hinted()).toEqual([])
    await label('type: decision')
    expect(await hinted()).toEqual([{ look: 'issue', rigId: id, issueId: String(bead.id) }])
    await as('olivia', 'POST', '/orgs/acme/repos', { name: '.github' })
    await hinted()
    await file('/repos/acme/.github', 'profile.md', 'hello', 'main')
    await file('/repos/acme/.github', '.github/townhall.yml', 'tries: 9\nmax_polecats: 9', 'main')
    expect(await hinted()).toContainEqual({ look: 'installation' })
    const rigs = seen(
      (await us.look(town, { look: 'installation' })).map(it => it.fact),
      'RigsSeen',
    )!.rigs
    expect(rigs.find(it => it.id === id)!.config).toMatchObject({ tries: 9, maxPolecats: 2 })
  })
})
