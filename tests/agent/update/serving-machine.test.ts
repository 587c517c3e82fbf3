import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import {
  servingOf,
  stepServing,
  type ServingEvent,
  type ServingState,
} from '@fleetcast/agent/update/serving-machine.ts'

const digest = (letter: string): BundleDigest => BundleDigest.parse(letter.repeat(64))
const [good, target, other] = [digest('a'), digest('b'), digest('c')]
const rules = { forecasts: 3, slowMax: 1 }
const because = { code: 'inference/nonFinite', message: 'no finite number' }

const states: { [K in ServingState['kind']]: Extract<ServingState, { kind: K }> } = {
  baseline: { kind: 'baseline', previous: null },
  committed: { kind: 'committed', good, previous: null },
  trial: { kind: 'trial', target, previous: good, forecastsLeft: 2, slow: 1, slowMax: 1 },
}

type EventName =
  | 'orderedTarget'
  | 'orderedGood'
  | 'orderedOther'
  | 'orderedBaseline'
  | 'goodOfTarget'
  | 'slowOfTarget'
  | 'failedOfTarget'
  | 'failedOfOther'
  | 'unloadableTarget'
  | 'unloadableGood'
  | 'withdrawnTarget'
  | 'withdrawnGood'
  | 'barredGood'
  | 'barredOther'

const events: Record<EventName, ServingEvent> = {
  orderedTarget: { kind: 'ordered', champion: target, rules },
  orderedGood: { kind: 'ordered', champion: good, rules },
  orderedOther: { kind: 'ordered', champion: other, rules },
  orderedBaseline: { kind: 'ordered', champion: null, rules },
  goodOfTarget: { kind: 'forecastGood', model: target },
  slowOfTarget: { kind: 'forecastSlow', model: target },
  failedOfTarget: { kind: 'forecastFailed', model: target, ...because },
  failedOfOther: { kind: 'forecastFailed', model: other, ...because },
  unloadableTarget: { kind: 'unloadable', model: target, ...because },
  unloadableGood: { kind: 'unloadable', model: good, ...because },
  withdrawnTarget: { kind: 'withdrawn', model: target, ...because },
  withdrawnGood: { kind: 'withdrawn', model: good, ...because },
  barredGood: { kind: 'barred', model: good },
  barredOther: { kind: 'barred', model: other },
}

/** `.`: ignored, the same state and no effects. */
type Next = ServingState['kind'] | '.'
type Line = Record<EventName, Next>
const ignored: Line = {
  orderedTarget: '.',
  orderedGood: '.',
  orderedOther: '.',
  orderedBaseline: '.',
  goodOfTarget: '.',
  slowOfTarget: '.',
  failedOfTarget: '.',
  failedOfOther: '.',
  unloadableTarget: '.',
  unloadableGood: '.',
  withdrawnTarget: '.',
  withdrawnGood: '.',
  barredGood: '.',
  barredOther: '.',
}
const TABLE: Record<ServingState['kind'], Line> = {
  baseline: { ...ignored, orderedTarget: 'trial', orderedGood: 'trial', orderedOther: 'trial' },
  committed: {
    ...ignored,
    orderedTarget: 'trial',
    orderedOther: 'trial',
    orderedBaseline: 'baseline',
    unloadableGood: 'baseline',
    withdrawnGood: 'baseline',
  },
  trial: {
    ...ignored,
    orderedGood: 'committed',
    orderedBaseline: 'baseline',
    goodOfTarget: 'trial',
    slowOfTarget: 'committed',
    failedOfTarget: 'committed',
    unloadableTarget: 'committed',
    withdrawnTarget: 'baseline',
    barredGood: 'trial',
  },
}
const keys = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[]

describe('what serves', () => {
  for (const from of keys(TABLE))
    for (const on of keys(TABLE[from]))
      test(`${from} on ${on} -> ${TABLE[from][on]}`, () => {
        const next = stepServing(states[from], events[on])
        if (TABLE[from][on] === '.') expect(next).toEqual({ state: states[from], effects: [] })
        else expect(next.state.kind).toBe(TABLE[from][on])
      })

  test('the last good forecast commits, and the previous one is kept', () => {
    const last: ServingState = { ...states.trial, forecastsLeft: 1 }
    expect(stepServing(last, events.goodOfTarget)).toEqual({
      state: { kind: 'committed', good: target, previous: good },
      effects: [{ kind: 'committed', target }],
    })
  })
  test.each(['failedOfTarget', 'slowOfTarget', 'unloadableTarget'] as const)(
    '%s rolls back to what served before',
    (on) => {
      const { state, effects } = stepServing(states.trial, events[on])
      expect(state).toEqual({ kind: 'committed', good, previous: null })
      expect(effects).toMatchObject([{ kind: 'rolledBack', target, to: good }])
    },
  )
})

describe('what may not be returned to', () => {
  test('is no longer the way back of a trial', () => {
    const { state } = stepServing(states.trial, events.barredGood)
    expect(state).toEqual({ ...states.trial, previous: null })
    expect(stepServing(state, events.failedOfTarget).state).toEqual({ kind: 'baseline', previous: null })
  })
  test('a withdrawn model gives way to the baseline, not to the model before', () => {
    expect(stepServing(states.trial, events.withdrawnTarget)).toMatchObject({
      state: { kind: 'baseline', previous: null },
      effects: [{ kind: 'rolledBack', target, to: null }],
    })
  })
})

describe('whatever happens in whatever order', () => {
  const sequences = fc.array(fc.constantFrom(...Object.values(events)), { maxLength: 80 })

  test('a bundle is committed only after its own trial, and a rollback always names the target', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        let state: ServingState = { kind: 'baseline', previous: null }
        const proven = new Set<BundleDigest | null>([null])
        for (const event of sequence) {
          const step = stepServing(state, event)
          for (const effect of step.effects) {
            expect(state.kind === 'baseline' ? null : servingOf(state)).toBe(effect.target)
            if (effect.kind === 'committed') proven.add(effect.target)
          }
          if (step.state.kind === 'committed') expect(proven).toContain(step.state.good)
          expect(proven).toContain(step.state.previous)
          if (step.state.kind === 'trial') expect(step.state.forecastsLeft).toBeGreaterThan(0)
          state = step.state
        }
      }),
      { seed: 1, numRuns: 1_000 },
    )
  })
})
