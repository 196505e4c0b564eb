import { Marked, type Tokens } from 'marked'
import { escapeHtml, type Html, trusted } from './html.ts'

/**
 * What users wrote, as HTML that can do no harm: their own HTML is shown as text (but for a few bare tags and for
 * comments, which stay hidden as on GitHub), and links and pictures lead to the web or into this site only.
 */

const COMMENTS = /<!--[\s\S]*?(-->|$)/g
const BARE_TAG = /&#60;(\/?)(details|summary|br|sub|sup|kbd|b|i|em|strong|ins|del)( open)?\s*\/?&#62;/gi

const userHtml = (text: string): string =>
  escapeHtml(text.replace(COMMENTS, '')).replace(
    BARE_TAG,
    (_, end, tag, open) => `<${end}${tag}${open ?? ''}>`,
  )

/** An address that a browser may follow; undefined for `javascript:` and everything else that is not plainly a link. */
function safeHref(href: string): string | undefined {
  const plain = href.trim()
  if (/^(https?:\/\/|mailto:)/i.test(plain)) return plain
  return /^[a-z0-9+.-]*:/i.test(plain) || plain.startsWith('//') || plain.startsWith('\\') ? undefined : plain
}

/** Running text: entities are characters there, as everywhere in markdown but in code. */
const proseHtml = (text: string): string => escapeHtml(text).replace(/&#38;(#?\w{1,31};)/g, '&$1')

/** `#12` in running text leads to the issue. */
const withReferences = (text: string, repoPath: string): string =>
  proseHtml(text).replace(/(^|[\s(,;])#(\d{1,9})\b/g, `$1<a href="${escapeHtml(repoPath)}/issues/$2">#$2</a>`)

/** Renders markdown of an issue, comment or file. `repoPath` is `/owner/name`, for `#12`. */
export function markdown(text: string, repoPath: string): Html {
  let inLink = false
  const marked = new Marked({ gfm: true, breaks: true, async: false })
  marked.use({
    renderer: {
      html: ({ text }: Tokens.HTML | Tokens.Tag) => userHtml(text),
      code: ({ text, lang }) =>
        lang === 'mermaid'
          ? `<pre class="mermaid">${escapeHtml(text)}</pre>`
          : `<pre><code>${escapeHtml(text)}</code></pre>`,
      text(token: Tokens.Text | Tokens.Escape) {
        if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens)
        return inLink || token.type === 'escape'
          ? proseHtml(token.text)
          : withReferences(token.text, repoPath)
      },
      link({ href, tokens }) {
        const safe = safeHref(href)
        inLink = true
        const inside = this.parser.parseInline(tokens)
        inLink = false
        return safe === undefined
          ? inside
          : `<a href="${escapeHtml(safe)}" rel="nofollow noreferrer">${inside}</a>`
      },
      image({ href, text }) {
        const safe = safeHref(href)
        return safe === undefined
          ? escapeHtml(text)
          : `<img src="${escapeHtml(safe)}" alt="${escapeHtml(text)}">`
      },
    },
  })
  return trusted(marked.parse(text) as string)
}
