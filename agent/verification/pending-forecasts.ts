/** Forecasts that wait for their truth, by the step they were issued at. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Row, Store } from '../ports/store.ts'
import type { ModelForecast, StationForecast } from '../inference/forecast-station.ts'

export const PENDING_TABLE = `create table if not exists pending(
  issued integer primary key, target integer not null, baseline real, served real, served_by text,
  models text not null) strict`

export type PendingForecast = {
  readonly issued: number
  readonly target: number
  readonly baseline: number
  readonly served: Pick<NonNullable<StationForecast['served']>, 'value' | 'model'> | null
  readonly models: readonly ModelForecast[]
}

export function storePending(
  store: Store,
  { issued, target, forecast }: { issued: number; target: number; forecast: StationForecast },
): void {
  const { served, baseline, models } = forecast
  store.run(
    'insert into pending values(?, ?, ?, ?, ?, ?)',
    issued,
    target,
    Number.isFinite(baseline) ? baseline : null,
    served?.value ?? null,
    served?.model ?? null,
    JSON.stringify(models),
  )
}

/** Takes out every forecast whose target time is `step` or, with `grace` steps of patience, is past for good. */
export function takeDue(store: Store, step: number, grace: number): readonly PendingForecast[] {
  const due = 'target = ? or target < ?'
  const rows = store.all<PendingRow>(`select * from pending where ${due} order by issued`, step, step - grace)
  if (rows.length > 0) store.run(`delete from pending where ${due}`, step, step - grace)
  return rows.map(rowToPending)
}

type PendingRow = Row & {
  issued: number
  target: number
  baseline: number | null
  served: number | null
  served_by: string | null
  models: string
}

function rowToPending(row: PendingRow): PendingForecast {
  return {
    issued: row.issued,
    target: row.target,
    baseline: row.baseline ?? Number.NaN,
    served: row.served === null ? null : { value: row.served, model: row.served_by as BundleDigest | null },
    models: JSON.parse(row.models) as readonly ModelForecast[],
  }
}
