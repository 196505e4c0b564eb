import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  // A property's name in snake case is its column's.
  casing: 'snake_case',
  dialect: 'postgresql',
  schema: './src/store/schema.ts',
  out: './migrations',
})
