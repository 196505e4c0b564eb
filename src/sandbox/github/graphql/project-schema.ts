/** Projects v2 in GitHub's own words; joined to the rest in `schema.ts`. */

const PAGE = 'first: Int, after: String, last: Int, before: String'
const OWNER_FIELDS = `
  projectV2(number: Int!): ProjectV2
  projectsV2(${PAGE}, query: String): ProjectV2Connection!`
const FIELD =
  'id: ID! databaseId: Int name: String! dataType: ProjectV2FieldType! project: ProjectV2! createdAt: DateTime! updatedAt: DateTime!'
const VALUE =
  'id: ID! databaseId: Int field: ProjectV2FieldConfiguration! item: ProjectV2Item! creator: Actor createdAt: DateTime! updatedAt: DateTime!'

const value = (name: string, more: string) =>
  `type ProjectV2ItemField${name}Value implements Node & ProjectV2ItemFieldValueCommon { ${VALUE} ${more} }`

/** A mutation with the type of its input and of its answer. */
const mutation = (name: string, input: string, payload: string) => {
  const type = name.charAt(0).toUpperCase() + name.slice(1)
  return `
  extend type Mutation { ${name}(input: ${type}Input!): ${type}Payload }
  input ${type}Input { ${input} clientMutationId: String }
  type ${type}Payload { ${payload} clientMutationId: String }`
}

