import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { markdown } from '../../src/sandbox/github/pages/markdown.ts'
import { mountPages } from '../../src/sandbox/github/pages/pages.ts'
import { codeClient } from './code-client.ts'
import { startTown, type Town } from './github-client.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
  town.github.mountPages(mountPages(town.github.world))
})
afterAll(async () => {
  await town.close()
})

const { repo, put, branch, open, events, forget } = codeClient(() => town)
const pageOf = (at: string) => at.replace('/repos', '')

async function look(path: string) {
  const answer = await fetch(town.github.url + path)
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

const submit = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(town.github.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(fields),
  })

describe('what people wrote', () => {
  const shown = (text: string) => markdown(text, '/acme/demo').html

  test('does no harm: scripts are shown as text, and bad links lead nowhere', () => {
    expect(shown('<script>alert(1)</script>')).not.toMatch(/<script/)
    expect(shown('a <img src=x onerror=alert(1)> b')).not.toMatch(/<img/)
    expect(shown('<details open onclick="x()"><summary>s</summary>')).not.toMatch(/<details open onclick/)
    for (const href of [
      'javascript:alert(1)',
      ' JaVaScript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//evil',
      '\\\\evil',
    ]) {
      expect(shown(`[go](<${href}>)`), href).not.toMatch(/href/)
      expect(shown(`![go](<${href}>)`), href).not.toMatch(/<img/)
    }
    expect(shown('[go](javascript&#58;alert(1))')).not.toMatch(/href="javascript:/)
    expect(shown('[x]: javascript:alert(1)\n\n[x]')).not.toMatch(/href/)
    expect(shown('```"><script>\nx\n```')).not.toMatch(/<script/)
    expect(shown('```mermaid\ngraph LR; a-->b<img src=x>\n```')).toContain(
      '<pre class="mermaid">graph LR; a--&#62;b&#60;img',
    )
  })

  test('keeps what is harmless: hidden markers, foldings, links, references, tables', () => {
    expect(shown('<!-- marker:1 -->\ntext')).not.toContain('marker')
    expect(shown('<details>\n<summary>more</summary>\n\n*x*\n\n</details>')).toMatch(
      /<details>\s*<summary>more<\/summary>[\s\S]*<em>x<\/em>[\s\S]*<\/details>/,
    )
    expect(shown('[a](https://example.com/?a=1&b=2)')).toContain('href="https://example.com/?a=1&#38;b=2"')
    expect(shown('see #12, not `#13`')).toBe(
      '<p>see <a href="/acme/demo/issues/12">#12</a>, not <code>#13</code></p>\n',
    )
    expect(shown('| a |\n|---|\n| #1 |')).toContain('<td><a href="/acme/demo/issues/1">#1</a></td>')
  })
})

describe('the pages', () => {
  test('lead from the repositories to an issue with its sub-issues, its words and its diagram', async () => {
    const at = await repo({ description: 'A <b>clock</b>' })
    const wes = town.as('wes')
    await wes.post(`${at}/issues`, {
      title: 'Epic <i>',
      body: '```mermaid\ngraph LR\n```',
      labels: ['gt:convoy'],
    })
    const child = await wes.post(`${at}/issues`, { title: 'A part' })
    await wes.post(`${at}/issues/1/sub_issues`, { sub_issue_id: child.body.id })
    const home = await look('/')
    expect(home.text).toContain(`href="${pageOf(at)}"`)
    expect(home.text).toContain('A &#60;b&#62;clock&#60;/b&#62;')
    expect((await look(`${pageOf(at)}/issues`)).text).toContain('Epic &#60;i&#62;')
    const issue = await look(`${pageOf(at)}/issues/1`)
    expect(issue.text).toMatch(/<pre class="mermaid">[\s\S]*gt:convoy[\s\S]*0 of 1 closed[\s\S]*#2 A part/)
    expect(issue.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect((await look('/assets/mermaid.min.js')).headers.get('content-type')).toContain('javascript')
    for (const asset of ['/assets/style.css', '/assets/page.js', `/sandbox/avatars/${child.body.id}`]) {
      expect((await look(asset)).status).toBe(200)
    }
    expect((await look(`${pageOf(at)}/issues/99`)).status).toBe(404)
    expect((await look(`${pageOf(at)}/tree/%E0%A4%A`)).status).toBe(404)
  })

  test('a person opens an issue, comments and closes it, as whom they choose; the App hears of it', async () => {
    const at = await repo()
    const opened = await submit(`${pageOf(at)}/issues`, { as: 'rhea', title: 'Typed', body: 'in a browser' })
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `${pageOf(at)}/issues/1`])
    expect(opened.headers.get('set-cookie')).toContain('as=rhea')
    await forget()
    await submit(`${pageOf(at)}/issues/1`, { as: 'wes', body: '/convoy start', do: 'comment' })
    const [told] = await town.deliveries()
    expect(told?.payload).toMatchObject({ comment: { body: '/convoy start' }, sender: { login: 'wes' } })
    await submit(`${pageOf(at)}/issues/1`, { as: 'wes', body: '', do: 'close' })
    expect((await town.as('wes').get(`${at}/issues/1`)).body).toMatchObject({ state: 'closed', comments: 1 })
    const refused = await submit(`${pageOf(at)}/issues/1`, { as: 'stan', body: '', do: 'reopen' })
    expect(refused.status).toBe(403)
    expect(await refused.text()).toContain('Must have triage access')
    expect((await submit(`${pageOf(at)}/issues/1`, { as: 'nobody', body: 'x', do: 'comment' })).status).toBe(
      422,
    )
  })

  test('a form that another site posts is refused', async () => {
    const at = await repo()
    await town.as('wes').post(`${at}/issues`, { title: 'x' })
    const fields = { as: 'olivia', body: 'planted', do: 'comment' }
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of foreign) {
      expect((await submit(`${pageOf(at)}/issues/1`, fields, headers)).status).toBe(403)
    }
    expect((await town.as('wes').get(`${at}/issues/1`)).body.comments).toBe(0)
  })

  test('a pull request shows its diff, checks and reviews, is reviewed and merged', async () => {
    const at = await repo()
    await branch(at, 'gt/nux/1')
    await put(at, 'src/a.js', 'let a = "<b>"\n', 'gt/nux/1')
    const app = await town.installation()
    const pull = await open(app, at, 'gt/nux/1', { draft: true })
    const sha = (pull.head as { sha: string }).sha
    const output = { title: '3 tests passed', summary: 'all **good**' }
    const run = await app.post(`${at}/check-runs`, {
      name: 'gate: test',
      head_sha: sha,
      conclusion: 'success',
      output,
    })
    const page = `${pageOf(at)}/pull/${pull.number}`
    const first = (await look(page)).text
    expect(first).toMatch(
      /Draft[\s\S]*gate: test[\s\S]*3 tests passed[\s\S]*A draft[\s\S]*src\/a.js[\s\S]*\+let a = &#34;&#60;b&#62;&#34;/,
    )
    expect((await look(`${pageOf(at)}/runs/${run.body.id}`)).text).toContain('all <strong>good</strong>')
    await forget()
    await submit(`${page}/merge`, { as: 'wes', do: 'ready' })
    await submit(`${page}/reviews`, { as: 'olivia', event: 'APPROVE', body: 'fine' })
    expect((await look(page)).text).toMatch(/<b>approved<\/b>[\s\S]*fine[\s\S]*Ready to merge/)
    expect((await submit(`${page}/merge`, { as: 'rhea', do: 'merge' })).status).toBe(403)
    expect((await submit(`${page}/merge`, { as: 'wes', do: 'merge', method: 'squash' })).status).toBe(303)
    expect((await look(page)).text).toContain('Merged')
    expect((await events()).slice(0, 3)).toEqual([
      'pull_request.ready_for_review',
      'pull_request_review.submitted',
      'pull_request.closed',
    ])
    expect((await look(`${pageOf(at)}/issues/${pull.number}`)).text).toContain('Merged')
    expect((await look(`${pageOf(at)}/pulls?state=closed`)).text).toContain('From gt/nux/1')
  })

  test('files, branches and commits can be looked at, under names with slashes', async () => {
    const at = await repo()
    await branch(at, 'convoy/x/head')
    const commit = await put(at, 'docs/plan.md', '# The plan\n', 'convoy/x/head')
    const page = pageOf(at)
    expect((await look(page)).text).toContain('README.md')
    expect((await look(`${page}/tree/convoy/x/head/docs`)).text).toContain('plan.md')
    expect((await look(`${page}/blob/convoy/x/head/docs/plan.md`)).text).toContain('<h1>The plan</h1>')
    const raw = await look(`${page}/raw/convoy/x/head/docs/plan.md`)
    expect([raw.text, raw.headers.get('content-type')]).toEqual(['# The plan\n', 'text/plain; charset=utf-8'])
    expect((await look(`${page}/branches`)).text).toContain('convoy/x/head')
    expect((await look(`${page}/commits/convoy/x/head`)).text).toContain('write docs/plan.md')
    expect((await look(`${page}/commit/${commit}`)).text).toContain('+# The plan')
    expect((await look(`${page}/compare/main...convoy/x/head`)).text).toContain('1 ahead, 0 behind')
    expect((await look(`${page}/blob/main/none`)).status).toBe(404)
    const empty = pageOf(`/repos/${(await town.repository()).full_name}`)
    expect((await look(empty)).text).toContain('This repository is empty')
  })
})
