import { describe, expect, test } from 'vitest'
import { Sha256 } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { CodeIdentity } from '../../../hub/ports/code-identity.ts'
import { judgeReproduction } from '../../../hub/registry/reproduction.ts'
import { trainInputs, type TrainInputsInput } from '../../../hub/registry/train-inputs.ts'
import { runKeyOf, StoredLock, trainLockOf, type RunOut } from '../../../hub/registry/train-lock.ts'
import { comparableReport, RunReport } from '../../../hub/runs/run-report.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { madeUpIdentity, madeUpInputsOf, siteAt } from './made-up-run.ts'

const digest = (letter: string): Sha256 => Sha256.parse(letter.repeat(64))

const identity = madeUpIdentity
const base: TrainInputsInput = madeUpInputsOf(smallRecipe({}))
const keyWith = (change: Partial<TrainInputsInput>): string => runKeyOf(trainInputs({ ...base, ...change }))
const on = (environment: Partial<CodeIdentity['environment']>): CodeIdentity => ({
  ...identity,
  environment: { ...identity.environment, ...environment },
})
const recipeWith = (training: Partial<Recipe['training']>): Recipe =>
  smallRecipe({ training: { ...base.recipe.training, ...training } })

describe('the run key', () => {
  test('does not depend on the order of sites, nor on sites that take no part', () => {
    expect(keyWith({ sites: [siteAt('jfk', 40), siteAt('pdx', 45), siteAt('sea', 47)] })).toBe(keyWith({}))
  })
  test.each<[string, Partial<TrainInputsInput>]>([
    ['another seed', { recipe: recipeWith({ seed: 99 }) }],
    ['another dataset', { dataset: { ...base.dataset, digest: digest('a') } }],
    ['other stations', { selection: { ...base.selection, stations: ['sea'] } }],
    ['another time', { selection: { ...base.selection, until: '2022-01-01T00:00:00.000Z' } }],
    ['a station that moved', { sites: [siteAt('sea', 47.1), siteAt('jfk', 40)] }],
    ['other code', { identity: { ...identity, codeDigest: digest('f') } }],
    ['another Node', { identity: on({ node: '24.0.0' }) }],
    ['another processor', { identity: on({ cpu: 'avx512' }) }],
    ['another backend', { identity: on({ backend: 'cpu' }) }],
  ])('changes with %s', (_what, change) => {
    expect(keyWith(change)).not.toBe(keyWith({}))
  })
  test('promises equal bits only where nothing depends on the clock or on threads', () => {
    const classOf = (change: Partial<TrainInputsInput>) => trainInputs({ ...base, ...change }).determinism
    expect(classOf({})).toBe('bitwise')
    const budget = { trials: 4, folds: 2, cpuSecondsMax: 10 }
    expect(classOf({ recipe: recipeWith({ search: budget }) })).toBe('tolerance')
    expect(classOf({ identity: on({ backend: 'tensorflow' }) })).toBe('tolerance')
  })
})

const out = (name: string, letter: string): RunOut => ({ name, digest: digest(letter), size: 1 })
const outs = [out('model.onnx', '1'), out('golden.json', '2')]
const inputs = trainInputs(base)

describe('a lock', () => {
  test('is read as it was written, and so is one of an older hub', () => {
    const lock = trainLockOf(inputs, outs)
    expect(StoredLock.parse(JSON.parse(JSON.stringify(lock)))).toEqual(lock)
    expect(lock.runKey).toBe(runKeyOf(inputs))
    expect(StoredLock.parse(OLDER).schema).toBe('fleetcast/train-lock/1')
  })
})

const OLDER: StoredLock = StoredLock.parse({
  schema: 'fleetcast/train-lock/1',
  ...{ recipeDigest: digest('b'), dataset: digest('d'), selection: base.selection, seed: 7 },
  codeDigest: digest('c'),
  environment: { node: '20.20.2', architecture: 'x64', packageLock: digest('e') },
})

