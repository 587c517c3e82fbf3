/** Sums that devices sent, merged: every row is a total of increments. */
import type { Kit } from '../kit.ts'

export function evidenceTables(k: Kit) {
  const evidence = k.table(
    'evidence',
    {
      device: k.text('device').notNull(),
      model: k.text('model').notNull(),
      reference: k.text('reference').notNull(),
      source: k.text('source').notNull(),
      day: k.text('day').notNull(),
      n: k.counter('n').notNull(),
      sumError: k.real('sum_error').notNull(),
      sumAbs: k.real('sum_abs').notNull(),
      sumSquared: k.real('sum_squared').notNull(),
      sumAbsReference: k.real('sum_abs_reference').notNull(),
      sumDifference: k.real('sum_difference').notNull(),
      sumDifferenceSquared: k.real('sum_difference_squared').notNull(),
      intervals: k.counter('intervals').notNull().default(0),
      covered: k.counter('covered').notNull().default(0),
    },
    (t) => [
      k.primaryKey({ columns: [t.device, t.model, t.reference, t.source, t.day] }),
      k.index('evidence_model').on(t.model, t.device),
    ],
  )
  const ledger = k.table(
    'ledger',
    {
      device: k.text('device').notNull(),
      day: k.text('day').notNull(),
      issued: k.counter('issued').notNull(),
      verified: k.counter('verified').notNull(),
      unverifiable: k.counter('unverifiable').notNull(),
      expired: k.counter('expired').notNull(),
    },
    (t) => [k.primaryKey({ columns: [t.device, t.day] })],
  )
  const profiles = k.table(
    'profiles',
    {
      device: k.text('device').notNull(),
      channel: k.text('channel').notNull(),
      day: k.text('day').notNull(),
      /** Digest of the edges; empty before a bundle brought any. */
      edges: k.text('edges').notNull(),
      counts: k.json<number[]>('counts').notNull(),
      missing: k.counter('missing').notNull(),
      invalid: k.counter('invalid').notNull(),
      n: k.counter('n').notNull(),
      sum: k.real('sum').notNull(),
      sumSquared: k.real('sum_squared').notNull(),
      min: k.real('min'),
      max: k.real('max'),
    },
    (t) => [k.primaryKey({ columns: [t.device, t.channel, t.day, t.edges] })],
  )
  return { evidence, ledger, profiles }
}
