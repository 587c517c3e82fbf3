/** Events that wait to be sent. The same event again before it was sent is counted, not repeated. */
import type { EventRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Row, Store } from '../ports/store.ts'

export const EVENT_TABLE = `create table if not exists event(
  id integer primary key, at integer, code text not null, severity text not null, message text not null,
  times integer not null, unique(code, message)) strict`

/** Different events kept while the hub is away; the oldest leaves. */
export const EVENTS_MAX = 200
/** Room for the count at the end of the 400 characters a message may have. */
const MESSAGE_MAX = 370

export type StationEvent = {
  readonly at: EpochMs | null
  readonly code: string
  readonly severity: EventRecord['severity']
  readonly message: string
}

/** Call inside the transaction that makes the event true. */
export function recordEvent(store: Store, { at, code, severity, message }: StationEvent): void {
  store.run(
    'insert into event(at, code, severity, message, times) values(?, ?, ?, ?, 1) on conflict do update set times = times + 1',
    at,
    code,
    severity,
    message.slice(0, MESSAGE_MAX),
  )
  store.run('delete from event where id <= (select max(id) from event) - ?', EVENTS_MAX)
}

export const countEvents = (store: Store): number =>
  store.all<Row & { n: number }>('select count(*) as n from event')[0]!.n

/** Takes everything out, as JSON texts. */
export function takeEvents(store: Store): readonly string[] {
  const rows = store.all<EventRow>('select * from event order by id')
  store.run('delete from event')
  return rows.map(({ at, code, severity, message, times }) => {
    const text = times > 1 ? `${message} (${times} times)` : message
    return JSON.stringify({ kind: 'event', at, code, severity, message: text } satisfies Loose<EventRecord>)
  })
}

type Loose<T> = { readonly [K in keyof T]: unknown }
type EventRow = Row & { at: number | null; code: string; severity: string; message: string; times: number }
