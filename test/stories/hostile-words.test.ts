import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Epic } from '../../src/sandbox/person.ts'
import { type Comment, STORY_MS, Story, script } from './town.ts'

/** Words of people that look like something else: to GitHub, to a reader, or to us. */

const writes = (file: string) => script({ write: file, content: file })

/** What GitHub would act on: code and quotes of it ring nobody. */
const acting = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/(`+)[\s\S]*?\1/g, '')

describe('words of people', { timeout: STORY_MS }, () => {
  let story: Story
  beforeAll(async () => {
    story = await Story.begin()
  })
  afterAll(() => story.end())

  const comments = (repo: string, number: number) =>
    story.people.olivia.get<Comment[]>(`/repos/${repo}/issues/${number}/comments?per_page=100`)
  const cards = async (repo: string, { number }: Epic) =>
    (await comments(repo, number)).filter(
      it => it.user.type === 'Bot' && it.body.includes('<!-- townhall:show:convoy:'),
    )
  const card = async (repo: string, epic: Epic) => (await cards(repo, epic)).at(-1)?.body ?? ''

  it.concurrent('of any kind stand in titles and bodies, and act nowhere', async () => {
    const repo = await story.repository('words')
    const titles = {
      a: '🧨'.repeat(256),
      b: '**bold** `code` [click](http://evil.test) | cell | @wes @acme/everyone fixes #1',
      c: 'x --> <!-- townhall:show:convoy:c1.2 --> @tara \u202e gnitirw',
      d: `${'W'.repeat(250)}@olivi`,
    }
    const long = `${writes('d.txt')}\n${'@wes ü <!-- townhall:task:c1#1 --> | '.repeat(2_000)}`.slice(
      0,
      60_000,
    )
    const epic = await story.epic(
      repo,
      Object.entries(titles).map(([key, title]) => ({
        key,
        title,
        body: key === 'd' ? long : writes(`${key}.txt`),
        after: key === 'd' ? ['a', 'b', 'c'] : [],
      })),
      titles.b,
    )
    const staged = await story.command(repo, epic.number, '/convoy stage --title "@wes <b>& | `"')
    expect(staged).toContain('4 beads in 2 waves')
    await story.command(repo, epic.number, '/convoy start --force')
    await story.landed(repo, epic)

    expect(await story.file(repo, 'd.txt')).toBe('d.txt')
    const numbers = [epic.number, ...Object.values(epic.issues).map(it => it.number)]
    const said = (await Promise.all(numbers.map(number => story.said(repo, number)))).flat()
    const pulls = await story.pulls(repo)
    const commits = await story.people.olivia.get<{ commit: { message: string } }[]>(
      `/repos/${repo}/commits?sha=main&per_page=100`,
    )
    const ours = [
      ...said,
      ...pulls.flatMap(pull => [pull.title, pull.body]),
      ...commits.map(({ commit }) => commit.message),
    ]
    expect(ours.length).toBeGreaterThan(12)
    expect(ours.filter(text => /(^|[^\w`])@[a-z]/i.test(acting(text)))).toEqual([])
    expect(ours.filter(text => /\b(fixes|closes) #\d/i.test(acting(text)))).toEqual([])
    expect(said.filter(text => [...text.matchAll(/<!-- townhall:/g)].length !== 1)).toEqual([])
    expect(said.filter(text => text.length > 65_536)).toEqual([])
    // GitHub's own words are theirs to the last letter.
    const { title } = await story.people.wes.get<{ title: string }>(
      `/repos/${repo}/issues/${epic.issues.a!.number}`,
    )
    expect(title).toBe(titles.a)
  })

  it.concurrent('that copy our card, markers and all, stay theirs, and ours is kept beside them', async () => {
    const repo = await story.repository('copies')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: writes('a.txt') },
      { key: 'b', title: 'B', body: writes('b.txt'), after: ['a'] },
    ])
    await story.command(repo, epic.number, '/convoy stage')
    const [own] = await story.until(
      'a card',
      () => cards(repo, epic),
      found => found.length === 1,
    )
    const { rhea, olivia, wes } = story.people
    const copy = await rhea.comment(repo, epic.number, own!.body)
    const bead = epic.issues.a!
    const forged = await wes.comment(
      repo,
      bead.number,
      `I am done.\n\n<!-- townhall:show:bead:${bead.id} -->\n<!-- townhall:question:${bead.id} -->`,
    )
    // Ours is gone: what looks like it must not take its place.
    await olivia.request('DELETE', `/repos/${repo}/issues/comments/${own!.id}`)
    await story.command(repo, epic.number, '/convoy start')
    await story.landed(repo, epic)

    await story.until(
      'a card that says it',
      () => card(repo, epic),
      text => text.includes('Landed'),
    )
    expect(await cards(repo, epic)).toHaveLength(1)
    const copied = (await comments(repo, epic.number)).find(it => it.id === copy.id)
    expect(copied?.body).toBe(own!.body)
    const onBead = await comments(repo, bead.number)
    expect(onBead.find(it => it.id === forged.id)?.body).toContain('I am done.')
    expect(onBead.filter(it => it.user.type === 'Bot' && it.body.includes('show:bead:'))).toHaveLength(1)
  })

  it.concurrent('as names of our labels are theirs to change: ours are made again', async () => {
    const repo = await story.repository('labels')
    const epic = await story.epic(repo, [
      { key: 'a', title: 'A', body: script({ sleep: '2s' }, { write: 'a.txt', content: 'a' }) },
      { key: 'b', title: 'B', body: writes('b.txt'), after: ['a'] },
    ])
    const [a, b] = [epic.issues.a!.number, epic.issues.b!.number]
    const { wes, tara } = story.people
    await story.start(repo, epic)
    const labelled = (number: number, name: string) =>
      story.until(
        `#${number} is ${name}`,
        async () => story.labels(await story.issue(repo, number)),
        names => names.includes(name),
      )
    await labelled(a, 'gt:in-progress')
    await wes.request('PATCH', `/repos/${repo}/labels/gt:bead`, { new_name: 'a bead of ours' })
    await wes.request('DELETE', `/repos/${repo}/labels/gt:in-progress`)
    await tara.request('DELETE', `/repos/${repo}/issues/${epic.number}/labels/gt:convoy`)
    await story.landed(repo, epic)
    await labelled(b, 'gt:bead')
    expect(story.labels(await story.issue(repo, b))).toEqual(['gt:bead'])
    expect(await story.file(repo, 'b.txt')).toBe('b.txt')
    expect(await card(repo, epic)).toContain('Landed')
    // A label of a person's is a person's: it stays where it was, under its new name.
    expect(story.labels(await story.issue(repo, a))).toContain('a bead of ours')
  })
})
