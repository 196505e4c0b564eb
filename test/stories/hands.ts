import type { Person } from '../../src/sandbox/person.ts'

/** An issue, and where it is. */
export interface Thing {
  /** `owner/name` */
  readonly repo: string
  readonly id: number
  readonly number: number
}

const at = ({ repo, number }: Thing): string => `/repos/${repo}/issues/${number}`

/** What a person does with GitHub's own buttons: issues, what is under what, what waits for what. */
export class Hands {
  readonly #person: Person

  constructor(person: Person) {
    this.#person = person
  }

  async opens(repo: string, title: string, body = '', labels: readonly string[] = []): Promise<Thing> {
    const { id, number } = await this.#person.post<Thing>(`/repos/${repo}/issues`, { title, body, labels })
    return { repo, id, number }
  }

  /** A new issue under an older one. */
  async adds(parent: Thing, title: string, body = '', labels: readonly string[] = []): Promise<Thing> {
    const child = await this.opens(parent.repo, title, body, labels)
    await this.puts(child, parent)
    return child
  }

  async puts(child: Thing, under: Thing): Promise<void> {
    await this.#person.post(`${at(under)}/sub_issues`, { sub_issue_id: child.id })
  }

  takes(child: Thing, from: Thing): Promise<void> {
    return this.#person.request('DELETE', `${at(from)}/sub_issue`, { sub_issue_id: child.id })
  }

  async blocks(blocked: Thing, by: Thing): Promise<void> {
    await this.#person.post(`${at(blocked)}/dependencies/blocked_by`, { issue_id: by.id })
  }

  unblocks(blocked: Thing, by: Thing): Promise<void> {
    return this.#person.request('DELETE', `${at(blocked)}/dependencies/blocked_by/${by.id}`)
  }

  closes(thing: Thing, as: 'completed' | 'not_planned' = 'completed'): Promise<void> {
    return this.edits(thing, { state: 'closed', state_reason: as })
  }

  reopens(thing: Thing): Promise<void> {
    return this.edits(thing, { state: 'open' })
  }

  edits(thing: Thing, changes: object): Promise<void> {
    return this.#person.request('PATCH', at(thing), changes)
  }

  /** A new branch from main. */
  async branches(repo: string, name: string): Promise<void> {
    const main = await this.#person.get<{ object: { sha: string } }>(`/repos/${repo}/git/ref/heads/main`)
    await this.#person.post(`/repos/${repo}/git/refs`, { ref: `refs/heads/${name}`, sha: main.object.sha })
  }

  /** What is under it, as `owner/name#number`. */
  async under(thing: Thing): Promise<string[]> {
    return (await this.#list(`${at(thing)}/sub_issues`)).map(refOf)
  }

  async waitsFor(thing: Thing): Promise<string[]> {
    return (await this.#list(`${at(thing)}/dependencies/blocked_by`)).map(refOf)
  }

  #list(path: string): Promise<Listed[]> {
    return this.#person.get(`${path}?per_page=100`)
  }
}

interface Listed {
  readonly number: number
  readonly repository_url: string
}

const refOf = ({ number, repository_url }: Listed): string =>
  `${repository_url.split('/').slice(-2).join('/')}#${number}`
