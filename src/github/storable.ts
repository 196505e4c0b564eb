/** Words of people as they can be kept: at most `most` characters, no half of a pair, no NUL (Postgres takes neither). */
export const storable = (text: string, most: number): string =>
  text.replaceAll('\0', '').slice(0, most).toWellFormed()
