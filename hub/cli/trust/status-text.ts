import type { TrustStatus } from '../../api/resources/trust.ts'
import { day, textTable } from '../text-table.ts'

const STATES: Readonly<Record<TrustStatus['state'], string>> = {
  none: 'no trust is set up: "fleetcast trust init --demo", or the key ceremony (docs/ceremony.md)',
  demo: 'demo trust: every key lies on the hub, so whoever has the hub has the fleet',
  production: 'production trust: root and release keys lie elsewhere',
}

/** What the hub trusts, as lines and two tables. */
export function trustStatusText({ state, holders, expiries }: TrustStatus): string {
  if (state === 'none') return STATES.none
  return [
    STATES[state],
    '',
    textTable(
      ['REPOSITORY', 'ROLE', 'SIGNATURES', 'KEYS'],
      holders.map(({ repository, role, threshold, keys }) => [
        repository,
        role,
        `${threshold} of ${keys.length}`,
        keys.map(({ id, name }) => `${name} (${id.slice(0, 8)})`).join(', '),
      ]),
    ),
    '',
    textTable(
      ['WHAT', 'VERSION', 'EXPIRES', ''],
      expiries.map(({ name, version, expiresAt, warning }) => [
        name,
        version,
        day(expiresAt),
        warning === null ? '' : `in less than ${warning} days`,
      ]),
    ),
  ].join('\n')
}
