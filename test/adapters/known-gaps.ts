import type { Town } from './github-client.ts'

/** Where the published OpenAPI cannot be met by anybody, and so is no judge. */
const GAPS: readonly RegExp[] = [
  // The list of events of an App is older than sub-issues and dependencies.
  /\/app\/events\/\d+ must be equal to one of the allowed values$/,
  // The address of an App's bot has brackets in it, which the format does not allow.
  /\/(author|committer|pusher)\/email must (match|be null)/,
  /^webhook push: \/head_commit must (be null|match a schema in anyOf)$/,
  // Two error shapes without required fields: whatever matches one matches both.
  /contents\/\{\+path\} 409: \(top\) must match exactly one schema in oneOf$/,
]

/** What GitHub could not have sent or taken, each once. */
export const realFaults = (town: Town): string[] =>
  [...new Set(town.wrong)].filter(it => !GAPS.some(gap => gap.test(it)))
