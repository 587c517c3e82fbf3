import * as z from 'zod'

/** `champion`, `candidate`, `lts`: never a number, so that `recipe@name` and `recipe@version` are told apart. */
export const ALIAS_NAME = /^[a-z][a-z0-9-]{0,30}$/
export const AliasName = z
  .string()
  .regex(ALIAS_NAME, 'an alias is 1 to 31 of a-z, 0-9 and -, and begins with a letter')

/** The version that the fleet shall serve; rollouts move it. */
export const CHAMPION = 'champion'

/** Protected unless an administrator has said otherwise for a recipe: nobody moves them alone. */
export const PROTECTED_BY_DEFAULT: readonly string[] = [CHAMPION]

/** What the hub calls itself when its own rollouts move an alias. */
export const HUB_ACTOR = '_hub'
