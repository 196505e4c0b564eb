/** The database in one place: drizzle makes the migrations from it, and rows are written and read by it. */
export * from './schema/lists.ts'
export * from './schema/town.ts'
export * from './schema/tries.ts'
export * from './schema/work.ts'
