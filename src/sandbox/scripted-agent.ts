// An agent that needs no model: it does what the `polecat` block of its bead says. It lives in a process of its own,
// takes its job as a line on standard input and speaks `Said` lines on standard output. Only for the sandbox and tests.
import { createInterface } from 'node:readline'
import { Job, type Said } from '../agents/protocol.ts'
import { BadScript, type Step, scriptOf } from './scripted/script.ts'
import { doStep, type Stage, StepFailed, takeBase } from './scripted/steps.ts'

const FILE_STEPS: readonly string[] = ['write', 'append', 'replace']

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

async function work(stage: Stage): Promise<Said> {
  const { job } = stage
  const script = scriptOf(job.bead.body) ?? [note(job)]
  if (job.conflicts.length > 0) await takeBase(stage)
  // What came before a question is on the branch already. After a red gate all of it is looked at again.
  const asked = Number(job.checkpoint ?? Number.NaN)
  const from = job.kind === 'work' && script[asked]?.action === 'ask' ? asked : 0
  const done: Step[] = []
  for (const [index, step] of script.entries()) {
    const wanted = job.kind === 'conflict' ? FILE_STEPS.includes(step.action) : index >= from
    if (!wanted || job.attempt > step.tries) continue
    stage.life(`step ${index + 1}: ${step.action}`)
    const end = await doStep(step, index, stage, done)
    if (end) return end
    done.push(step)
  }
  return { say: 'done' }
}

/** What is done for a bead that has no script. */
const note = ({ bead }: Job): Step => ({
  action: 'write',
  value: `work/${bead.number}.md`,
  content: `# ${bead.title}\n\n${bead.body}\n`,
  find: '',
  with: '',
  tries: Number.POSITIVE_INFINITY,
})

async function attempt(line: string): Promise<Said> {
  const stage: Stage = {
    job: Job.parse(JSON.parse(line)),
    dir: process.cwd(),
    answer: '',
    life: doing => say({ say: 'life', doing }),
  }
  try {
    return await work(stage)
  } catch (error) {
    if (error instanceof BadScript || error instanceof StepFailed)
      return { say: 'failed', why: error.message }
    throw error
  }
}

// Whoever started us is gone when our input ends. What we have started goes with us: we lead a process group.
function leave(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}

const input = createInterface({ input: process.stdin })
input.on('close', leave)
input.once('line', async line => {
  const said = await attempt(line)
  process.stdout.write(`${JSON.stringify(said)}\n`, () => process.exit(0))
})
