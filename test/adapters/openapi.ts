import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

/**
 * GitHub's published OpenAPI as a judge: does a request, or an answer, have the shape that GitHub documents?
 * It only judges; routing is done here by pattern, because clients may leave slashes in paths unencoded.
 */

export interface Exchange {
  readonly method: string
  /** The path pattern of the operation, such as `/repos/{owner}/{repo}/issues`. */
  readonly pattern: string
  readonly status: number
  /** The JSON that was sent, undefined for none. */
  readonly request?: unknown
  /** The JSON that came back, undefined for none. */
  readonly response?: unknown
}

type Json = { readonly [key: string]: unknown }
interface Operation {
  readonly requestBody?: { readonly content?: { readonly [type: string]: { readonly schema?: Json } } }
  readonly responses: { readonly [status: string]: Json }
}
interface Document {
  readonly paths: { readonly [pattern: string]: { readonly [method: string]: Operation } }
  readonly components: { readonly [section: string]: { readonly [name: string]: Json } }
  readonly 'x-webhooks'?: {
    readonly [name: string]: { readonly post: Operation }
  }
}

const ROOT = 'https://openapi.github.test/'
const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json')
const document = readable(JSON.parse(readFileSync(file, 'utf8'))) as Document

const ajv = new Ajv({ strict: false, logger: false, allErrors: true })
formats.default(ajv)
ajv.addSchema({ $id: ROOT, components: document.components })
const compiled = new Map<string, ValidateFunction>()

/**
 * Turns OpenAPI 3.0 into JSON Schema: `nullable` becomes a choice with null (ajv refuses it without a type, and an
 * enum beside it would forbid null), and references become absolute.
 */
function readable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(readable)
  if (typeof node !== 'object' || node === null) return node
  const { nullable, ...all } = node as Json
  // The deliveries' lists of events that an App may hear are older than some events that it can ask for.
  const isEventList = Array.isArray(all.enum) && all.enum.includes('issue_comment')
  const { enum: _, ...open } = all
  const rest = isEventList ? open : all
  const turned = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' ? value.replace(/^#/, `${ROOT}#`) : readable(value),
    ]),
  )
  return nullable === true ? { anyOf: [turned, { type: 'null' }] } : turned
}

/** Whether GitHub documents the operation. */
export const isDocumented = (method: string, pattern: string): boolean =>
  operationOf(method, pattern) !== undefined

const operationOf = (method: string, pattern: string): Operation | undefined =>
  document.paths[pattern.replace('{+', '{')]?.[method.toLowerCase()]

/** What is wrong with an exchange, in words; nothing when GitHub could have had it. */
export function faultsOf(exchange: Exchange): string[] {
  const operation = operationOf(exchange.method, exchange.pattern)
  if (operation === undefined) return [`${exchange.method} ${exchange.pattern} is not documented`]
  return [...requestFaults(operation, exchange), ...answerFaults(operation, exchange)]
}

function requestFaults(operation: Operation, { method, pattern, status, request }: Exchange): string[] {
  const schema = operation.requestBody?.content?.['application/json']?.schema
  // A request that is refused may well be wrong: that is what the test is about.
  if (schema === undefined || request === undefined || status >= 400) return []
  return check(`${method} ${pattern} request`, schema, request)
}

/**
 * Where the published description contradicts itself, what it says elsewhere of the same thing. The list of
 * installations wants an account to be a person and an enterprise at once.
 */
const ERRATA: { readonly [operation: string]: Json } = {
  'GET /app/installations 200': {
    type: 'array',
    items: { $ref: `${ROOT}#/components/schemas/installation` },
  },
}

function answerFaults(operation: Operation, { method, pattern, status, response }: Exchange): string[] {
  // Any GET may find nothing new; it is described for some only.
  if (status === 304) return []
  const erratum = ERRATA[`${method} ${pattern} ${status}`]
  if (erratum !== undefined) return check(`${method} ${pattern} ${status}`, erratum, response)
  const described = resolved(operation.responses[String(status)])
  if (described === undefined)
    return status >= 400 ? [] : [`${method} ${pattern} does not document the status ${status}`]
  const content = described.content as { [type: string]: { schema?: Json } } | undefined
  const schema = content?.['application/json']?.schema
  if (schema === undefined) return []
  return check(`${method} ${pattern} ${status}`, schema, response)
}

function resolved(response: Json | undefined): Json | undefined {
  const name = typeof response?.$ref === 'string' ? response.$ref.split('/').at(-1)! : undefined
  return name === undefined ? response : document.components.responses![name]
}

/** What is wrong with a delivery's body, by GitHub's schema for the event and its action. */
export function deliveryFaults(event: string, action: string | null, payload: unknown): string[] {
  const name = [event, action]
    .flatMap(part => part ?? [])
    .join('-')
    .replaceAll('_', '-')
  const schema = document['x-webhooks']?.[name]?.post.requestBody?.content?.['application/json']?.schema
  return schema === undefined ? [`${name} is not documented`] : check(`webhook ${name}`, schema, payload)
}

/** What is wrong with a value, by a named schema of GitHub's. */
export const schemaFaults = (name: string, value: unknown): string[] =>
  check(name, { $ref: `${ROOT}#/components/schemas/${name}` }, value)

function check(what: string, schema: Json, value: unknown): string[] {
  const validate = compiled.get(what) ?? ajv.compile(schema)
  compiled.set(what, validate)
  if (validate(value)) return []
  return (validate.errors ?? []).map(it => `${what}: ${it.instancePath || '(top)'} ${it.message}`)
}
