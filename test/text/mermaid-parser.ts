import DOMPurify from 'dompurify'
import mermaid from 'mermaid'

/**
 * The real parser, without a browser. Mermaid cleans labels with DOMPurify while it parses, which needs a window;
 * here it leaves them as they are, because what is asked is whether mermaid understands the text at all.
 */
Object.assign(DOMPurify, { addHook: () => undefined, sanitize: (text: string) => text })

/** The kind of diagram that mermaid sees; throws mermaid's own error when it does not understand. */
export async function parsed(text: string): Promise<string> {
  const result = await mermaid.parse(text)
  return result.diagramType
}

/** The one mermaid fence of a comment; null without one. */
export function mermaidIn(markdown: string): string | null {
  return /^```mermaid\n([\s\S]*?)\n```$/m.exec(markdown)?.[1] ?? null
}
