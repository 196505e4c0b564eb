import type { ChangedFile } from '../git/compare.ts'
import { type Html, html } from './html.ts'

/** Patches as tables with line numbers. */

export const diff = (files: readonly ChangedFile[]): Html => html`
  <p class="soft">${files.length} file${files.length === 1 ? '' : 's'} changed</p>
  ${files.map(
    (file, at) => html`
      <details class="box" id="file-${at}" open>
        <summary class="head mono">${file.previous_filename ? `${file.previous_filename} → ` : ''}${file.filename}
          <span class="plus">+${file.additions}</span> <span class="minus">−${file.deletions}</span>
          <span class="soft">${file.status}</span></summary>
        ${file.patch === undefined ? html`<div class="body soft">Nothing to show (binary or unchanged).</div>` : patchTable(file.patch)}
      </details>`,
  )}`

const LONGEST = 2000

function patchTable(patch: string): Html {
  const lines = patch.split('\n')
  let [left, right] = [0, 0]
  const rows = lines.slice(0, LONGEST).map(line => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line)
    if (hunk) {
      ;[left, right] = [Number(hunk[1]), Number(hunk[2])]
      return row('hunk', '', '', line)
    }
    if (line.startsWith('+')) return row('add', '', right++, line)
    if (line.startsWith('-')) return row('del', left++, '', line)
    return line.startsWith('\\') ? row('soft', '', '', line) : row('', left++, right++, line)
  })
  return html`<table class="diff">${rows}${lines.length > LONGEST && row('soft', '', '', '… cut here')}</table>`
}

const row = (kind: string, left: number | string, right: number | string, line: string): Html =>
  html`<tr class="${kind}"><td class="n">${left}</td><td class="n">${right}</td><td>${line}</td></tr>`
