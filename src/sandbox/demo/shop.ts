import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { BeadSketch } from '../person.ts'
import { git } from '../person.ts'

/** The demo's project: a little shop whose own tests are the gate, and the epic that finishes it. */

const FILES: Readonly<Record<string, string>> = {
  'package.json': `${JSON.stringify({ name: 'shop', version: '1.0.0', type: 'module', private: true, scripts: { test: 'node --test' } }, null, 2)}\n`,
  'README.md': '# shop\n\nA checkout in a few small files.\n\n## What is here\n',
  'test/shop.test.js': `import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import test from 'node:test'

test('every part of the shop can be loaded', async () => {
  const files = await readdir(new URL('../src/', import.meta.url)).catch(() => [])
  for (const file of files) assert.ok(await import(new URL('../src/' + file, import.meta.url)))
})
`,
  '.github/townhall.yml': `gates:
  - name: test
    run: node --test
    timeout: 1m
max_polecats: 4
tries: 3
`,
}

/** A commit of the files, in a new folder under `parent`. */
export async function shopFolder(parent: string): Promise<string> {
  const folder = mkdtempSync(join(parent, 'shop-'))
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  await git(folder, ['init', '--quiet', '--initial-branch=main'])
  await git(folder, ['add', '.'])
  await git(folder, [
    '-c',
    'user.name=olivia',
    '-c',
    'user.email=olivia@acme.invalid',
    'commit',
    '--quiet',
    '-m',
    'A shop without a checkout',
  ])
  return folder
}

interface Step {
  readonly [action: string]: string | number
}

/** What the scripted agent is told, as it stands in an issue. JSON is YAML too. */
function bead(text: string, ...steps: Step[]): string {
  const script = steps.map(step => `- ${JSON.stringify(step)}`).join('\n')
  return `${text}\n\n\`\`\`polecat\n${script}\n\`\`\`\n`
}

const source = (name: string, content: string): Step => ({ write: `src/${name}.js`, content })
const proof = (name: string, content: string): Step => ({
  write: `test/${name}.test.js`,
  content: `import assert from 'node:assert/strict'\nimport test from 'node:test'\n${content}`,
})

/** The question that a person answers, and what is answered. */
export const QUESTION = { bead: 'receipt', answer: 'Thank you, come again!' } as const

