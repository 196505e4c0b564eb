import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTown, type Town } from './github-client.ts'
import { deliveryFaults, faultsOf, isDocumented } from './openapi.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(async () => {
  await town.close()
})

/** What GitHub answers although its OpenAPI does not say so. */
const UNPUBLISHED = ['GET /repositories/{repository_id}', 'POST /graphql']

test('every route of the sandbox is one that GitHub has, and none is there twice', () => {
  const routes = town.github.routes.map(([method, pattern]) => `${method} ${pattern}`)
  expect(routes.length).toBeGreaterThan(60)
  const invented = town.github.routes.filter(([method, pattern]) => !isDocumented(method, pattern))
  expect(invented.map(([method, pattern]) => `${method} ${pattern}`)).toEqual(UNPUBLISHED)
  expect(new Set(routes).size).toBe(routes.length)
})

test('the judge sees what is missing, what is of the wrong kind, and what is null without leave', async () => {
  const { full_name } = await town.repository()
  const { body } = await town.as('wes').post(`/repos/${full_name}/issues`, { title: 'x' })
  const exchange = { method: 'GET', pattern: '/repos/{owner}/{repo}/issues/{issue_number}', status: 200 }
  expect(faultsOf({ ...exchange, response: body })).toEqual([])
  const { node_id: _, ...headless } = body
  expect(faultsOf({ ...exchange, response: headless }).join()).toContain("required property 'node_id'")
  expect(faultsOf({ ...exchange, response: { ...body, number: '1' } }).join()).toContain(
    '/number must be integer',
  )
  expect(faultsOf({ ...exchange, response: { ...body, title: null } }).join()).toContain(
    '/title must be string',
  )
  expect(faultsOf({ ...exchange, response: { ...body, closed_at: null } })).toEqual([])
  const opening = { method: 'POST', pattern: '/repos/{owner}/{repo}/issues', status: 201, response: body }
  expect(faultsOf({ ...opening, request: { body: 'no title' } }).join()).toContain(
    "required property 'title'",
  )
  expect(faultsOf({ ...opening, status: 299, request: { title: 'x' } }).join()).toContain('status 299')
  expect(deliveryFaults('issues', 'opened', { action: 'opened' }).join()).toContain(
    "required property 'issue'",
  )
  expect(deliveryFaults('issues', 'invented', {})).toEqual(['issues-invented is not documented'])
})
