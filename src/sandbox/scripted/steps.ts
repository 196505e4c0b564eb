// How each step of a script is done. File steps can be done again on what an earlier try has left.
import { spawn } from 'node:child_process'
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Job, Said } from '../../agents/protocol.ts'
import { type Action, durationOf, type Step } from './script.ts'

/** A step that does not work out: the try has failed, for this reason. */
export class StepFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StepFailed'
  }
}

export interface Stage {
  readonly job: Job
  /** The clone. */
  readonly dir: string
  /** The last answer of a person to a question of this script. */
  answer: string
  life(doing: string): void
}

type End = Extract<Said, { say: 'done' | 'asked' | 'failed' }>
/** `before`: steps that were done before this one, on this try. Gives how the try ends, or null to go on. */
type Doing = (step: Step, stage: Stage, before: readonly Step[]) => Promise<End | null>

const DOINGS: Record<Exclude<Action, 'ask'>, Doing> = {
  write: async (step, stage) => {
    await put(stage, step.value, filled(step.content, stage))
    return null
  },
  append: async (step, stage, before) => {
    const content = filled(step.content, stage)
    const now = await get(stage, step.value)
    const twins = before.filter(
      twin => twin.action === 'append' && twin.value === step.value && twin.content === step.content,
    )
    // Counted against the base: what is there beyond that was appended by an earlier try of this bead.
    const wanted = count(await baseText(stage, step.value), content) + twins.length + 1
    if (count(now, content) < wanted) await put(stage, step.value, now + content)
    return null
  },
  replace: async (step, stage) => {
    const now = await get(stage, step.value)
    const { find } = step
    const text = filled(step.with, stage)
    const isDone = text !== '' && now.includes(text)
    // A replacement that holds what it replaces would be found, and done, again and again.
    if (isDone && (text.includes(find) || !now.includes(find))) return null
    if (!now.includes(find)) throw new StepFailed(`${step.value} does not contain what is to be replaced.`)
    await put(
      stage,
      step.value,
      now.replaceAll(find, () => text),
    )
    return null
  },
  run: async (step, stage) => {
    const code = await shell(step.value, stage)
    if (code !== 0) throw new StepFailed(`\`${step.value.slice(0, 200)}\` ended with ${code}.`)
    return null
  },
  sleep: async (step, stage) => {
    const ms = durationOf(step.value)
    if (ms === null) throw new StepFailed(`"${step.value}" is no duration: 500ms, 2s or 1m would be.`)
    for (let left = ms; left > 0; left -= 500) {
      await pause(Math.min(left, 500))
      stage.life('sleeping')
    }
    return null
  },
  fail: async step => ({ say: 'failed', why: step.value }),
  crash: async () => {
    process.kill(process.pid, 'SIGKILL')
    return null
  },
  hang: () => new Promise<never>(() => undefined),
  empty: async () => ({ say: 'done' }),
}

/** Does one step. `index`: its place in the script, at which the try goes on after an answer. */
export function doStep(
  step: Step,
  index: number,
  stage: Stage,
  before: readonly Step[],
): Promise<End | null> {
  return step.action === 'ask' ? ask(step, index, stage) : DOINGS[step.action](step, stage, before)
}

/** As much of a question as is carried to people, and comes back with the answer. */
const QUESTION_MAX = 10_000

async function ask(step: Step, index: number, stage: Stage): Promise<End | null> {
  const question = step.value.slice(0, QUESTION_MAX)
  const known = stage.job.answers.findLast(answer => answer.question === question)
  if (!known) return { say: 'asked', question, checkpoint: String(index) }
  stage.answer = known.answer
  return null
}

const filled = (text: string, { answer }: Stage): string => text.replaceAll('{{answer}}', () => answer)

const count = (text: string, part: string): number => (part === '' ? 0 : text.split(part).length - 1)

/** Both sides of a conflict cannot be had by a script: the base's version is taken, and the work done again on it. */
export async function takeBase(stage: Stage): Promise<void> {
  const { conflicts, baseSha } = stage.job
  for (const file of conflicts) {
    stage.life(`taking the base's ${file}`)
    const there = (await gitOut(stage, ['cat-file', '-e', `${baseSha}:${file}`])) !== null
    const take = there ? ['checkout', '--quiet', baseSha] : ['rm', '--quiet', '--force']
    if ((await gitOut(stage, ['--literal-pathspecs', ...take, '--', file])) === null)
      throw new StepFailed(`The base's version of ${file} cannot be taken.`)
  }
}

async function baseText(stage: Stage, file: string): Promise<string> {
  return (await gitOut(stage, ['show', `${stage.job.baseSha}:${path.posix.normalize(file)}`])) ?? ''
}

async function get(stage: Stage, file: string): Promise<string> {
  const target = await inside(stage.dir, file)
  return readFile(target, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new StepFailed(`${file} cannot be read: ${error.message}`)
  })
}

async function put(stage: Stage, file: string, content: string): Promise<void> {
  const target = await inside(stage.dir, file)
  try {
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(target, content)
  } catch (error) {
    throw new StepFailed(`${file} cannot be written: ${error instanceof Error ? error.message : error}`)
  }
}

/** The path of a file of the clone. A script may not reach out of it, not even through a link in it. */
async function inside(dir: string, file: string): Promise<string> {
  const parts = path.normalize(file).split(path.sep)
  const outside = path.isAbsolute(file) || file.includes('\0') || parts[0] === '..' || parts[0] === '.'
  if (outside || parts.some(part => part.toLowerCase() === '.git'))
    throw new StepFailed(`${file} is not a file of the repository.`)
  for (let depth = 1; depth <= parts.length; depth++) {
    const found = await lstat(path.join(dir, ...parts.slice(0, depth))).catch(() => null)
    if (found?.isSymbolicLink())
      throw new StepFailed(`${file} is reached through a link, which is not followed.`)
  }
  return path.join(dir, ...parts)
}

/** A command that takes longer is not waited for: its agent would look alive for ever. */
const COMMAND_MS = 10 * 60_000

async function shell(command: string, stage: Stage): Promise<number | null> {
  const child = spawn('sh', ['-c', command], {
    cwd: stage.dir,
    env: { ...process.env, TOWNHALL_ANSWER: stage.answer },
    // Its output is the try's log.
    stdio: ['ignore', process.stderr, process.stderr],
    timeout: COMMAND_MS,
    killSignal: 'SIGKILL',
  })
  // Who waits for a quiet command is not silent.
  const waiting = setInterval(() => stage.life('waiting for a command'), 500)
  return ended(child).finally(() => clearInterval(waiting))
}

async function gitOut(stage: Stage, args: readonly string[]): Promise<string | null> {
  const child = spawn('git', args, { cwd: stage.dir, stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    out += text
  })
  return (await ended(child)) === 0 ? out : null
}

const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
