/** Every attack by its name. */
import { ARBITRARY_INSTALLATION } from './arbitrary-installation.ts'
import type { Attacks } from './attack.ts'
import { DELEGATION_CONFUSION } from './delegation-confusion.ts'
import { ENDLESS_DATA } from './endless-data.ts'
import { FREEZE } from './freeze.ts'
import { KEY_COMPROMISE } from './key-compromise.ts'
import { MIX_AND_MATCH } from './mix-and-match.ts'
import { ROLLBACK } from './rollback.ts'

export const ATTACKS: Attacks = {
  ...ARBITRARY_INSTALLATION,
  ...ROLLBACK,
  ...FREEZE,
  ...MIX_AND_MATCH,
  ...ENDLESS_DATA,
  ...DELEGATION_CONFUSION,
  ...KEY_COMPROMISE,
}
