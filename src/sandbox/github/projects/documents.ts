import type { Collection } from '../collection.ts'
import type { World } from '../world.ts'

/** Boards (Projects v2) as the sandbox keeps them: a project, its fields, its items with their values. */

export type OptionColor = 'BLUE' | 'GRAY' | 'GREEN' | 'ORANGE' | 'PINK' | 'PURPLE' | 'RED' | 'YELLOW'

/** One choice of a single select. Ids are eight hex digits; whoever writes the options anew makes new ids. */
export interface FieldOption {
  readonly id: string
  readonly name: string
  readonly color: OptionColor
  readonly description: string
}

/** Fields that people add have one of these types; the others are GitHub's own and show what the content says. */
export type CustomFieldType = 'TEXT' | 'NUMBER' | 'DATE' | 'SINGLE_SELECT'
export type FieldType =
  | CustomFieldType
  | 'TITLE'
  | 'ASSIGNEES'
  | 'LABELS'
  | 'LINKED_PULL_REQUESTS'
  | 'MILESTONE'
  | 'REPOSITORY'
  | 'REVIEWERS'
  | 'PARENT_ISSUE'
  | 'SUB_ISSUES_PROGRESS'

export interface Project {
  readonly id: number
  readonly ownerId: number
  /** Counted for each owner. */
  readonly number: number
  readonly title: string
  readonly shortDescription: string | null
  readonly readme: string | null
  readonly public: boolean
  readonly closedAt: string | null
  readonly creatorId: number
  /** Fields in their order. */
  readonly fieldIds: readonly number[]
  /** Items in their order, archived ones too. */
  readonly itemIds: readonly number[]
  readonly repositoryIds: readonly number[]
  /** The option that the board's workflows give to what is closed. */
  readonly done: { readonly fieldId: number; readonly optionId: string } | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ProjectField {
  readonly id: number
  readonly projectId: number
  readonly name: string
  readonly dataType: FieldType
  /** Empty unless it is a single select. */
  readonly options: readonly FieldOption[]
  readonly createdAt: string
  readonly updatedAt: string
}

/** What can be written into a field of an item. A date is `YYYY-MM-DD`. */
export type Written =
  | { readonly text: string }
  | { readonly number: number }
  | { readonly date: string }
  | { readonly optionId: string }

/** The same with who wrote it, and when. */
export type FieldValue = Written & {
  readonly creatorId: number
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ProjectItem {
  readonly id: number
  readonly projectId: number
  /** The issue, or the issue half of a pull request. */
  readonly issueId: number
  readonly creatorId: number
  readonly archivedAt: string | null
  /** By field id. */
  readonly values: { readonly [fieldId: string]: FieldValue }
  readonly createdAt: string
  readonly updatedAt: string
}

export const projects = (world: World): Collection<Project> =>
  world.collection<Project>('projects', {
    owner: it => it.ownerId,
    number: it => `${it.ownerId}#${it.number}`,
  })

export const projectFields = (world: World): Collection<ProjectField> =>
  world.collection<ProjectField>('project_fields', { project: it => it.projectId })

export const projectItems = (world: World): Collection<ProjectItem> =>
  world.collection<ProjectItem>('project_items', {
    project: it => it.projectId,
    issue: it => it.issueId,
    content: it => `${it.projectId}/${it.issueId}`,
  })

export const projectOf = (world: World, it: { readonly projectId: number }): Project =>
  projects(world).get(it.projectId)!
