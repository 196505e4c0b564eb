/** What luck does next: a number in [0, 1) per call. Nothing else in a play is left to chance. */
export type Luck = () => number

/** Mulberry32: one word of state, spread well enough for durations, and the same for ever for one seed. */
export function luckOf(seed: number): Luck {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296
  }
}

/** A draw from the standard normal distribution (Box and Muller). */
export function normal(luck: Luck): number {
  return Math.sqrt(-2 * Math.log(1 - luck())) * Math.cos(2 * Math.PI * luck())
}

/** One of them, each as likely as the others; there must be one. */
export function oneOf<T>(items: readonly T[], luck: Luck): T {
  return items[Math.floor(luck() * items.length)]!
}
