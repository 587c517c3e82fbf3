/**
 * Readings that stations sent become observations. One that is known with the same values adds nothing, so a station that
 * sends its history again after it lost its state costs no rows; one with other values is a further revision.
 */
import { flagOfLetter } from '@fleetcast/shared/quality/flag-letters.ts'
import type { ReadingsRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { addObservations, knownObservations, nextArrivalTime } from '../store/queries/observations.ts'
import { devicesOf } from '../store/queries/sites-and-devices.ts'
import type { Db, NewRow, Store } from '../store/store.ts'

export type Observed = Pick<
  NewRow<'observations'>,
  'device' | 'recipe' | 'eventTime' | 'measured' | 'refused'
>

/** The rows of one record. Pure. */
export function observedOf(device: string, record: ReadingsRecord): readonly Observed[] {
  const { recipe, channels, startAt, stepMinutes, values, flags } = record
  return values.map((row, i) => ({
    ...{ device, recipe, eventTime: startAt + i * stepMinutes * 60_000 },
    measured: Object.fromEntries(channels.map((channel, c) => [channel, row[c] ?? null])),
    refused: refusedOf(channels, flags?.[i] ?? ''),
  }))
}

function refusedOf(channels: readonly string[], letters: string): Readonly<Record<string, string>> | null {
  const refused = channels.flatMap((channel, c) => {
    const flag = flagOfLetter(letters[c] ?? '')
    return flag === undefined || flag === 'ok' || flag === 'missing' ? [] : [[channel, flag] as const]
  })
  return refused.length === 0 ? null : Object.fromEntries(refused)
}

/** Call inside the transaction that moves the cursor of the fold; `observed` in the order of arrival. */
export async function appendObservations(
  db: Db,
  store: Store,
  { observed, now }: { readonly observed: readonly Observed[]; readonly now: number },
): Promise<void> {
  if (observed.length === 0) return
  const arrivedAt = await nextArrivalTime(db, store, now)
  const devices = await devicesOf(db, store, [...new Set(observed.map(({ device }) => device))])
  const siteByDevice = new Map(devices.map(({ id, site }) => [id, site]))
  const newest = new Map<string, NewestRevision>()
  for (const row of await knownObservations(db, store, observed)) newest.set(keyOf(row), row)
  const rows: NewRow<'observations'>[] = []
  for (const row of observed) {
    const site = siteByDevice.get(row.device)
    const known = newest.get(keyOf(row))
    if (site === undefined || (known !== undefined && isSame(known.measured, row.measured))) continue
    const added = { ...row, site, arrivedAt, revision: (known?.revision ?? 0) + 1 }
    newest.set(keyOf(row), added)
    rows.push(added)
  }
  await addObservations(db, store, rows)
}

type NewestRevision = Pick<NewRow<'observations'>, 'revision' | 'measured'>

const keyOf = ({ device, recipe, eventTime }: Pick<Observed, 'device' | 'recipe' | 'eventTime'>): string =>
  `${device} ${recipe} ${eventTime}`

function isSame(a: Observed['measured'], b: Observed['measured']): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