describe('a reproduction', () => {
  const judge = (change: {
    lock?: StoredLock
    outsNow?: readonly RunOut[]
    testMae?: number
    identityNow?: CodeIdentity
    recipe?: Recipe
  }) => {
    const { lock = trainLockOf(inputs, outs), outsNow = outs, testMae = 2, identityNow = identity } = change
    const now = trainInputs({ ...base, identity: identityNow, recipe: change.recipe ?? base.recipe })
    return judgeReproduction({
      ...{ of: 'run-1', lock },
      before: { outs, testMae: 2 },
      after: { outs: outsNow, testMae, inputs: now },
    })
  }
  const others = [out('model.onnx', '9'), out('golden.json', '2')]

  test('is identical when every file is', () => {
    expect(judge({})).toMatchObject({ verdict: 'identical', differences: [] })
  })
  test('that gives other bytes on the same machine is different, however close its error', () => {
    const found = judge({ outsNow: others })
    expect(found.verdict).toBe('different')
    expect(found.text).toMatch(/^model\.onnx came out otherwise although code and machine are the same/)
    expect(found.files.map(({ isEqual }) => isEqual)).toEqual([false, true])
  })
  test('on another machine may differ by half a percent, and says what is not the same', () => {
    const identityNow = on({ cpu: 'avx512', node: '24.0.0' })
    const found = judge({ outsNow: others, testMae: 2.009, identityNow })
    expect(found).toMatchObject({
      verdict: 'withinTolerance',
      machineClass: { before: 'x64 avx2', after: 'x64 avx512' },
      differences: [
        { what: 'node', before: '20.20.2', after: '24.0.0' },
        { what: 'cpu', before: 'avx2', after: 'avx512' },
      ],
    })
    expect(found.text).toContain('node 20.20.2 before, 24.0.0 now')
    expect(judge({ outsNow: others, testMae: 2.011, identityNow }).verdict).toBe('different')
  })
  test('of a search that ends by the clock may differ on the same machine', () => {
    const recipe = recipeWith({ search: { trials: 4, folds: 2, cpuSecondsMax: 10 } })
    const lock = trainLockOf(trainInputs({ ...base, recipe }), outs)
    expect(judge({ lock, recipe, outsNow: others, testMae: 2.001 }).verdict).toBe('withinTolerance')
  })
  test('knows an older lock by what it holds', () => {
    expect(judge({ lock: OLDER })).toMatchObject({ verdict: 'identical', machineClass: { before: 'x64' } })
    const newer = judge({
      lock: OLDER,
      outsNow: others,
      identityNow: { ...identity, codeDigest: digest('f') },
    })
    expect(newer.differences.map(({ what }) => what)).toEqual(['codeDigest'])
    expect(newer.verdict).toBe('withinTolerance')
    expect(judge({ lock: OLDER, outsNow: others }).verdict).toBe('withinTolerance')
  })
  test('misses a file that did not come out', () => {
    const found = judge({ outsNow: [out('model.onnx', '1')] })
    expect(found.files.at(-1)).toMatchObject({ name: 'golden.json', after: null, isEqual: false })
    expect(found.verdict).toBe('different')
  })
})

test('two reports are compared without their times', () => {
  const score = { algorithm: 'ridge', validationMae: 1, rounds: 3, backend: 'native' } as const
  const reportOf = (cpuSeconds: number, node: string): RunReport =>
    RunReport.parse({
      ...{ schema: 'fleetcast/run-report/1', algorithm: 'ridge', choice: 'the only one', rows: 10 },
      algorithms: [{ ...score, cpuSeconds }],
      trials: [
        {
          algorithm: 'ridge',
          rounds: 3,
          backend: 'native',
          mae: 1,
          foldMae: [1],
          settings: '{}',
          bytes: 9,
          cpuSeconds,
        },
      ],
      split: { training: 6, validation: 2, test: 2 },
      ...{ testMae: 1, persistenceMae: 2, seasonalPersistenceMae: 2, climatologyMae: 3, bySite: [] },
      parity: { rows: 1, maxDifference: 0, tolerance: 1 },
      ...{ features: [], backend: 'native', seed: 7, cpuSeconds },
      versions: { node, onnxruntime: '', tensorflow: '' },
    })
  expect(comparableReport(reportOf(1, '20'))).toEqual(comparableReport(reportOf(9, '24')))
  const worse = { ...reportOf(1, '20'), testMae: 1.5 }
  expect(comparableReport(worse)).not.toEqual(comparableReport(reportOf(1, '20')))
})
