// The two hooks that every push to the sandbox passes. They hold no rule of their own: the server, which has read
// the list of wanted changes before git does, passes its judgement in through the environment.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

// Only git can tell whether a change goes forward, and only once it has the new commits, hence the question here.
const PRE_RECEIVE = `#!/bin/sh
if [ -n "$SANDBOX_REFUSED" ]; then
  printf '%s\\n' "$SANDBOX_REFUSED" >&2
  exit 1
fi
while read -r old new ref; do
  printf '%s\\n' "$SANDBOX_FORWARD_ONLY" | grep -Fqx -- "$ref" || continue
  case "$old$new" in *0000000000000000000000000000000000000000*) continue ;; esac
  git merge-base --is-ancestor "$old" "$new" && continue
  printf 'error: GH006: Protected branch update failed for %s.\\n' "$ref" >&2
  printf 'error: Cannot force-push to this branch\\n' >&2
  exit 1
done
exit 0
`

// git hands this hook exactly the changes that were made.
const POST_RECEIVE = `#!/bin/sh
cat > "$SANDBOX_ACCEPTED"
`

/** Writes the hooks under the root of the repositories; gives their directory, for `core.hooksPath`. */
export async function writeHooks(root: string): Promise<string> {
  const dir = path.resolve(root, 'hooks')
  await mkdir(dir, { recursive: true })
  for (const [name, text] of [
    ['pre-receive', PRE_RECEIVE],
    ['post-receive', POST_RECEIVE],
  ] as const) {
    await writeFile(path.join(dir, name), text)
    await chmod(path.join(dir, name), 0o755)
  }
  return dir
}
