/** Numbers from 0 up to 1 that come again with the same seed (a 32-bit xorshift). */
export function luckOf(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Another one each time; `CHAOS_SEED` repeats the one that a failed run printed. */
export function seedOfToday(): number {
  const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
  process.stderr.write(`chaos seed ${seed} (again: CHAOS_SEED=${seed})\n`)
  return seed
}
