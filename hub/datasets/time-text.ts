import { epochMs, epochMsToHourText, HOUR_MS } from '@fleetcast/shared/units.ts'

/** `2022-03-05T14Z`, with minutes only where they say something: `2022-03-05T14:10Z`. */
export const timeText = (time: number): string =>
  time % HOUR_MS === 0
    ? epochMsToHourText(epochMs(time))
    : `${new Date(time).toISOString().replace(/(:\d\d)(:00)?\.000Z$/, '$1')}Z`
