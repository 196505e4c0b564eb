/** A terminal's text as a picture: what the demo printed, for the README. */

const LINE = 18
const MARGIN = 16
const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/ ✔ |^Landed|tests of the project pass/, '#3fb950'],
  [/ ▶ /, '#58a6ff'],
  [/ ◆ /, '#d2a8ff'],
  [/ \? |olivia answers/, '#e3b341'],
  [/ ✖ |try failed/, '#f85149'],
  [/wes comments|░|█/, '#c9d1d9'],
]

export function picture(lines: readonly string[]): string {
  const width = MARGIN * 2 + Math.max(...lines.map(line => line.length)) * 8.2
  const height = MARGIN * 2 + lines.length * LINE
  const texts = lines.map(
    (line, i) =>
      `<text x="${MARGIN}" y="${MARGIN + (i + 0.75) * LINE}" fill="${colourOf(line)}">${escaped(line)}</text>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="13" style="white-space:pre">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...texts,
    '</svg>',
    '',
  ].join('\n')
}

const colourOf = (line: string): string => COLOURS.find(([pattern]) => pattern.test(line))?.[1] ?? '#8b949e'

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
