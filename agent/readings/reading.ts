/** What a sensor side hands in, checked once at the border. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

export type Reading = {
  readonly at: EpochMs
  /** Raw values by channel name; null or absent: nothing came. */
  readonly values: Readonly<Record<string, number | null>>
}

export type ReadingCode =
  | 'reading/malformed'
  | 'reading/unknownChannel'
  | 'reading/notNewer'
  | 'reading/queueFull'

const ReadingInput = z.strictObject({
  at: z.union([
    z.int().min(0),
    z.iso.datetime({ offset: true }),
    z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/),
  ]),
  values: z.record(z.string().max(40), z.number().nullable()),
})

/** Reads `{ "at": "2022-01-01T00:00Z" or milliseconds, "values": {...} }`. */
export function parseReading(input: unknown): Result<Reading, Refusal<'reading/malformed'>> {
  const parsed = ReadingInput.safeParse(input)
  const at = parsed.success ? instantOf(parsed.data.at) : Number.NaN
  if (parsed.success && Number.isFinite(at)) return ok({ at: epochMs(at), values: parsed.data.values })
  const issue = parsed.success
    ? 'at is no date'
    : z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 200)
  return refuse(
    'reading/malformed',
    `a reading is {"at": ISO time or milliseconds, "values": {"channel": number or null}}: ${issue}`,
  )
}

const instantOf = (at: string | number): number => (typeof at === 'number' ? at : Date.parse(at))

/** Values in the order of the recipe's channels; an unknown name is refused, so that a typing error is not a dead sensor. */
export function valuesInOrder(
  reading: Reading,
  names: readonly string[],
): Result<readonly (number | null)[], Refusal<'reading/unknownChannel'>> {
  const unknown = Object.keys(reading.values).find((name) => !names.includes(name))
  if (unknown === undefined) return ok(names.map((name) => reading.values[name] ?? null))
  return refuse(
    'reading/unknownChannel',
    `no channel is named ${unknown}; this station has ${names.join(', ')}`,
  )
}
