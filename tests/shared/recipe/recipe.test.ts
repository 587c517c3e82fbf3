import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

const file = fileURLToPath(new URL('../../../hub/recipes/temperature-24h.yaml', import.meta.url))
const shipped = (): Record<string, unknown> => parse(readFileSync(file, 'utf8')) as Record<string, unknown>

const problemsOf = (recipe: unknown): string[] => {
  const parsed = Recipe.safeParse(recipe)
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('a recipe', () => {
  test('the shipped one fits the schema', () => {
    expect(problemsOf(shipped())).toEqual([])
  })
  test('a recurrent network without a sequence to read is refused', () => {
    const training = { algorithms: ['gru'], seed: 1 }
    expect(problemsOf({ ...shipped(), training })).toEqual([
      'training.algorithms: gru and lstm read a sequence: give one channel at least the lags 0 to 5',
    ])
    const features = [{ lag: 'temperature', steps: [5, 4, 3, 2, 1, 0] }]
    expect(problemsOf({ ...shipped(), training, features })).toEqual([])
  })
  test('weights are stored in one of three ways', () => {
    const withWeights = (weights: unknown) => ({
      ...shipped(),
      training: { algorithms: ['mlp'], seed: 1, export: { weights } },
    })
    for (const weights of ['float32', 'float16', 'int8']) expect(problemsOf(withWeights(weights))).toEqual([])
    expect(problemsOf(withWeights('int4'))).toEqual([expect.stringContaining('training.export.weights: ')])
    expect(problemsOf(withWeights(undefined))).toEqual([expect.stringContaining('training.export.weights: ')])
  })
  test('a target that is no channel is named', () => {
    expect(problemsOf({ ...shipped(), target: { channel: 'rain', horizonSteps: 24 } })).toEqual([
      'target.channel: no channel is named rain',
    ])
  })
  test('classes are asked of algorithms that give probabilities, and nothing else with them', () => {
    const classes = { limits: [0, 10], names: ['frost', 'cool', 'warm'] }
    const withTarget = (target: object, training: object = { algorithms: ['ridge', 'gbdt'], seed: 1 }) =>
      problemsOf({ ...shipped(), training, target: { channel: 'temperature', horizonSteps: 24, ...target } })
    expect(withTarget({ classes })).toEqual([])
    expect(withTarget({ classes: { ...classes, of: 'min' } })).toEqual([])
    expect(
      withTarget({ classes, event: { of: 'max', above: 1 }, loss: 'squared', predict: 'change' }),
    ).toEqual([
      'target.classes: an event is a question of yes or no; leave either event or classes out',
      'target.loss: probabilities are always scored by their squares; leave loss out',
      'target.predict: an event is neither a value nor a change; leave predict out',
    ])
    expect(
      withTarget({ classes }, { algorithms: ['ridge', 'mlp'], seed: 1, interval: { coverage: 0.8 } }),
    ).toEqual([
      'training.algorithms.1: mlp gives no probabilities; a class takes ridge and gbdt',
      'training.interval: a probability has no interval; leave it out',
    ])
    expect(withTarget({ classes: { ...classes, of: 'min' }, horizonSteps: 72 })).toEqual([
      "windowSteps: a station judges by its window what happened: it needs more than the horizon's 72 steps",
    ])
    expect(withTarget({ classes, horizonSteps: 72 })).toEqual([])
    expect(withTarget({ classes: { limits: [10, 0], names: ['cold', 'cool', 'warm'] } })).toEqual([
      'target.classes.limits.1: limits rise, each above the one before',
    ])
  })
  test('a feature that reaches past the window is named', () => {
    expect(problemsOf({ ...shipped(), features: [{ lag: 'temperature', steps: [73] }] })).toEqual([
      'features.0.steps: reaches past the window of 72 steps',
    ])
  })
  test('a lag ends one row before a mean does: it counts from the newest row', () => {
    const features = (steps: number) => [
      { mean: 'temperature', steps: [72] },
      { difference: 'temperature', steps: [steps] },
    ]
    expect(problemsOf({ ...shipped(), features: features(71) })).toEqual([])
    expect(problemsOf({ ...shipped(), features: features(72) })).toEqual([
      'features.1.steps: reaches past the window of 72 steps',
    ])
  })
  test('features of the place need the place in the window', () => {
    const features = [{ site: ['latitude'] }, { sun: { hoursBefore: [0] } }]
    expect(problemsOf({ ...shipped(), features, siteChannels: ['latitude'] })).toEqual([
      'features.1: siteChannels does not list longitude',
    ])
  })
  test('stages must grow to the whole fleet', () => {
    const rollout = {
      ...(shipped()['rollout'] as object),
      stages: [
        { name: 'a', share: 0.5 },
        { name: 'b', share: 0.4 },
      ],
    }
    expect(problemsOf({ ...shipped(), rollout })).toHaveLength(2)
  })
  test('an unknown key is refused', () => {
    expect(problemsOf({ ...shipped(), colour: 'blue' }).join()).toContain('colour')
  })
})
