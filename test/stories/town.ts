import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { readEnv } from '../../src/env.ts'
import { keptApp } from '../../src/sandbox/github/seed.ts'
import { type GitHub, startGitHub } from '../../src/sandbox/github/server.ts'
import { type BeadSketch, type Epic, Person } from '../../src/sandbox/person.ts'
import { startTownhall, type Townhall } from '../../src/townhall.ts'
import { freshDatabase } from '../support/postgres.ts'
import { pushRepository } from '../support/repository.ts'
import { until } from '../support/until.ts'

export interface Comment {
  readonly id: number
  readonly body: string
  readonly user: { readonly login: string; readonly type: string }
}

export interface Pull {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: string
  readonly merged_at: string | null
  readonly head: { readonly ref: string; readonly sha: string }
  readonly base: { readonly ref: string }
}

export interface SeenIssue {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly state: 'open' | 'closed'
  readonly state_reason: string | null
  readonly labels: readonly { readonly name: string }[]
  readonly pull_request?: object
}

/** An issue by its place. */
interface Place {
  readonly repo: string
  readonly number: number
}

/** What the App is installed on. */
export interface Owner {
  readonly login: string
  readonly type: 'Organization' | 'User'
}

/** How long a story may take as a whole: real processes on a machine that may be busy. */
export const STORY_MS = 180_000

/** The script of a scripted agent, as it stands in an issue's body. */
export function script(...steps: Readonly<Record<string, string | number | boolean>>[]): string {
  return `Do as told.\n\n\`\`\`polecat\n${steps.map(step => `- ${JSON.stringify(step)}`).join('\n')}\n\`\`\`\n`
}

/**
 * A whole town for a story: the sandbox GitHub and Townhall in this process, real Postgres, real git over HTTP, and
 * runners as child processes. People act through GitHub's API only.
 */
export class Story {
  readonly github: GitHub
  readonly people: Readonly<Record<'olivia' | 'wes' | 'tara' | 'rhea' | 'stan', Person>>
  /** The environment of its Townhall. */
  readonly variables: Readonly<Record<string, string>>
  readonly #folder: string
  townhall: Townhall

  private constructor(github: GitHub, townhall: Townhall, variables: Record<string, string>, folder: string) {
    this.github = github
    this.townhall = townhall
    this.variables = variables
    this.#folder = folder
    const person = (login: string): Person => new Person(github, login, github.users[login]!.token)
    this.people = {
      olivia: person('olivia'),
      wes: person('wes'),
      tara: person('tara'),
      rhea: person('rhea'),
      stan: person('stan'),
    }
  }

  static async begin(owner: Owner = { login: 'acme', type: 'Organization' }): Promise<Story> {
    const folder = mkdtempSync(join(tmpdir(), 'townhall-story-'))
    const app = keptApp(folder, { id: 1, slug: 'townhall', name: 'Townhall' })
    let townhallUrl: string | null = null
    const github = await startGitHub({
      dataDir: folder,
      app: { ...app, webhookUrl: () => townhallUrl && `${townhallUrl}/api/github/webhooks` },
      org: owner.login,
      ownerType: owner.type,
      log: quiet,
    })
    const variables = {
      APP_ID: '1',
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: app.webhookSecret,
      GITHUB_API_URL: github.api,
      GITHUB_GIT_URL: github.git,
      DATABASE_URL: (await freshDatabase()).url,
      PORT: '0',
      TOWNHALL_DATA: join(folder, 'townhall'),
      TOWNHALL_PACE: 'sandbox',
      TOWNHALL_SCRIPTED_AGENT: fileURLToPath(new URL('../../src/sandbox/scripted-agent.ts', import.meta.url)),
      TOWNHALL_POLECATS_DIR: join(folder, 'polecats'),
      TOWNHALL_PATIENCE_MS: '15000',
    }
    const townhall = await startTownhall(readEnv(variables), quiet)
    townhallUrl = townhall.url
    return new Story(github, townhall, { ...variables, PORT: new URL(townhall.url).port }, folder)
  }

