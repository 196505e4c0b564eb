import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { hintsOf } from '../../src/github/hints.ts'

const own = { appId: 4242, slug: 'townhall' }
const hints = (event: string, action: string | null, payload: unknown) =>
  hintsOf({ id: 'guid', event, action, townId: '1', payload }, own)

const wes = { login: 'wes', type: 'User' }
const us = { login: 'townhall[bot]', type: 'Bot' }
const repository = { id: 7, default_branch: 'main' }
const repo = { repository, sender: wes }
const townRepo = { id: 8, name: '.github', default_branch: 'main' }

describe('what a webhook makes us look at', () => {
  test.each<[string, string | null, object, object[]]>([
    [
      'issue_comment',
      'created',
      { ...repo, comment: { id: 5, user: wes } },
      [{ look: 'comment', rigId: '7', commentId: '5' }],
    ],
    ['issue_comment', 'edited', { ...repo, comment: { id: 5, user: wes } }, []],
    ['issue_comment', 'created', { ...repo, comment: { id: 5, user: { type: 'Bot' } } }, []],
    ['issues', 'closed', { ...repo, issue: { id: 9 } }, [{ look: 'issue', rigId: '7', issueId: '9' }]],
    ['issues', 'locked', { ...repo, issue: { id: 9 } }, [{ look: 'issue', rigId: '7', issueId: '9' }]],
    ['issues', 'typed', { ...repo, issue: { id: 9 } }, [{ look: 'issue', rigId: '7', issueId: '9' }]],
    ['issues', 'transferred', { ...repo, issue: { id: 9 } }, [{ look: 'issue', rigId: '7', issueId: '9' }]],
    ['issues', 'labeled', { ...repo, issue: { id: 9 } }, []],
    ['issues', 'labeled', { ...repo, issue: { id: 9 }, label: { name: 'good first issue' } }, []],
    ['issues', 'assigned', { ...repo, issue: { id: 9 }, label: { name: 'epic' } }, []],
    [
      'issues',
      'labeled',
      { ...repo, issue: { id: 9 }, label: { name: 'Type: Decision' } },
      [{ look: 'issue', rigId: '7', issueId: '9' }],
    ],
    [
      'issues',
      'unlabeled',
      { ...repo, issue: { id: 9 }, label: { name: 'epic' } },
      [{ look: 'issue', rigId: '7', issueId: '9' }],
    ],
    ['label', 'deleted', { ...repo, label: { name: 'gt:bead' } }, [{ look: 'labels', rigId: '7' }]],
    ['label', 'deleted', { ...repo, label: { name: 'toString' } }, []],
    [
      'label',
      'edited',
      { ...repo, label: { name: 'piece' }, changes: { name: { from: 'gt:bead' } } },
      [{ look: 'labels', rigId: '7' }],
    ],
    ['label', 'edited', { ...repo, label: { name: 'gt:bead' }, changes: { color: { from: 'fff' } } }, []],
    ['label', 'created', { ...repo, label: { name: 'gt:bead' } }, []],
    [
      'sub_issues',
      'sub_issue_added',
      {
        ...repo,
        parent_issue_id: 1,
        parent_issue: { id: 1 },
        sub_issue_id: 2,
        sub_issue: { id: 2 },
        sub_issue_repo: { id: 8 },
      },
      [
        { look: 'issue', rigId: '7', issueId: '1' },
        { look: 'issue', rigId: '8', issueId: '2' },
      ],
    ],
    [
      'sub_issues',
      'parent_issue_removed',
      { ...repo, sub_issue: { id: 2 } },
      [{ look: 'issue', rigId: '7', issueId: '2' }],
    ],
    [
      'issue_dependencies',
      'blocked_by_added',
      { ...repo, blocked_issue: { id: 1 }, blocking_issue_id: 2, blocking_issue_repo: { id: 8 } },
      [
        { look: 'issue', rigId: '7', issueId: '1' },
        { look: 'issue', rigId: '8', issueId: '2' },
      ],
    ],
    [
      'pull_request',
      'synchronize',
      { ...repo, pull_request: { number: 3 } },
      [{ look: 'pull', rigId: '7', number: 3 }],
    ],
    ['pull_request', 'labeled', { ...repo, pull_request: { number: 3 } }, []],
    [
      'pull_request_review',
      'submitted',
      { ...repo, pull_request: { number: 3 } },
      [{ look: 'pull', rigId: '7', number: 3 }],
    ],
    [
      'check_run',
      'completed',
      {
        ...repo,
        check_run: {
          app: { id: 1 },
          pull_requests: [
            { number: 3, base: { repo: { id: 7 } } },
            { number: 4, base: { repo: { id: 99 } } },
          ],
        },
      },
      [{ look: 'pull', rigId: '7', number: 3 }],
    ],
    [
      'check_run',
      'completed',
      { ...repo, check_run: { app: { id: 4242 }, pull_requests: [{ number: 3 }] } },
      [],
    ],
    ['check_run', 'created', { ...repo, check_run: { app: { id: 1 }, pull_requests: [{ number: 3 }] } }, []],
    [
      'check_suite',
      'completed',
      { ...repo, check_suite: { pull_requests: [{ number: 3 }, { number: 3 }] } },
      [{ look: 'pull', rigId: '7', number: 3 }],
    ],
    ['installation', 'created', { sender: us }, [{ look: 'installation' }]],
    ['installation_repositories', 'added', { sender: wes }, [{ look: 'installation' }]],
    ['repository', 'created', repo, [{ look: 'installation' }]],
    ['repository', 'renamed', repo, [{ look: 'rig', rigId: '7' }]],
    ['repository', 'archived', repo, [{ look: 'rig', rigId: '7' }]],
    ['repository', 'transferred', repo, [{ look: 'installation' }]],
    ['repository', 'deleted', repo, [{ look: 'installation' }]],
    ['repository', 'edited', { ...repo, repository: townRepo }, [{ look: 'installation' }]],
    [
      'repository',
      'renamed',
      { ...repo, changes: { repository: { name: { from: '.github' } } } },
      [{ look: 'installation' }],
    ],
    ['repository', 'publicized', repo, []],
    ['ping', null, { zen: 'x' }, []],
    ['star', 'created', repo, []],
  ])('%s %s', (event, action, payload, looks) => {
    expect(hints(event, action, payload)).toEqual(looks)
  })

  test('a push is looked at when the config on the default branch may have changed', () => {
    const rig = [{ look: 'rig', rigId: '7' }]
    const push = (more: object) =>
      hints('push', null, {
        ref: 'refs/heads/main',
        ...repo,
        commits: [{ added: [], modified: ['a'], removed: [] }],
        ...more,
      })
    expect(push({})).toEqual([])
    expect(push({ commits: [{ added: ['.github/townhall.yml'], modified: [], removed: [] }] })).toEqual(rig)
    expect(
      push({
        commits: [{ added: ['.github/townhall.yml'], modified: [], removed: [] }],
        ref: 'refs/heads/x',
      }),
    ).toEqual([])
    expect(push({ forced: true })).toEqual(rig)
    expect(push({ commits: [] })).toEqual(rig)
    expect(push({ commits: undefined })).toEqual(rig)
    expect(
      push({ commits: [{ added: ['.github/townhall.yml'], modified: [], removed: [] }], sender: us }),
    ).toEqual(rig)
  })
})

