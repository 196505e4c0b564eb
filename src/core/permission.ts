import type { Permission } from './events.ts'

const RANK: Readonly<Record<Permission, number>> = {
  none: 0,
  read: 1,
  triage: 2,
  write: 3,
  maintain: 4,
  admin: 5,
}

export const hasAtLeast = (permission: Permission, least: Permission): boolean =>
  RANK[permission] >= RANK[least]

/** Triage may label and close, not make agents act; `write` and above may. */
export const maySteer = (permission: Permission): boolean => hasAtLeast(permission, 'write')
