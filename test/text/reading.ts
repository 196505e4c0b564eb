import { lexer, type Token, type Tokens } from 'marked'

/** What a comment does when GitHub shows it: everything in it that is more than text. */
export interface Deeds {
  readonly links: readonly string[]
  readonly html: readonly string[]
  readonly headings: readonly string[]
  readonly mentions: readonly string[]
  /** Issues that "fixes #n" would close in a pull request. */
  readonly closes: readonly string[]
  readonly codeBlocks: readonly string[]
}

export function deedsOf(markdown: string): Deeds {
  const tokens = flat(lexer(markdown))
  const text = tokens.flatMap(token =>
    token.type === 'text' && !('tokens' in token && token.tokens) ? [token.raw] : [],
  )
  const plain = text.join('\n')
  return {
    links: tokens.filter(token => token.type === 'link' || token.type === 'image').map(token => token.raw),
    html: tokens.filter(token => token.type === 'html').map(token => token.raw.trim()),
    headings: tokens.filter(token => token.type === 'heading').map(token => (token as Tokens.Heading).text),
    mentions: plain.match(/(?<![\w`])@[a-z0-9][a-z0-9/-]*/gi) ?? [],
    closes:
      plain.match(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?(?:#|gh-)\d+/gi) ??
      [],
    codeBlocks: tokens.filter(token => token.type === 'code').map(token => (token as Tokens.Code).text),
  }
}

/** Every token at every depth: of lists, tables and quotes as well. */
function flat(tokens: readonly Token[]): Token[] {
  return tokens.flatMap(token => [token, ...flat(inside(token))])
}

function inside(token: Token): Token[] {
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table
    return [...header, ...rows.flat()].flatMap(cell => cell.tokens)
  }
  if (token.type === 'list') return (token as Tokens.List).items
  return 'tokens' in token && token.tokens ? token.tokens : []
}
