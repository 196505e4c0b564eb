import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Everything that is set from outside. Nobody else reads the environment. */
const Variables = z.object({
  APP_ID: z.coerce.number().int().positive(),
  /** PEM; newlines may be written as `\n`, or the whole in base64. */
  PRIVATE_KEY: z.string().optional(),
  PRIVATE_KEY_PATH: z.string().optional(),
  WEBHOOK_SECRET: z.string().min(16, 'at least 16 characters, as long and random as you can'),
  /** GitHub's REST API; `https://HOST/api/v3` on GitHub Enterprise Server. */
  GITHUB_API_URL: z.url().default('https://api.github.com'),
  /** Where repositories are cloned from. */
  GITHUB_GIT_URL: z.url().default('https://github.com'),
  /** Postgres 15 or newer. Without it an embedded one runs in TOWNHALL_DATA. */
  DATABASE_URL: z.url().optional(),
  /** Redis 6.2 or newer for wake-ups. Without it the queue uses Postgres. */
  REDIS_URL: z.url().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  /** Where runners reach the web role; by default this process. */
  TOWNHALL_URL: z.url().optional(),
  TOWNHALL_ROLE: z.enum(['all', 'web', 'worker']).default('all'),
  /** Signs the tokens of machines and runs; derived from WEBHOOK_SECRET when not set. */
  TOWNHALL_SECRET: z.string().min(16).optional(),
  /** Embedded database, clones and logs. */
  TOWNHALL_DATA: z.string().default('.townhall'),
  /** `sandbox`: seconds where real life takes minutes. */
  TOWNHALL_PACE: z.enum(['github', 'sandbox']).default('github'),
  /** Runs at once on this machine. */
  TOWNHALL_SEATS: z.coerce.number().int().min(1).max(64).default(8),
  /** How long a runner keeps its work while Townhall cannot be reached. */
  TOWNHALL_PATIENCE_MS: z.coerce.number().int().positive().default(120_000),
  /** Set by the sandbox only: the program of the scripted agent. */
  TOWNHALL_SCRIPTED_AGENT: z.string().optional(),
  TOWNHALL_POLECATS_DIR: z.string().optional(),
  /** Where runners find programs. */
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export type Env = Omit<z.infer<typeof Variables>, 'PRIVATE_KEY' | 'PRIVATE_KEY_PATH'> & {
  readonly privateKey: string
}

/** Read and check; throws one sentence per variable that is missing or wrong. */
export function readEnv(variables: Readonly<Record<string, string | undefined>> = process.env): Env {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const parsed = Variables.safeParse(given)
  if (!parsed.success) {
    throw incomplete(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`))
  }
  const { PRIVATE_KEY, PRIVATE_KEY_PATH, ...env } = parsed.data
  if (env.TOWNHALL_ROLE === 'worker' && !env.TOWNHALL_URL)
    throw incomplete(['TOWNHALL_URL: a worker must know where its runners reach the web role'])
  const privateKey = PRIVATE_KEY
    ? keyOf(PRIVATE_KEY)
    : PRIVATE_KEY_PATH
      ? readFileSync(PRIVATE_KEY_PATH, 'utf8')
      : null
  if (!privateKey?.includes('PRIVATE KEY'))
    throw incomplete(['PRIVATE_KEY: a PEM private key of the App, or PRIVATE_KEY_PATH to it'])
  return { ...env, privateKey }
}

const incomplete = (sentences: readonly string[]): Error =>
  new Error(`the environment is not complete:\n  ${sentences.join('\n  ')}`)

function keyOf(text: string): string {
  const plain = text.includes('PRIVATE KEY') ? text : Buffer.from(text, 'base64').toString('utf8')
  return plain.replaceAll('\\n', '\n')
}
