/** What a person or a token may do: four roles, each including the one before it. */
import { ROLES } from '../store/tables/access-tables.ts'

export type Role = (typeof ROLES)[number]

/** True when `role` includes what `required` may do. */
export const mayDo = (role: Role, required: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(required)

/** The weaker of two roles: a token never does more than its owner may by now. */
export const weakerRole = (a: Role, b: Role): Role => (mayDo(a, b) ? b : a)
