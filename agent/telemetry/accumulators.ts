/** Increments that wait to be sent, added up by name in the database: one row a name, however long the hub is away. */
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Row, Store } from '../ports/store.ts'
import { addIncrements, keyOf, type Increment } from './add-records.ts'

export const ACCUMULATOR_TABLE = `create table if not exists accumulator(
  key text primary key, record text not null) strict, without rowid`

/** Call inside the transaction that makes the increments true. */
export function accumulate(store: Store, increments: readonly Increment[]): void {
  for (const increment of increments) {
    const key = keyOf(increment)
    const [row] = store.all<RecordRow>('select record from accumulator where key = ?', key)
    const sum = row ? addIncrements(JSON.parse(row.record) as Increment, increment) : increment
    store.run('insert or replace into accumulator values(?, ?)', key, JSON.stringify(sum))
  }
}

/** Adds up in memory what shares a name: one row a day instead of one a forecast. */
export function addUp(records: readonly EvidenceRecord[]): readonly Increment[] {
  const sums = new Map<string, Increment>()
  for (const record of records) {
    const before = sums.get(keyOf(record))
    sums.set(keyOf(record), before ? addIncrements(before, record) : record)
  }
  return [...sums.values()]
}

export const countAccumulators = (store: Store): number =>
  store.all<Row & { n: number }>('select count(*) as n from accumulator')[0]!.n

/** Takes everything out, as JSON texts. */
export function takeAccumulators(store: Store): readonly string[] {
  const rows = store.all<RecordRow>('select record from accumulator order by key')
  store.run('delete from accumulator')
  return rows.map((row) => row.record)
}

type RecordRow = Row & { record: string }
