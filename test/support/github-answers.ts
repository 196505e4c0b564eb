import nock from 'nock'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type Memory, memory, open } from './github.ts'
import { listeningLog } from './log.ts'

/** The adapter against answers that a test writes down one by one. */

export const API = 'https://api.github.test'
export const TOWN = '77'
export const REPO = '/repos/acme/x'
export let kept: Memory
export let us: Awaited<ReturnType<typeof open>>
export const log = listeningLog()

export function withAnswers(): void {
  beforeAll(() => nock.disableNetConnect())
  afterAll(() => {
    nock.enableNetConnect()
    nock.restore()
  })
  beforeEach(async () => {
    kept = memory()
    kept.rigs.set('7', { owner: 'acme', name: 'x', defaultBranch: 'main', configSha: null })
    nock(API).get('/app').reply(200, { id: 4242, slug: 'townhall' })
    nock(API).post('/app/installations/77/access_tokens').reply(201, tokenOf('one'))
    us = await open(API, kept, { log })
  })
  afterEach(() => {
    nock.cleanAll()
    log.said.length = 0
  })
}

export const tokenOf = (name: string) => ({
  token: `ghs_${name}`,
  expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  permissions: { contents: 'write' },
  repository_selection: 'all',
})
