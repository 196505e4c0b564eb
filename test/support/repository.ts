import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { git, type Person } from '../../src/sandbox/person.ts'

const AUTHOR = ['-c', 'user.name=olivia', '-c', 'user.email=olivia@acme.invalid']

/** A new repository with these files, made and pushed by a person; returns `acme/<name>`. */
export async function pushRepository(
  person: Person,
  name: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'townhall-repo-'))
  for (const [path, text] of Object.entries({ 'README.md': `# ${name}\n`, ...files })) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  await git(folder, ['init', '--quiet', '--initial-branch=main'])
  await git(folder, ['add', '.'])
  await git(folder, [...AUTHOR, 'commit', '--quiet', '-m', 'first'])
  await person.pushNew('acme', name, folder)
  rmSync(folder, { recursive: true, force: true })
  return `acme/${name}`
}
