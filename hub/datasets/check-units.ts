/** A channel in another unit than the recipe's is refused as a whole: quality control would throw most of it away. */
import type { SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { breathe } from './breathe.ts'
import { placeIn, type ImportResult } from './import-codes.ts'
import type { RowStore } from './row-store.ts'

/** More values than this share outside the physical limits are no glitches. */
const OUTSIDE_SHARE_MAX = 0.2

type OtherUnit = { readonly name: string; readonly toUnit: (value: number) => number }

/** Units that tables bring instead of the recipe's own. */
const OTHER_UNITS: Record<string, readonly OtherUnit[]> = {
  C: [
    { name: 'kelvin', toUnit: (value) => value - 273.15 },
    { name: 'degrees Fahrenheit', toUnit: (value) => (value - 32) / 1.8 },
    { name: 'tenths of a degree', toUnit: (value) => value / 10 },
  ],
  hPa: [
    { name: 'pascal', toUnit: (value) => value / 100 },
    { name: 'kilopascal', toUnit: (value) => value * 10 },
    { name: 'inches of mercury', toUnit: (value) => value * 33.8639 },
    { name: 'millimetres of mercury', toUnit: (value) => value * 1.33322 },
  ],
  'm/s': [
    { name: 'kilometres an hour', toUnit: (value) => value / 3.6 },
    { name: 'knots', toUnit: (value) => value * 0.514444 },
  ],
}

/** Refuses with `dataset/unitsOutOfRange`, naming the unit that would fit. */
export async function checkUnits(
  rowStores: Iterable<RowStore>,
  channels: readonly SensorChannel[],
): Promise<ImportResult<void>> {
  const stores = [...rowStores]
  for (const [i, channel] of channels.entries()) {
    const asIs = shareOutside(stores, i, channel)
    await breathe()
    if (asIs.share <= OUTSIDE_SHARE_MAX) continue
    return refuse(
      'dataset/unitsOutOfRange',
      outsideText(channel, asIs, fittingUnit(stores, i, channel)),
      placeIn(0, channel.column),
    )
  }
  return ok(undefined)
}

type Outside = { readonly share: number; readonly example: number }

function shareOutside(
  stores: readonly RowStore[],
  index: number,
  { min, max }: SensorChannel,
  toUnit: (value: number) => number = (value) => value,
): Outside {
  let [present, outside, example] = [0, 0, Number.NaN]
  for (const rows of stores)
    for (let row = 0; row < rows.size; row++) {
      const value = toUnit(rows.valueAt(row, index))
      if (Number.isNaN(value)) continue
      present++
      if (value >= min && value <= max) continue
      if (outside++ === 0) example = value
    }
  return { share: present === 0 ? 0 : outside / present, example }
}

function fittingUnit(stores: readonly RowStore[], index: number, channel: SensorChannel): string | null {
  const fitting = (OTHER_UNITS[channel.unit] ?? []).find(
    ({ toUnit }) => shareOutside(stores, index, channel, toUnit).share <= OUTSIDE_SHARE_MAX / 10,
  )
  return fitting?.name ?? null
}

function outsideText(
  { column, unit, min, max }: SensorChannel,
  { share, example }: Outside,
  fitting: string | null,
): string {
  const what = `${(100 * share).toFixed(0)} % of ${column} lie outside ${min}..${max} ${unit} (the first: ${example})`
  const why = fitting === null ? `they are not in ${unit}` : `they look like ${fitting}`
  return `${what}; ${why}: convert the column to ${unit}, or correct the channel's limits in the recipe`
}