export const PROJECTS = `
  scalar Date

  extend type Query {
    organization(login: String!): Organization
    user(login: String!): User
    repositoryOwner(login: String!): RepositoryOwner
  }

  interface ProjectV2Owner { id: ID! ${OWNER_FIELDS} }
  extend type Organization implements ProjectV2Owner { ${OWNER_FIELDS} }
  extend type User implements ProjectV2Owner { ${OWNER_FIELDS} }
  extend type Repository { projectsV2(${PAGE}, query: String): ProjectV2Connection! }
  extend type Issue { projectItems(${PAGE}, includeArchived: Boolean = true): ProjectV2ItemConnection! }
  extend type PullRequest { projectItems(${PAGE}, includeArchived: Boolean = true): ProjectV2ItemConnection! }

  type ProjectV2 implements Node {
    id: ID! databaseId: Int fullDatabaseId: BigInt number: Int! title: String! shortDescription: String readme: String
    url: URI! resourcePath: URI! public: Boolean! closed: Boolean! closedAt: DateTime template: Boolean!
    createdAt: DateTime! updatedAt: DateTime! creator: Actor owner: ProjectV2Owner!
    viewerCanUpdate: Boolean! viewerCanClose: Boolean! viewerCanReopen: Boolean!
    field(name: String!): ProjectV2FieldConfiguration
    fields(${PAGE}): ProjectV2FieldConfigurationConnection!
    items(${PAGE}): ProjectV2ItemConnection!
    repositories(${PAGE}): RepositoryConnection!
  }

  enum ProjectV2FieldType {
    ASSIGNEES DATE ITERATION LABELS LINKED_PULL_REQUESTS MILESTONE NUMBER PARENT_ISSUE REPOSITORY REVIEWERS
    SINGLE_SELECT SUB_ISSUES_PROGRESS TEXT TITLE TRACKED_BY TRACKS
  }
  enum ProjectV2CustomFieldType { DATE NUMBER SINGLE_SELECT TEXT }
  enum ProjectV2SingleSelectFieldOptionColor { BLUE GRAY GREEN ORANGE PINK PURPLE RED YELLOW }

  interface ProjectV2FieldCommon { ${FIELD} }
  type ProjectV2Field implements Node & ProjectV2FieldCommon { ${FIELD} }
  type ProjectV2SingleSelectField implements Node & ProjectV2FieldCommon {
    ${FIELD} options(names: [String!]): [ProjectV2SingleSelectFieldOption!]!
  }
  type ProjectV2IterationField implements Node & ProjectV2FieldCommon { ${FIELD} }
  type ProjectV2SingleSelectFieldOption {
    id: String! name: String! color: ProjectV2SingleSelectFieldOptionColor! description: String!
  }
  union ProjectV2FieldConfiguration = ProjectV2Field | ProjectV2IterationField | ProjectV2SingleSelectField

  enum ProjectV2ItemType { DRAFT_ISSUE ISSUE PULL_REQUEST REDACTED }
  union ProjectV2ItemContent = Issue | PullRequest
  type ProjectV2Item implements Node {
    id: ID! databaseId: Int fullDatabaseId: BigInt type: ProjectV2ItemType! isArchived: Boolean! project: ProjectV2!
    content: ProjectV2ItemContent creator: Actor createdAt: DateTime! updatedAt: DateTime!
    fieldValueByName(name: String!): ProjectV2ItemFieldValue
    fieldValues(${PAGE}): ProjectV2ItemFieldValueConnection!
  }

  interface ProjectV2ItemFieldValueCommon { ${VALUE} }
  ${value('Text', 'text: String')}
  ${value('Number', 'number: Float')}
  ${value('Date', 'date: Date')}
  ${value(
    'SingleSelect',
    'optionId: String name: String color: ProjectV2SingleSelectFieldOptionColor! description: String',
  )}
  type ProjectV2ItemFieldLabelValue { field: ProjectV2FieldConfiguration! labels(${PAGE}): LabelConnection }
  type ProjectV2ItemFieldUserValue { field: ProjectV2FieldConfiguration! users(${PAGE}): UserConnection }
  type ProjectV2ItemFieldRepositoryValue { field: ProjectV2FieldConfiguration! repository: Repository }
  union ProjectV2ItemFieldValue = ProjectV2ItemFieldDateValue | ProjectV2ItemFieldLabelValue
    | ProjectV2ItemFieldNumberValue | ProjectV2ItemFieldRepositoryValue | ProjectV2ItemFieldSingleSelectValue
    | ProjectV2ItemFieldTextValue | ProjectV2ItemFieldUserValue

  input ProjectV2SingleSelectFieldOptionInput {
    name: String! color: ProjectV2SingleSelectFieldOptionColor! description: String!
  }
  input ProjectV2FieldValue { text: String number: Float date: Date singleSelectOptionId: String }

  ${['ProjectV2', 'ProjectV2Item', 'ProjectV2FieldConfiguration', 'ProjectV2ItemFieldValue', 'Repository']
    .map(
      name => `
        type ${name}Edge { cursor: String! node: ${name} }
        type ${name}Connection { nodes: [${name}] edges: [${name}Edge] pageInfo: PageInfo! totalCount: Int! }`,
    )
    .join('\n')}

  ${mutation('createProjectV2', 'ownerId: ID! title: String! repositoryId: ID', 'projectV2: ProjectV2')}
  ${mutation(
    'updateProjectV2',
    'projectId: ID! title: String shortDescription: String readme: String closed: Boolean public: Boolean',
    'projectV2: ProjectV2',
  )}
  ${mutation('deleteProjectV2', 'projectId: ID!', 'projectV2: ProjectV2')}
  ${mutation('linkProjectV2ToRepository', 'projectId: ID! repositoryId: ID!', 'repository: Repository')}
  ${mutation(
    'createProjectV2Field',
    `projectId: ID! name: String! dataType: ProjectV2CustomFieldType!
     singleSelectOptions: [ProjectV2SingleSelectFieldOptionInput!]`,
    'projectV2Field: ProjectV2FieldConfiguration',
  )}
  ${mutation(
    'updateProjectV2Field',
    'fieldId: ID! name: String singleSelectOptions: [ProjectV2SingleSelectFieldOptionInput!]',
    'projectV2Field: ProjectV2FieldConfiguration',
  )}
  ${mutation('deleteProjectV2Field', 'fieldId: ID!', 'projectV2Field: ProjectV2FieldConfiguration')}
  ${mutation('addProjectV2ItemById', 'projectId: ID! contentId: ID!', 'item: ProjectV2Item')}
  ${mutation(
    'updateProjectV2ItemFieldValue',
    'projectId: ID! itemId: ID! fieldId: ID! value: ProjectV2FieldValue!',
    'projectV2Item: ProjectV2Item',
  )}
  ${mutation(
    'clearProjectV2ItemFieldValue',
    'projectId: ID! itemId: ID! fieldId: ID!',
    'projectV2Item: ProjectV2Item',
  )}
  ${mutation('updateProjectV2ItemPosition', 'projectId: ID! itemId: ID! afterId: ID', `items(${PAGE}): ProjectV2ItemConnection`)}
  ${mutation('archiveProjectV2Item', 'projectId: ID! itemId: ID!', 'item: ProjectV2Item')}
  ${mutation('unarchiveProjectV2Item', 'projectId: ID! itemId: ID!', 'item: ProjectV2Item')}
  ${mutation('deleteProjectV2Item', 'projectId: ID! itemId: ID!', 'deletedItemId: ID')}
`
