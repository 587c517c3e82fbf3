/**
 * What serves the station's forecasts. Pure.
 *
 *   baseline | committed -> trial -> committed, or rolled back to what served before
 *
 * I1: a bundle is committed only by forecasts of its own trial, or as the `previous` of a trial that ended.
 * I2: `previous` passed its own trial; returning to it needs no download.
 * I3: `forecastsLeft` falls by one a forecast and never below zero; `slow` only grows.
 * I4: a rollback always reports the target as rejected.
 * I5: a bundle that was barred as `previous` is never returned to.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { assertNever } from '@fleetcast/shared/assert.ts'

export type TrialRules = { readonly forecasts: number; readonly slowMax: number }

export type ServingState =
  | { readonly kind: 'baseline'; readonly previous: BundleDigest | null }
  | { readonly kind: 'committed'; readonly good: BundleDigest; readonly previous: BundleDigest | null }
  | {
      readonly kind: 'trial'
      readonly target: BundleDigest
      readonly previous: BundleDigest | null
      readonly forecastsLeft: number
      readonly slow: number
      readonly slowMax: number
    }

type Because = { readonly code: string; readonly message: string }

export type ServingEvent =
  /** An installed bundle shall serve; null: the baseline. */
  | { readonly kind: 'ordered'; readonly champion: BundleDigest | null; readonly rules: TrialRules }
  | { readonly kind: 'forecastGood'; readonly model: BundleDigest }
  | { readonly kind: 'forecastSlow'; readonly model: BundleDigest }
  | ({ readonly kind: 'forecastFailed'; readonly model: BundleDigest } & Because)
  /** The bundle's files or its model could not be loaded. */
  | ({ readonly kind: 'unloadable'; readonly model: BundleDigest } & Because)
  /** What serves must serve no longer; the baseline takes over, not the bundle before. */
  | ({ readonly kind: 'withdrawn'; readonly model: BundleDigest } & Because)
  /** The bundle may not be returned to any more. */
  | { readonly kind: 'barred'; readonly model: BundleDigest }

export type ServingEffect =
  | { readonly kind: 'committed'; readonly target: BundleDigest }
  | ({
      readonly kind: 'rolledBack'
      readonly target: BundleDigest
      readonly to: BundleDigest | null
    } & Because)

export type ServingStep = { readonly state: ServingState; readonly effects: readonly ServingEffect[] }
/** What happens to a state of its own; the two others end the same way everywhere. */
type OwnEvent = Exclude<ServingEvent, { kind: 'barred' | 'withdrawn' }>
type In<K extends ServingState['kind']> = Extract<ServingState, { kind: K }>

export function stepServing(state: ServingState, event: ServingEvent): ServingStep {
  if (event.kind === 'barred')
    return stay(event.model === state.previous ? { ...state, previous: null } : state)
  if (event.kind === 'withdrawn')
    return event.model === servingOf(state) ? rollBack(event.model, null, event) : stay(state)
  switch (state.kind) {
    case 'baseline':
      return event.kind === 'ordered' ? onOrdered(state, null, event) : stay(state)
    case 'committed':
      return fromCommitted(state, event)
    case 'trial':
      return fromTrial(state, event)
    default:
      return assertNever(state)
  }
}

/** The bundle that answers; null: the baseline. */
export const servingOf = (state: ServingState): BundleDigest | null =>
  state.kind === 'baseline' ? null : state.kind === 'committed' ? state.good : state.target

/** Bundles that must stay on the device. */
export const keptBy = (state: ServingState): readonly BundleDigest[] =>
  [servingOf(state), state.previous].filter((digest) => digest !== null)

const stay = (state: ServingState): ServingStep => ({ state, effects: [] })

function onOrdered(
  state: In<'baseline'> | In<'committed'>,
  good: BundleDigest | null,
  { champion, rules }: Extract<ServingEvent, { kind: 'ordered' }>,
): ServingStep {
  if (champion === good) return stay(state)
  if (champion === null) return stay({ kind: 'baseline', previous: good })
  const { forecasts: forecastsLeft, slowMax } = rules
  return stay({ kind: 'trial', target: champion, previous: good, forecastsLeft, slow: 0, slowMax })
}

function fromCommitted(state: In<'committed'>, event: OwnEvent): ServingStep {
  if (event.kind === 'ordered') return onOrdered(state, state.good, event)
  if (event.kind !== 'unloadable' || event.model !== state.good) return stay(state)
  return rollBack(state.good, state.previous, event)
}

function fromTrial(state: In<'trial'>, event: OwnEvent): ServingStep {
  if (event.kind === 'ordered') return onOrderedInTrial(state, event.champion)
  if (event.model !== state.target) return stay(state)
  if (event.kind === 'forecastGood') return countForecast(state, state.slow)
  if (event.kind === 'forecastSlow') return countForecast(state, state.slow + 1)
  return rollBack(state.target, state.previous, event)
}

/** An order back to what served before, or to the baseline, ends the trial at once; any other one waits for its end. */
function onOrderedInTrial(state: In<'trial'>, champion: BundleDigest | null): ServingStep {
  const { previous } = state
  if (champion === previous) return stay(returnTo(previous))
  return stay(champion === null ? { kind: 'baseline', previous } : state)
}

function countForecast(state: In<'trial'>, slow: number): ServingStep {
  const { target, previous } = state
  if (slow > state.slowMax)
    return rollBack(target, previous, {
      code: 'inference/tooSlow',
      message: `${slow} forecasts took longer than the latency budget`,
    })
  const forecastsLeft = state.forecastsLeft - 1
  if (forecastsLeft > 0) return stay({ ...state, forecastsLeft, slow })
  return { state: { kind: 'committed', good: target, previous }, effects: [{ kind: 'committed', target }] }
}

function rollBack(target: BundleDigest, to: BundleDigest | null, { code, message }: Because): ServingStep {
  return { state: returnTo(to), effects: [{ kind: 'rolledBack', target, to, code, message }] }
}

const returnTo = (good: BundleDigest | null): ServingState =>
  good === null ? { kind: 'baseline', previous: null } : { kind: 'committed', good, previous: null }