/** Ten beads in five waves: a diamond, one that fails, one that is red, two that conflict, one with a question. */
export const EPIC: readonly BeadSketch[] = [
  {
    key: 'money',
    title: 'Money in cents',
    body: bead(
      'Amounts are whole cents, shown with two digits.',
      source('money', 'export const show = cents => (cents / 100).toFixed(2)\n'),
      proof(
        'money',
        "import { show } from '../src/money.js'\ntest('cents are shown with two digits', () => assert.equal(show(1250), '12.50'))\n",
      ),
    ),
  },
  {
    key: 'catalog',
    title: 'A catalog',
    body: bead(
      'What the shop sells, by name.',
      source(
        'catalog',
        'export const prices = { tea: 350, cake: 420 }\nexport const priceOf = name => prices[name] ?? null\n',
      ),
      proof(
        'catalog',
        "import { priceOf } from '../src/catalog.js'\ntest('unknown things have no price', () => assert.equal(priceOf('car'), null))\n",
      ),
    ),
  },
  {
    key: 'discount',
    title: 'Discounts',
    after: ['money'],
    body: bead(
      'Ten percent off from ten euros. The first try has no luck.',
      { fail: 'the model was overloaded', tries: 1 },
      source('discount', 'export const discount = cents => (cents >= 1000 ? Math.round(cents / 10) : 0)\n'),
      proof(
        'discount',
        "import { discount } from '../src/discount.js'\ntest('ten percent from ten euros', () => assert.equal(discount(2000), 200))\n",
      ),
    ),
  },
  {
    key: 'tax',
    title: 'Tax',
    after: ['money'],
    body: bead(
      'Seven percent. The first attempt is wrong, and the gate says so.',
      { ...source('tax', 'export const tax = cents => cents * 7\n'), tries: 1 },
      { ...source('tax', 'export const tax = cents => Math.round(cents * 0.07)\n') },
      proof(
        'tax',
        "import { tax } from '../src/tax.js'\ntest('seven percent', () => assert.equal(tax(1000), 70))\n",
      ),
      { ...source('tax', 'export const tax = cents => cents * 7\n'), tries: 1 },
    ),
  },
  {
    key: 'readme-money',
    title: 'Say in the README how money is shown',
    after: ['money'],
    body: bead('One line at the end of the README; another bead adds one there too.', {
      append: 'README.md',
      content: '- `money`: whole cents, shown with two digits\n',
    }),
  },
  {
    key: 'readme-catalog',
    title: 'Say in the README what is sold',
    after: ['catalog'],
    body: bead('One line at the end of the README; another bead adds one there too.', {
      append: 'README.md',
      content: '- `catalog`: what is sold, by name\n',
    }),
  },
  {
    key: 'cart',
    title: 'The cart',
    after: ['catalog', 'discount', 'tax'],
    body: bead(
      'Adds up what is in it, less the discount, plus the tax.',
      source(
        'cart',
        "import { priceOf } from './catalog.js'\nimport { discount } from './discount.js'\nimport { tax } from './tax.js'\n\nexport function total(names) {\n  const sum = names.reduce((cents, name) => cents + (priceOf(name) ?? 0), 0)\n  const net = sum - discount(sum)\n  return net + tax(net)\n}\n",
      ),
      proof(
        'cart',
        "import { total } from '../src/cart.js'\ntest('a tea with tax', () => assert.equal(total(['tea']), 375))\n",
      ),
    ),
  },
  {
    key: 'receipt',
    title: 'The receipt',
    after: ['cart'],
    body: bead(
      'The last line of a receipt is for a person to choose.',
      { ask: 'What should the last line of a receipt say?' },
      source(
        'receipt',
        "import { total } from './cart.js'\nimport { show } from './money.js'\n\nexport const receipt = names => [...names, 'total ' + show(total(names)), '{{answer}}'].join('\\n')\n",
      ),
      proof(
        'receipt',
        "import { receipt } from '../src/receipt.js'\ntest('the total is on it', () => assert.match(receipt(['tea']), /total 3.75/))\n",
      ),
    ),
  },
  {
    key: 'cli',
    title: 'A command line',
    after: ['cart'],
    body: bead(
      'Prints the total of what is named.',
      source(
        'cli',
        "import { total } from './cart.js'\nimport { show } from './money.js'\n\nexport const run = names => 'total ' + show(total(names))\n",
      ),
      proof(
        'cli',
        "import { run } from '../src/cli.js'\ntest('prints a total', () => assert.equal(run(['cake']), 'total 4.49'))\n",
      ),
    ),
  },
  {
    key: 'release',
    title: 'Version 2',
    after: ['receipt', 'cli', 'readme-money', 'readme-catalog'],
    body: bead('The shop has a checkout now.', {
      replace: 'package.json',
      find: '"version": "1.0.0"',
      with: '"version": "2.0.0"',
    }),
  },
]

/** For somebody's own repository: three small files, nothing of theirs is touched. */
export const GUEST_EPIC: readonly BeadSketch[] = [
  {
    key: 'one',
    title: 'A first note',
    body: bead('A file of its own.', { write: 'townhall-demo/one.md', content: 'One.\n' }),
  },
  {
    key: 'two',
    title: 'A second note',
    body: bead('A file of its own.', { write: 'townhall-demo/two.md', content: 'Two.\n' }),
  },
  {
    key: 'list',
    title: 'A list of both',
    after: ['one', 'two'],
    body: bead('Waits for the notes.', { run: 'ls townhall-demo > townhall-demo/list.txt' }),
  },
]

/** Do the project's own tests pass on what is on main now? Returns their output when not. */
export async function testsOf(folder: string): Promise<string | null> {
  try {
    await promisify(execFile)('node', ['--test'], { cwd: folder, env: { PATH: process.env.PATH ?? '' } })
    return null
  } catch (error) {
    return String((error as { stdout?: string }).stdout ?? error)
  }
}
