/**
 * Features are declared, never coded: the hub compiles them into ONNX nodes in front of the learned part.
 * A step is one cadence interval; step 0 is the newest row of the window, step k the row k intervals before it.
 */
import * as z from 'zod'

const channel = z.string().min(1).max(40)
const steps = z.array(z.int().min(0)).min(1).max(64)
const widths = z.array(z.int().min(1)).min(1).max(16)

export const FeatureSpec = z.union([
  /** The channel's value `step` intervals ago, one feature a step. */
  z.strictObject({ lag: channel, steps }),
  /** The newest value minus the value `step` intervals ago. */
  z.strictObject({ difference: channel, steps: widths }),
  /** Mean of the last `step` rows, missing rows left out. */
  z.strictObject({ mean: channel, steps: widths }),
  /** Minimum, maximum and their difference over the last `step` rows: three features a width. */
  z.strictObject({ range: channel, steps: widths }),
  /** Sine and cosine of the day's and the year's phase (UTC) with harmonics 1..n. */
  z.strictObject({ calendar: z.array(z.enum(['day', 'year'])).min(1), harmonics: z.int().min(1).max(4) }),
  /** Sine of the sun's elevation (0 at night) `hoursBefore` the target time; needs both site channels. */
  z.strictObject({ sun: z.strictObject({ hoursBefore: z.array(z.int().min(0).max(240)).min(1).max(24) }) }),
  /** The site channels themselves. */
  z.strictObject({ site: z.array(z.enum(['latitude', 'longitude'])).min(1) }),
])
export type FeatureSpec = z.infer<typeof FeatureSpec>

type Window = {
  readonly channels: readonly { readonly name: string }[]
  readonly siteChannels: readonly string[]
  readonly windowSteps: number
}

/** What keeps a feature from being computed on a recipe's windows; null when nothing does. */
export function featureProblem(
  feature: FeatureSpec,
  { channels, siteChannels, windowSteps }: Window,
): { readonly key: string | null; readonly message: string } | null {
  const named = channelOf(feature)
  if (named !== null && !channels.some(({ name }) => name === named))
    return { key: null, message: `no channel is named ${named}` }
  const sites = 'site' in feature ? feature.site : 'sun' in feature ? ['latitude', 'longitude'] : []
  const missing = sites.find((site) => !siteChannels.includes(site))
  if (missing !== undefined) return { key: null, message: `siteChannels does not list ${missing}` }
  // A lag of n is n rows before the newest: the window's oldest row is windowSteps - 1. A width counts rows.
  const stepMax = 'lag' in feature || 'difference' in feature ? windowSteps - 1 : windowSteps
  const steps = 'steps' in feature ? feature.steps : []
  if (steps.every((step) => step <= stepMax)) return null
  return { key: 'steps', message: `reaches past the window of ${windowSteps} steps` }
}

function channelOf(feature: FeatureSpec): string | null {
  if ('lag' in feature) return feature.lag
  if ('difference' in feature) return feature.difference
  if ('mean' in feature) return feature.mean
  return 'range' in feature ? feature.range : null
}

/** Fewer steps than this are no sequence worth a recurrent network. */
export const SEQUENCE_STEPS_MIN = 6

/** Length of the run of lags 0, 1, 2, ... without a gap, by channel. */
export function lagRuns(features: readonly FeatureSpec[]): ReadonlyMap<string, number> {
  const lags = new Map<string, Set<number>>()
  for (const spec of features)
    if ('lag' in spec) lags.set(spec.lag, new Set([...(lags.get(spec.lag) ?? []), ...spec.steps]))
  return new Map(
    [...lags].map(([channel, steps]) => {
      let run = 0
      while (steps.has(run)) run += 1
      return [channel, run]
    }),
  )
}