test('a push to the town’s defaults is about every rig', () => {
  const push = (file: string) =>
    hints('push', null, {
      ref: 'refs/heads/main',
      repository: townRepo,
      sender: wes,
      commits: [{ added: [file], modified: [], removed: [] }],
    })
  expect(push('.github/townhall.yml')).toEqual([{ look: 'installation' }])
  expect(push('profile/README.md')).toEqual([])
})

test('a card that a person moves between the columns of a board is looked at, with who says to have done it', () => {
  const item = { node_id: 'PVTI_x', content_type: 'Issue' }
  const moved = (more: object = {}, action = 'edited') =>
    hints('projects_v2_item', action, {
      sender: wes,
      projects_v2_item: item,
      changes: { field_value: { field_type: 'single_select', field_name: 'Status' } },
      ...more,
    })
  const looks = [{ look: 'card', itemNodeId: 'PVTI_x', by: 'wes' }]
  expect(moved()).toEqual(looks)
  expect(moved({ changes: { field_value: { field_type: 'single_select' } } })).toEqual(looks)
  expect(moved({ changes: { field_value: { field_name: 'Wave' } } })).toEqual([])
  expect(moved({ changes: {} })).toEqual([])
  expect(moved({}, 'reordered')).toEqual([])
  expect(moved({ projects_v2_item: { ...item, content_type: 'DraftIssue' } })).toEqual([])
  expect(moved({ sender: us })).toEqual([])
  expect(moved({ sender: null })).toEqual([])
})

