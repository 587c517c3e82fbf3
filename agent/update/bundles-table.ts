/** How each bundle's installation ended. What is still under way stands in the install machine's own document. */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Row, Store } from '../ports/store.ts'

export const BUNDLE_TABLE = `create table if not exists bundle(
  digest text primary key, state text not null, code text, message text) strict, without rowid`
export const BACKTEST_TABLE = `create table if not exists backtested(digest text primary key) strict, without rowid`

export type BundleOutcome = {
  readonly digest: BundleDigest
  readonly state: 'installed' | 'rejected'
  readonly code: string | null
  readonly message: string | null
}

export type BundleOutcomes = ReadonlyMap<BundleDigest, BundleOutcome>

export const loadOutcomes = (store: Store): BundleOutcomes =>
  new Map(
    store.all<Row>('select * from bundle').map((row) => {
      const outcome = row as BundleOutcome & Row
      return [outcome.digest, outcome]
    }),
  )

/** As long as a status may carry. */
const MESSAGE_MAX = 400

export const storeOutcome = (store: Store, { digest, state, code, message }: BundleOutcome): void =>
  void store.run(
    'insert or replace into bundle values(?, ?, ?, ?)',
    digest,
    state,
    code,
    message?.slice(0, MESSAGE_MAX) ?? null,
  )

export const removeOutcome = (store: Store, digest: BundleDigest): void =>
  void store.run('delete from bundle where digest = ?', digest)

/** A newer order that names a rejected bundle again is a new try. */
export function forgetRejections(store: Store, named: readonly BundleDigest[]): void {
  for (const digest of named) store.run("delete from bundle where digest = ? and state = 'rejected'", digest)
}

/** A bundle is backtested once in a station's life: its evidence adds to what the hub has. */
export const isBacktested = (store: Store, digest: BundleDigest): boolean =>
  store.all('select digest from backtested where digest = ?', digest).length > 0

export const markBacktested = (store: Store, digest: BundleDigest): void =>
  void store.run('insert or ignore into backtested values(?)', digest)
