export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One JSON document per line on standard error. */
export function stderrLog(): Log {
  const at = (level: string) => (fields: object, message: string) =>
    void process.stderr.write(
      `${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`,
    )
  return { info: at('info'), warn: at('warn'), error: at('error') }
}
