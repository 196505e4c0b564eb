import { expect } from 'vitest'
import type { Client, Thing, Town } from './github-client.ts'

/** Steps that people take with code on the sandbox GitHub, each checked to have worked. */

export const base64 = (text: string) => Buffer.from(text).toString('base64')
export const sha = (it: unknown): string => (it as { sha: string }).sha

export function codeClient(town: () => Town) {
  const wes = () => town().as('wes')
  const worked = <T extends { readonly status: number; readonly body: Thing }>(reply: T): Thing => {
    expect(reply.status, reply.body?.message).toBeLessThan(300)
    return reply.body
  }
  return {
    /** A new repository with one commit (a README), as its address in the API. */
    repo: async (more: object = {}) =>
      `/repos/${(await town().repository({ auto_init: true, ...more })).full_name}`,
    /** Where somebody clones the repository, token included. */
    cloneUrl: (at: string, who: Client) => {
      const { host } = new URL(town().github.git)
      return `http://x-access-token:${who.token}@${host}${at.replace('/repos', '')}.git`
    },
    headOf: async (at: string, branch = 'main') =>
      sha(worked(await wes().get(`${at}/git/ref/heads%2F${encodeURIComponent(branch)}`)).object),
    /** Writes a file, over what is there. */
    put: async (at: string, path: string, content: string, branch = 'main') => {
      const old = await wes().get(`${at}/contents/${path}?ref=${encodeURIComponent(branch)}`)
      const wanted = { message: `write ${path}`, content: base64(content), branch }
      const over = old.status === 200 ? { sha: old.body.sha } : {}
      return sha(worked(await wes().put(`${at}/contents/${path}`, { ...wanted, ...over })).commit)
    },
    branch: async (at: string, name: string, from = 'main') => {
      const start = worked(await wes().get(`${at}/git/ref/heads%2F${encodeURIComponent(from)}`)).object
      worked(await wes().post(`${at}/git/refs`, { ref: `refs/heads/${name}`, sha: sha(start) }))
    },
    /** Opens a pull request as `who`. */
    open: async (who: Client, at: string, head: string, more: object = {}) =>
      worked(await who.post(`${at}/pulls`, { title: `From ${head}`, head, base: 'main', ...more })),
    /** Forgets what the App was told so far, once all of it has arrived. */
    forget: async () => {
      await town().deliveries()
      town().forget()
    },
    /** What the App was told since the last `forget`, as `event.action`. */
    events: async () =>
      (await town().deliveries()).map(it => [it.event, it.action].filter(Boolean).join('.')),
  }
}
