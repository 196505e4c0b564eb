/** HTML that is safe by construction: whatever is put into a template is escaped unless it is HTML already. */

export interface Html {
  readonly html: string
}

export type Part = Html | string | number | null | undefined | false | readonly Part[]

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)

/** Takes text for HTML as it is. For what this program made, never for what a user wrote. */
export const trusted = (html: string): Html => ({ html })

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return trusted(strings.map((text, at) => text + (at < parts.length ? put(parts[at]) : '')).join(''))
}

function put(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part))
  return 'html' in part ? part.html : part.map(put).join('')
}
