import type { Log } from '../../src/ports.ts'

/** Says nothing. For tests that are not about what is logged. */
export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** Keeps what is said, for tests that are. */
export function listeningLog(): Log & {
  readonly said: { level: string; fields: object; message: string }[]
} {
  const said: { level: string; fields: object; message: string }[] = []
  const at = (level: string) => (fields: object, message: string) =>
    void said.push({ level, fields, message })
  return { said, info: at('info'), warn: at('warn'), error: at('error') }
}
