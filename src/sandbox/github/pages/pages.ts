import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { findRepo, readBody } from '../api.ts'
import { type Mount, notFound, Refusal } from '../kit.ts'
import { fullName } from '../render.ts'
import type { World } from '../world.ts'
import { boardList, boardPages } from './board-pages.ts'
import { codePages } from './code-pages.ts'
import { escapeHtml, type Html, html } from './html.ts'
import { issuePages } from './issue-pages.ts'
import { repoPath } from './parts.ts'
import { pullPages } from './pull-pages.ts'
import { people, type Shown } from './visit.ts'

/** The pages of the sandbox: what a person looks at and types into, without any framework. */

const PAGES = [...codePages, ...issuePages, ...pullPages]

const near = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const ASSETS: { readonly [path: string]: readonly [file: string, type: string] } = {
  '/assets/style.css': [near('./style.css'), 'text/css; charset=utf-8'],
  '/assets/page.js': [near('./page.js'), 'text/javascript; charset=utf-8'],
  '/assets/mermaid.min.js': [
    fileURLToPath(new URL('./mermaid.min.js', import.meta.resolve('mermaid'))),
    'text/javascript; charset=utf-8',
  ],
}

// Diagrams style themselves, hence the styles; scripts come from here and nowhere else.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'img-src * data:',
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves `/`, `/owner/name/…`, avatars and assets; leaves the rest to others. */
export const mountPages =
  (world: World): Mount =>
  async (req, res) => {
    const url = new URL(req.url ?? '/', 'http://sandbox')
    const asset = ASSETS[url.pathname]
    if (asset !== undefined) return send(res, 200, { bytes: await readFile(asset[0]), type: asset[1] })
    const avatar = /^\/sandbox\/avatars\/(\d+)$/.exec(url.pathname)?.[1]
    if (avatar !== undefined) return send(res, 200, drawAvatar(world, Number(avatar)))
    if (url.pathname === '/') return sendPage(world, res, 200, home(world))
    try {
      const shown = await show(world, req, res, url)
      if (shown === undefined) return false
      return 'main' in shown ? sendPage(world, res, 200, shown, url.pathname) : send(res, 200, shown)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return sendPage(world, res, error.status, refusal(error), url.pathname)
    }
  }

async function show(
  world: World,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
): Promise<Shown | undefined> {
  const [, owner = '', name = '', rest = ''] = /^\/([^/]+)\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? []
  const repo = findRepo(world, decode(owner), decode(name))
  const [pages, path] = repo === undefined ? [boardPages, url.pathname] : [PAGES, rest]
  const found = pages.find(([method, pattern]) => method === req.method && pattern.test(path))
  if (found === undefined) return undefined
  const form = new URLSearchParams(req.method === 'POST' ? await readForm(req) : '')
  const params = Object.fromEntries(
    Object.entries(found[1].exec(path)?.groups ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, decode(value)]],
    ),
  )
  const last = /(?:^|;\s*)as=(\w+)/.exec(req.headers.cookie ?? '')?.[1]
  const login = people(world).find(it => it.login === (form.get('as') ?? last))?.login ?? 'wes'
  if (form.has('as')) res.setHeader('set-cookie', `as=${login}; Path=/; SameSite=Strict`)
  return found[2]({
    world,
    get repo() {
      if (repo === undefined) throw notFound()
      return repo
    },
    params,
    query: url.searchParams,
    form,
    login,
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw notFound()
  }
}

/** A form, unless another site's page posts it: whoever visits that must not write here. */
async function readForm(req: IncomingMessage): Promise<string> {
  const from = req.headers['sec-fetch-site'] ?? 'same-origin'
  const origin = req.headers.origin
  const foreign = origin !== undefined && !origin.endsWith(`//${req.headers.host}`)
  if (foreign || (from !== 'same-origin' && from !== 'none'))
    throw new Refusal(403, 'This form came from another site.')
  return (await readBody(req)).toString()
}

function home(world: World): Extract<Shown, { main: Html }> {
  const rows = world.repos.all().map(it => {
    const open = world.issues.find('repo', it.id).filter(issue => issue.state === 'open')
    const count = open.filter(issue => issue.pull === null).length
    return html`<div class="row"><span class="grow"><a href="${repoPath(world, it)}"><b>${fullName(world, it)}</b></a>
      <div class="soft">${it.description}</div></span>
      <a href="${repoPath(world, it)}/issues">${count} issues</a> <a href="${repoPath(world, it)}/pulls">${open.length - count} pull requests</a></div>`
  })
  const none = html`<div class="body soft">No repositories yet. Make one with <code>POST ${world.urls.api}/orgs/…/repos</code>.</div>`
  const main = html`<div id="live"><h1>Repositories</h1><div class="box">${rows.length > 0 ? rows : none}</div>${boardList(world)}</div>
    <p class="soft">This is a GitHub on your own machine. Nothing here leaves it; the people are made up, and you can act as any of them.</p>`
  return { title: 'Sandbox GitHub', main }
}

const refusal = (error: Refusal): Extract<Shown, { main: Html }> => ({
  title: error.message,
  main: html`<div class="notice"><b>${error.message}</b>
    ${(error.errors ?? []).map(it => html`<div>${typeof it === 'string' ? it : (it.message ?? `${it.field}: ${it.code}`)}</div>`)}</div>`,
})

/** A circle with a letter, in a colour of the account's own. */
function drawAvatar(world: World, id: number): Extract<Shown, { bytes: unknown }> {
  const letter = escapeHtml((world.accounts.get(id)?.login ?? '?').charAt(0).toUpperCase())
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" cy="20" r="20" fill="hsl(${(id * 67) % 360} 55% 45%)"/><text x="20" y="27" text-anchor="middle" font-family="sans-serif" font-size="20" fill="#fff">${letter}</text></svg>`
  return { bytes: svg, type: 'image/svg+xml' }
}

function sendPage(
  world: World,
  res: ServerResponse,
  status: number,
  shown: Extract<Shown, { main: Html }>,
  path = '/',
): true {
  const [, owner, name] = path.split('/')
  const repo = owner && name ? findRepo(world, owner, name) : undefined
  const at = repo === undefined ? '' : repoPath(world, repo)
  const tabs = [
    ['code', 'Code', ''],
    ['issues', 'Issues', '/issues'],
    ['pulls', 'Pull requests', '/pulls'],
  ] as const
  const nav = tabs.map(
    ([tab, word, below]) =>
      html`<a class="${tab === shown.tab ? 'here' : ''}" href="${at}${below}">${word}</a>`,
  )
  const text = html`<!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>${shown.title}${repo && ` · ${fullName(world, repo)}`}</title>
    <link rel="stylesheet" href="/assets/style.css"><link rel="icon" href="data:,"></head><body>
    <header class="top"><div class="where"><a href="/">Sandbox</a>${repo && html` / <a href="${at}"><b>${fullName(world, repo)}</b></a>`}
    <small>a GitHub on this machine</small></div><nav>${repo && nav}</nav></header>
    <main>${shown.main}</main><script type="module" src="/assets/page.js"></script></body></html>`
  return send(res, status, { bytes: text.html, type: 'text/html; charset=utf-8' })
}

function send(res: ServerResponse, status: number, shown: Exclude<Shown, { main: Html }>): true {
  if ('goTo' in shown) {
    res.writeHead(303, { location: shown.goTo }).end()
    return true
  }
  res.writeHead(status, {
    'content-type': shown.type,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  })
  res.end(shown.bytes)
  return true
}
