/** Messages as stations send them, and a store whose power can be cut at any statement. */
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { BundleDigest, DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { Random } from '@fleetcast/shared/random.ts'
import type { TelemetryMessage, TelemetryRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import type { Changes } from '../../../hub/ports/changes.ts'
import type { Log } from '../../../hub/ports/log.ts'
import type { Db, Store } from '../../../hub/store/store.ts'

export const MODELS = ['a', 'b'].map((name) => BundleDigest.parse(sha256(Buffer.from(name))))
export const EDGES = sha256(Buffer.from('edges'))

export const addressOf = (device: string): DeviceAddress => ({
  site: SiteId.parse('sea'),
  device: DeviceId.parse(device),
})

export const statusRecord = (at: number | null, generation = 1): TelemetryRecord => ({
  kind: 'status',
  at,
  generation,
  serving: null,
  servingState: 'baseline',
  candidate: null,
  candidateState: 'none',
  bundles: [],
  channels: [],
  agentVersion: '1',
  rssMb: 80,
})

export const eventRecord = (message: string): TelemetryRecord => ({
  kind: 'event',
  at: 1_640_995_200_000,
  code: 'update/rolledBack',
  severity: 'warning',
  message,
})

export function evidenceRecord(random: Random): TelemetryRecord {
  const real = (): number => Math.round(random.normal() * 1_000) / 8
  return {
    kind: 'evidence',
    model: MODELS[random.integer(2)]!,
    reference: random.integer(2) === 0 ? 'persistence' : MODELS[0]!,
    source: (['backtest', 'shadow', 'served'] as const)[random.integer(3)]!,
    day: `2022-01-0${1 + random.integer(3)}`,
    n: 1 + random.integer(5),
    sumError: real(),
    sumAbs: Math.abs(real()),
    sumSquared: Math.abs(real()),
    sumAbsReference: Math.abs(real()),
    sumDifference: real(),
    sumDifferenceSquared: Math.abs(real()),
    // As a model with bounds sends it, and one without.
    ...(random.integer(2) === 0 ? {} : { intervals: random.integer(5), covered: random.integer(3) }),
  }
}

export const ledgerRecord = (random: Random): TelemetryRecord => ({
  kind: 'ledger',
  day: `2022-01-0${1 + random.integer(3)}`,
  issued: random.integer(5),
  verified: random.integer(5),
  unverifiable: random.integer(2),
  expired: random.integer(2),
})

export const profileRecord = (random: Random): TelemetryRecord => ({
  kind: 'profile',
  channel: ['temperature', 'pressure'][random.integer(2)]!,
  day: `2022-01-0${1 + random.integer(3)}`,
  ...(random.integer(2) === 0
    ? { edges: null, counts: [] }
    : { edges: EDGES, counts: [random.integer(3), random.integer(3), random.integer(3)] }),
  missing: random.integer(3),
  invalid: random.integer(3),
  n: 1,
  sum: random.integer(100) / 4,
  sumSquared: random.integer(100) / 4,
  min: random.integer(4) === 0 ? null : random.integer(100) / 4,
  max: random.integer(4) === 0 ? null : random.integer(100) / 4,
})

export const someRecords = (random: Random): TelemetryRecord[] => [
  evidenceRecord(random),
  evidenceRecord(random),
  ledgerRecord(random),
  profileRecord(random),
  profileRecord(random),
  ...(random.integer(4) === 0 ? [eventRecord(`event ${random.integer(1_000_000)}`)] : []),
  ...(random.integer(3) === 0 ? [statusRecord(1_640_995_200_000 + random.integer(1_000_000))] : []),
]

export const messageOf = (
  device: string,
  sequence: number,
  { records = [statusRecord(null)], oldest = 1 }: { records?: TelemetryRecord[]; oldest?: number } = {},
): TelemetryMessage => ({
  schema: 'fleetcast/telemetry/1',
  device: DeviceId.parse(device),
  sequence,
  oldest,
  sentAt: 1_700_000_000_000,
  records,
})

export const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} }
export const noChanges: Changes = { announce: () => {}, subscribe: () => () => {} }

export class PowerCut extends Error {}

/** The same store; the power is cut before its `at`-th statement, or, when there are fewer in it, right after the commit. */
export function cuttingStore(store: Store, at: number): Store & { readonly statements: () => number } {
  let statements = 0
  const strike = (): void => {
    if (statements++ === at) throw new PowerCut(`before statement ${at}`)
  }
  const verbs = new Set(['select', 'selectDistinct', 'insert', 'update', 'delete'])
  const real = new WeakMap<object, Db>()
  const watched = (db: Db): Db => {
    const proxy = new Proxy(db, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return (...parameters: unknown[]): unknown => {
          if (verbs.has(String(name))) strike()
          return Reflect.apply(member, target, parameters)
        }
      },
    })
    real.set(proxy, db)
    return proxy
  }
  return {
    ...store,
    db: watched(store.db),
    statements: () => statements,
    bulk: async (table, rows, { onConflict, db }) => {
      strike()
      return store.bulk(
        table,
        rows,
        db === undefined ? { onConflict } : { onConflict, db: real.get(db) ?? db },
      )
    },
    tx: async (work) => {
      const result = await store.tx((db) => work(watched(db)))
      strike()
      return result
    },
  }
}