  async end(): Promise<void> {
    await this.townhall.stop()
    await this.github.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Townhall stops in order and starts again on the same database and port. */
  async restart(): Promise<void> {
    await this.townhall.stop()
    this.townhall = await startTownhall(readEnv(this.variables), quiet)
  }

  /** A repository with these files; returns `acme/<name>`. */
  repository(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    return pushRepository(this.people.olivia, name, files)
  }

  epic(repo: string, beads: readonly BeadSketch[], title = 'The epic'): Promise<Epic> {
    return this.people.wes.epic(repo, title, 'What is to be done.', beads)
  }

  /** Comment, and wait for the App's reply to it. */
  async command(repo: string, number: number, line: string, by: Person = this.people.wes): Promise<string> {
    const { id } = await by.comment(repo, number, line)
    const comments = await this.until(
      `a reply to ${line}`,
      async () => {
        const said = await this.said(repo, number)
        return said.filter(body => body.includes(`<!-- townhall:reply:${id} -->`))
      },
      replies => replies.length > 0,
    )
    return comments[0]!.split('\n\n<!--')[0]!
  }

  async start(repo: string, epic: Epic): Promise<void> {
    await this.command(repo, epic.number, '/convoy stage')
    await this.command(repo, epic.number, '/convoy start --force')
  }

  async said(repo: string, number: number): Promise<string[]> {
    const comments = await this.people.olivia.get<Comment[]>(
      `/repos/${repo}/issues/${number}/comments?per_page=100`,
    )
    return comments.filter(comment => comment.user.type === 'Bot').map(comment => comment.body)
  }

  issue(repo: string, number: number): Promise<SeenIssue> {
    return this.people.olivia.get(`/repos/${repo}/issues/${number}`)
  }

  async issues(repo: string): Promise<SeenIssue[]> {
    const all = await this.people.olivia.get<SeenIssue[]>(`/repos/${repo}/issues?state=all&per_page=100`)
    return all.filter(issue => issue.pull_request === undefined)
  }

  /** All that we could have written to a repository, but for the answers to commands. */
  async picture(repo: string): Promise<object> {
    const issues = (await this.issues(repo)).sort((a, b) => a.number - b.number)
    const ours = async ({ number }: SeenIssue): Promise<string[]> =>
      (await this.said(repo, number)).filter(body => !body.includes('townhall:reply:'))
    return {
      issues: issues.map(issue => [issue.number, issue.state, ...this.labels(issue)]),
      said: await Promise.all(issues.map(ours)),
      branches: await this.branches(repo),
      pulls: (await this.pulls(repo)).length,
    }
  }

  pulls(repo: string): Promise<Pull[]> {
    return this.people.olivia.get(`/repos/${repo}/pulls?state=all&per_page=100`)
  }

  async branches(repo: string): Promise<string[]> {
    const branches = await this.people.olivia.get<{ name: string }[]>(`/repos/${repo}/branches?per_page=100`)
    return branches.map(branch => branch.name).sort()
  }

  /** A file on a branch, or null. */
  async file(repo: string, path: string, ref = 'main'): Promise<string | null> {
    const contents = await this.people.olivia
      .get<{ content: string }>(`/repos/${repo}/contents/${path}?ref=${encodeURIComponent(ref)}`)
      .catch((error: Error) => (/ 404 /.test(error.message) ? null : Promise.reject(error)))
    return contents && Buffer.from(contents.content, 'base64').toString()
  }

  labels(issue: SeenIssue): string[] {
    return issue.labels.map(label => label.name).sort()
  }

  /** The convoy's card: there is one, however often it was drawn. Empty before it is there. */
  async card(repo: string, number: number): Promise<string> {
    const cards = (await this.said(repo, number)).filter(body => body.includes('townhall:show:convoy'))
    if (cards.length > 1) throw new Error(`${cards.length} cards on ${repo}#${number}`)
    return cards[0]?.split('<!-- townhall:')[0] ?? ''
  }

  /** Wait until the card says so. */
  cardSays(repo: string, number: number, words: string | RegExp): Promise<string> {
    const isSo = (card: string): boolean =>
      typeof words === 'string' ? card.includes(words) : words.test(card)
    return this.until(`the card of #${number} says ${words}`, () => this.card(repo, number), isSo)
  }

  /** Wait until an issue is so. */
  issueIs(thing: Place, what: string, isSo: (issue: SeenIssue) => boolean) {
    const { repo, number } = thing
    const look = (): Promise<SeenIssue> => this.issue(repo, number)
    return this.until(`${repo}#${number} is ${what}`, look, isSo, () => this.said(repo, number))
  }

  labelled(thing: Place, label: string): Promise<SeenIssue> {
    return this.issueIs(thing, label, issue => this.labels(issue).includes(label))
  }

  closed(thing: Place): Promise<SeenIssue> {
    return this.issueIs(thing, 'closed', issue => issue.state === 'closed')
  }

  /** Wait until the convoy's epic is closed: everything landed. */
  async landed(repo: string, epic: Epic): Promise<void> {
    await this.until(
      `epic #${epic.number} landed`,
      () => this.issue(repo, epic.number),
      issue => issue.state === 'closed',
      () => this.said(repo, epic.number),
    )
  }

  /** Look again and again until it is so; says what was seen last when it never is. */
  until<T>(
    what: string,
    look: () => Promise<T>,
    isSo: (seen: T) => boolean,
    explain?: () => Promise<unknown>,
  ): Promise<T> {
    return until(what, look, isSo, explain ? { explain } : {})
  }
}

const quiet = pino({ level: process.env.STORY_LOG ?? 'silent' }, pino.destination(2))
