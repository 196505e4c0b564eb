import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lexer, type Tokens, walkTokens } from 'marked'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { withCommands } from '../scripts/readme.ts'
import { DEFAULT_CONFIG } from '../src/core/rig.ts'
import { readRigConfig } from '../src/github/rig-config.ts'
import { ROOT } from './support/sources.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/architecture.md']
const readme = read('README.md')

/** Where the links and pictures of a document lead. */
function targetsIn(markdown: string): string[] {
  const targets: string[] = []
  walkTokens(lexer(markdown), token => {
    if (token.type === 'link' || token.type === 'image') targets.push((token as Tokens.Link).href)
  })
  return targets
}

/** The text between a heading and the next one of any level. */
function section(heading: string): string {
  const [, rest = ''] = readme.split(`\n${heading}\n`)
  return rest.split(/\n#+ /)[0] ?? ''
}

describe('the README', () => {
  it('has the table of commands as the registry has it (scripts/readme.ts writes it)', () => {
    expect(readme).toBe(withCommands(readme))
    expect(section('## Commands')).toContain('`/convoy start')
  })

  it('names settings that are read, with the defaults that hold', () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(section('## Settings of a repository'))?.[1] ?? ''
    const read = readRigConfig(yaml)
    if (!('config' in read)) throw new Error(read.problem)
    const { gates, ...rest } = read.config
    const { gates: noGates, ...defaults } = DEFAULT_CONFIG
    expect(rest).toEqual(defaults)
    expect(noGates).toEqual([])
    const [gate] = readRigConfigGates('gates: [{ run: npm test }]')
    expect(gates.map(({ timeoutMs }) => timeoutMs)).toEqual([gate?.timeoutMs])
  })

  it('has every permission of app.yml with its level, and no other', () => {
    const table = section('### What it asks for, and why')
    const rows = [...table.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(match => [match[1], match[2]])
    expect(Object.fromEntries(rows)).toEqual(parse(read('app.yml')).default_permissions)
    expect(rows.length).toBeGreaterThan(0)
  })

  it('names only variables that are read', () => {
    const known = new Set(
      [...read('src/env.ts').matchAll(/^\s+([A-Z][A-Z0-9_]+):/gm)].map(match => match[1] ?? ''),
    )
    const named = [...readme.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(match => match[1] ?? '')
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter(name => !known.has(name))).toEqual([])
  })
})

function readRigConfigGates(yaml: string) {
  const read = readRigConfig(yaml)
  return 'config' in read ? read.config.gates : []
}

describe.each(DOCUMENTS)('%s', path => {
  const text = read(path)

  it('leads nowhere that is not there', () => {
    const targets = targetsIn(text).filter(target => !/^(https?:|mailto:|#)/.test(target))
    const broken = targets.filter(
      target => !existsSync(join(ROOT, dirname(path), target.split('#')[0] ?? '')),
    )
    expect(broken).toEqual([])
  })

  it('names only scripts and files that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm (?:run (\w+)|(test|start)\b)/g)].map(
      match => match[1] ?? match[2] ?? '',
    )
    expect(named.filter(name => !(name in scripts))).toEqual([])
    const started = named.flatMap(
      name => scripts[name]?.match(/\b(?:src|test|scripts)\/\S+\.(?:ts|mjs)/g) ?? [],
    )
    expect(started.filter(file => !existsSync(join(ROOT, file)))).toEqual([])
    const files = [...text.matchAll(/`((?:src|test|scripts|runners|docs)\/[\w./-]+\.\w+)`/g)].map(
      match => match[1] ?? '',
    )
    expect(files.filter(file => !existsSync(join(ROOT, file)))).toEqual([])
  })
})
