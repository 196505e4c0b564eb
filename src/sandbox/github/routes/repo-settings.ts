import { z } from 'zod'
import type { Repo } from '../documents.ts'

/** The settings of a repository, as they are asked for and as they are kept. */

const Name = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,100}$/, 'may hold letters, digits, dots, dashes and underscores')
  .refine(it => it !== '.' && it !== '..' && !it.endsWith('.git'), 'is reserved')

const settings = {
  description: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  has_issues: z.boolean().optional(),
  allow_merge_commit: z.boolean().optional(),
  allow_squash_merge: z.boolean().optional(),
  allow_rebase_merge: z.boolean().optional(),
  allow_auto_merge: z.boolean().optional(),
  delete_branch_on_merge: z.boolean().optional(),
}
export const Creating = z.object({ ...settings, name: Name, auto_init: z.boolean().default(false) })
export const Changing = z.object({
  ...settings,
  name: Name.optional(),
  default_branch: z.string().min(1).optional(),
  archived: z.boolean().optional(),
})

export const BLANK = {
  description: null,
  private: false,
  defaultBranch: 'main',
  hasIssues: true,
  archived: false,
  allow: { merge: true, squash: true, rebase: true, auto: false },
  deleteBranchOnMerge: false,
  roles: {},
  pushedAt: null,
} as const

/** What is wanted over what is there. */
export const settled = (
  was: Omit<Repo, 'id' | 'ownerId' | 'name' | 'createdAt' | 'updatedAt'>,
  wanted: Omit<z.infer<typeof Changing>, 'name'>,
) => ({
  description: wanted.description === undefined ? was.description : wanted.description,
  private:
    wanted.visibility === undefined ? (wanted.private ?? was.private) : wanted.visibility === 'private',
  defaultBranch: wanted.default_branch ?? was.defaultBranch,
  hasIssues: wanted.has_issues ?? was.hasIssues,
  archived: wanted.archived ?? was.archived,
  allow: {
    merge: wanted.allow_merge_commit ?? was.allow.merge,
    squash: wanted.allow_squash_merge ?? was.allow.squash,
    rebase: wanted.allow_rebase_merge ?? was.allow.rebase,
    auto: wanted.allow_auto_merge ?? was.allow.auto,
  },
  deleteBranchOnMerge: wanted.delete_branch_on_merge ?? was.deleteBranchOnMerge,
})
