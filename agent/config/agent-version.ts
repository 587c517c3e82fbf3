import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

/** Reported by every status; raised with each release. */
export const AGENT_VERSION = '0.1.0'

/** The day of the release, raised with it: no device that runs it lives earlier, whatever its clock says. */
export const AGENT_BUILT_AT: EpochMs = epochMs(Date.UTC(2026, 10, 24))
