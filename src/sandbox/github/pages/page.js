// Keeps the living part of a page fresh while somebody looks at it, and draws its diagrams.
const EVERY_MS = 2000
const dark = matchMedia('(prefers-color-scheme: dark)').matches

async function draw() {
  const blocks = [...document.querySelectorAll('pre.mermaid:not([data-processed])')]
  if (blocks.length === 0) return
  if (!window.mermaid) await load('/assets/mermaid.min.js')
  window.mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark ? 'dark' : 'default' })
  for (const block of blocks) {
    // A diagram that is wrong stays on the page as the text that it is.
    const right = await window.mermaid.parse(block.textContent, { suppressErrors: true })
    if (right) await window.mermaid.run({ nodes: [block] })
    else block.classList.replace('mermaid', 'broken')
  }
}

function load(src) {
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject }))
  })
}

let shown = document.querySelector('#live')?.innerHTML

async function refresh() {
  const answer = await fetch(location.href).catch(() => undefined)
  if (!answer?.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#live')
  if (!fresh || fresh.innerHTML === shown) return
  shown = fresh.innerHTML
  const open = new Set([...document.querySelectorAll('#live details[open]')].map(it => it.id))
  document.querySelector('#live').innerHTML = shown
  for (const it of document.querySelectorAll('#live details[id]')) it.open = it.open || open.has(it.id)
  await draw()
}

await draw()
if (shown !== undefined) setInterval(() => document.hidden || refresh(), EVERY_MS)
