/** What both repositories agreed on, by bundle: the only models that may be fetched, tried or fallen back to. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Ordered } from '@fleetcast/shared/trust/device-trust.ts'
import type { Row, Store } from '../ports/store.ts'

export const RELEASED_TABLE = `create table if not exists released(
  digest text primary key, path text not null, line text not null, version text not null, epoch integer not null,
  bytes integer not null, revoked text) strict, without rowid`

export type Released = {
  readonly digest: BundleDigest
  /** Its target in both repositories. */
  readonly path: string
  readonly line: string
  readonly version: string
  readonly epoch: number
  /** Length of the manifest. */
  readonly bytes: number
  /** Why a release key has withdrawn it; kept until a verified order names the bundle again. */
  readonly revoked: string | null
}

/** Call inside the transaction that puts the order in force; a verified order names nothing that is revoked. */
export function rememberReleased(store: Store, models: readonly Ordered[]): void {
  for (const { digest, path, length, model } of models)
    store.run(
      'insert or replace into released values(?, ?, ?, ?, ?, ?, null)',
      digest,
      path,
      model.line,
      model.version,
      model.epoch,
      length,
    )
}

export function releasedOf(store: Store, digest: BundleDigest): Released | null {
  const [row] = store.all<Row>('select * from released where digest = ?', digest)
  return row === undefined ? null : (row as Row & Released)
}

export const loadReleased = (store: Store): readonly Released[] =>
  store.all<Row>('select * from released order by digest').map((row) => row as Row & Released)

export const markRevoked = (store: Store, digest: BundleDigest, reason: string): void =>
  void store.run('update released set revoked = ? where digest = ?', reason, digest)

export const forgetReleased = (store: Store, digest: BundleDigest): void =>
  void store.run('delete from released where digest = ?', digest)

const FLOORS = 'trust/epochFloors'
type Floors = Readonly<Record<string, number>>

/** The highest epoch of a line that this station has committed to; 0 for none. */
export const epochFloor = (store: Store, line: string): number =>
  Object.entries(store.readDocument<Floors>(FLOORS) ?? {}).find(([known]) => known === line)?.[1] ?? 0

/** Call inside the transaction that commits the model: before its trial is passed the way back must stay open. */
export function raiseFloor(store: Store, digest: BundleDigest): void {
  if (!isAboveFloor(store, digest)) return
  const { line, epoch } = releasedOf(store, digest)!
  store.writeDocument(FLOORS, { ...store.readDocument<Floors>(FLOORS), [line]: epoch })
}

/** Whether `raiseFloor` would change anything. */
export function isAboveFloor(store: Store, digest: BundleDigest): boolean {
  const released = releasedOf(store, digest)
  return released !== null && released.epoch > epochFloor(store, released.line)
}

/** Whether a model may be fallen back to: verified once, not below the floor, not revoked. */
export function maySucceed(store: Store, digest: BundleDigest): boolean {
  const released = releasedOf(store, digest)
  return released !== null && released.revoked === null && released.epoch >= epochFloor(store, released.line)
}