test('a delivery that belongs to no installation is nothing to look at', () => {
  const delivery = {
    id: 'g',
    event: 'issues',
    action: 'closed',
    townId: null,
    payload: { ...repo, issue: { id: 9 } },
  }
  expect(hintsOf(delivery, own)).toEqual([])
})

test('the App asks for the events that make us look, and for no others', () => {
  const manifest = parse(readFileSync('app.yml', 'utf8')) as { default_events: string[] }
  const payload = {
    ...repo,
    ref: 'refs/heads/main',
    comment: { id: 1 },
    issue: { id: 1 },
    sub_issue: { id: 1 },
    blocked_issue: { id: 1 },
    pull_request: { number: 1 },
    check_run: { pull_requests: [{ number: 1 }] },
    check_suite: { pull_requests: [{ number: 1 }] },
    label: { name: 'gt:bead' },
    projects_v2_item: { node_id: 'x' },
    changes: { field_value: {} },
  }
  const looksAt = (event: string) =>
    ['created', 'completed', 'opened', 'edited', 'deleted', 'sub_issue_added'].some(
      action => hints(event, action, payload).length > 0,
    )
  expect(manifest.default_events.filter(event => !looksAt(event))).toEqual([])
  for (const event of ['star', 'status', 'release', 'milestone']) expect(looksAt(event)).toBe(false)
})

describe('echoes of what we did ourselves', () => {
  test('are looked at by nobody', () => {
    expect(hints('issues', 'closed', { repository, sender: us, issue: { id: 9 } })).toEqual([])
    expect(hints('pull_request', 'opened', { repository, sender: us, pull_request: { number: 3 } })).toEqual(
      [],
    )
    const comment = { id: 5, user: wes, performed_via_github_app: { id: 4242 } }
    expect(hints('issue_comment', 'created', { ...repo, comment })).toEqual([])
  })

  test('but what people do to issues that we opened is looked at', () => {
    const issue = { id: 9, performed_via_github_app: { id: 4242 } }
    expect(hints('issues', 'reopened', { ...repo, issue })).toHaveLength(1)
    const other = { id: 5, user: wes, performed_via_github_app: { id: 77 } }
    expect(hints('issue_comment', 'created', { ...repo, comment: other })).toHaveLength(1)
  })
})

test('nothing in a payload makes it throw, and a strange field costs only what needs it', () => {
  const events = [
    'issue_comment',
    'issues',
    'sub_issues',
    'issue_dependencies',
    'pull_request',
    'check_run',
    'check_suite',
    'push',
    'repository',
    'installation',
    'label',
    'projects_v2_item',
    '__proto__',
    'toString',
  ]
  const field = fc.constantFrom(
    'repository',
    'issue',
    'comment',
    'sender',
    'pull_request',
    'check_run',
    'commits',
    'ref',
    'sub_issue',
    'parent_issue_id',
    'label',
    'changes',
    'projects_v2_item',
  )
  const payload = fc.oneof(fc.anything(), fc.dictionary(field, fc.anything()))
  fc.assert(
    fc.property(
      fc.constantFrom(...events),
      fc.option(fc.constantFrom('created', 'completed', 'closed', 'edited', 'labeled')),
      payload,
      (event, action, body) => {
        expect(Array.isArray(hints(event, action, body))).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
  expect(
    hints('issue_comment', 'created', { repository, sender: 5, comment: { id: 5, user: 'x' } }),
  ).toHaveLength(1)
  expect(
    hints('check_run', 'completed', {
      repository,
      check_run: { app: 'x', pull_requests: [{ number: 3, base: 1 }] },
    }),
  ).toHaveLength(1)
})
