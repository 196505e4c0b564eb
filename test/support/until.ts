/** How long something is waited for before it is said what was seen instead. */
export const PATIENCE_MS = 60_000

/** Look again and again until it is so; says what was seen last when it never is. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  options: { readonly patienceMs?: number; readonly explain?: () => Promise<unknown> } = {},
): Promise<T> {
  const { patienceMs = PATIENCE_MS, explain } = options
  const deadline = Date.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (Date.now() > deadline)
      throw new Error(
        `never: ${what}. Seen last: ${JSON.stringify(explain ? await explain() : seen, null, 1)}`,
      )
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
