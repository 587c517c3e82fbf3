/** Cut messages until the hub confirms them. A sequence is fixed by the cut, on the medium before anything is sent. */
import type { Row, Store } from '../ports/store.ts'

export const SPOOL_TABLE = `create table if not exists spool(sequence integer primary key, records text not null) strict`

export type SpooledMessage = Row & { readonly sequence: number; readonly records: string }

const NEXT = 'telemetry/nextSequence'
export const nextSequence = (store: Store): number => store.readDocument<number>(NEXT) ?? 1

/** Call inside a transaction of durability `power`. Returns how many of the oldest messages had to go. */
export function spoolGroups(store: Store, groups: readonly string[], messagesMax: number): number {
  let sequence = nextSequence(store)
  for (const records of groups) store.run('insert into spool values(?, ?)', sequence++, records)
  store.writeDocument(NEXT, sequence)
  const excess = countSpool(store) - messagesMax
  if (excess <= 0) return 0
  return store.run(
    'delete from spool where sequence in (select sequence from spool order by sequence limit ?)',
    excess,
  )
}

export const countSpool = (store: Store): number =>
  store.all<Row & { n: number }>('select count(*) as n from spool')[0]!.n

/** The next messages after a sequence, oldest first. */
export const spooledAfter = (store: Store, sequence: number, most: number): readonly SpooledMessage[] =>
  store.all<SpooledMessage>(
    'select * from spool where sequence > ? order by sequence limit ?',
    sequence,
    most,
  )

/** What will never be sent again lies below; the next sequence when the spool is empty. */
export const oldestSpooled = (store: Store): number =>
  store.all<Row & { oldest: number | null }>('select min(sequence) as oldest from spool')[0]!.oldest ??
  nextSequence(store)

const SENT = 'telemetry/sentUpTo'
/** The highest sequence that ever left, across restarts; messages may come again, so it never goes back. */
export const sentEver = (store: Store): number => store.readDocument<number>(SENT) ?? 0

/** Call before the message leaves. */
export function markSent(store: Store, sequence: number): void {
  if (sequence > sentEver(store)) store.writeDocument(SENT, sequence)
}

/** Sequences a station could not use up in a lifetime: who names one further ahead is not its hub. */
const AHEAD_MAX = 100_000_000

export type Confirmed = {
  readonly outcome: 'freed' | 'renumbered' | 'refused'
  /** Messages that left, were never confirmed and cannot be sent again. */
  readonly dropped: number
}

/**
 * Frees what the hub holds. A watermark above every sequence ever cut means that this station lost its state folder and the
 * hub remembers its earlier life: what waits is numbered again behind it, since the hub would drop it as a repetition. A broker
 * that is not the hub's can say the same falsely, so what has left before is not numbered again: it would count twice.
 */
export function confirm(store: Store, watermark: number): Confirmed {
  const next = nextSequence(store)
  if (watermark < next) {
    store.run('delete from spool where sequence <= ?', watermark)
    return { outcome: 'freed', dropped: 0 }
  }
  if (watermark > next + AHEAD_MAX) return { outcome: 'refused', dropped: 0 }
  const dropped = store.run('delete from spool where sequence <= ?', sentEver(store))
  const shift = watermark + 1 - oldestSpooled(store)
  const waiting = store.all<SpooledMessage>('select * from spool order by sequence')
  store.run('delete from spool')
  for (const { sequence, records } of waiting)
    store.run('insert into spool values(?, ?)', sequence + shift, records)
  store.writeDocument(NEXT, next + shift)
  return { outcome: 'renumbered', dropped }
}
