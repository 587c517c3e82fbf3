/** Feasibility reports of made-up and of real series: each defect has its code, and test rows stay unseen. */
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { documentMarkdown, documentText } from '../../../hub/cli/document.ts'
import { feasibilityDocument } from '../../../hub/cli/feasibility-document.ts'
import type { DatasetFinding } from '../../../hub/datasets/dataset-report.ts'
import { loadSeries } from '../../../hub/datasets/load-series.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { partOf } from '../../../hub/evaluation/split-rows.ts'
import { checkRecipe } from '../../../hub/runs/check/check-recipe.ts'
import { FeasibilityReport } from '../../../hub/runs/check/feasibility-report.ts'
import { acceptedIn, openWorkshop, recipe as shipped, sites } from '../datasets/tables.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const recipe = smallRecipe({ training: { algorithms: ['ridge', 'gbdt'], seed: 3 } })
const YEAR = 8_766
const series = [syntheticSeries('alpha', YEAR, 1), syntheticSeries('beta', YEAR, 2)]

type Change = {
  readonly recipe?: Recipe
  readonly series?: readonly StationSeries[]
  readonly findings?: DatasetFinding[]
  readonly devices?: number
}

async function check(change: Change = {}): Promise<FeasibilityReport> {
  const { findings = [], devices = 0 } = change
  const ports = { engine: onnxRuntime, cpuSeconds: () => process.cpuUsage().user / 1e6 }
  const work = {
    kind: 'check' as const,
    dataset: 'd'.repeat(64),
    selection: 'all stations',
    findings,
    devices,
  }
  const input = { recipe, series, work, onProgress: async () => {}, ...change }
  return FeasibilityReport.parse(await checkRecipe(ports, input))
}
const codes = ({ findings }: FeasibilityReport): string[] =>
  findings.map(({ code, severity }) => `${severity} ${code}`)
const changed = (station: StationSeries, value: (x: number, step: number, channel: number) => number) => ({
  ...station,
  values: station.values.map((x, i) => value(x, Math.floor(i / 2), i % 2)),
})

describe('a recipe with a year of two stations', () => {
  const report = check()
  test('is feasible, and a linear model beats what needs none', async () => {
    const { verdict, scores } = await report
    const loss = Object.fromEntries(scores!.map((score) => [score.name, score.loss]))
    expect(verdict).not.toBe('notFeasible')
    expect(Object.keys(loss)).toEqual(['persistence', 'seasonal persistence', 'climatology', 'linear'])
    expect(loss['linear']).toBeLessThan(0.6 * loss['persistence']!)
  })
  test('knows its coverage, its samples and its gaps', async () => {
    const { stations, rows } = await report
    expect(stations.map(({ station }) => station)).toEqual(['alpha', 'beta'])
    for (const { intervals, present, channels, samples, months } of stations) {
      expect([intervals, months.length]).toEqual([YEAR, 12])
      expect(present).toBeGreaterThan(0.99)
      expect(channels[0]!.valid).toBeCloseTo(0.98, 1.7)
      expect(channels[0]!.largestGapSteps).toBeGreaterThan(0)
      expect(samples).toBeGreaterThan(8_000)
    }
    const sum = rows.training + rows.validation + rows.test + rows.embargo
    expect(sum).toBe(stations[0]!.samples + stations[1]!.samples)
  })
  test('says what can be told apart: similar models sooner than different ones', async () => {
    const { resolution, fleet, independence } = await report
    const [different, similar] = resolution
    expect([different!.pair, similar!.pair]).toEqual(['different', 'similar'])
    expect(similar!.smallestDifference).toBeLessThan(different!.smallestDifference!)
    expect(fleet).toEqual({ devices: 2, isAssumed: true })
    expect(independence!.effectiveDays).toBeLessThanOrEqual(independence!.days)
    expect((await check({ devices: 7 })).fleet).toEqual({ devices: 7, isAssumed: false })
  })
  test('estimates the time of each algorithm', async () => {
    const { budget } = await report
    expect(budget!.algorithms.map(({ algorithm }) => algorithm)).toEqual(['ridge', 'gbdt'])
    expect(budget!.total).toBeGreaterThan(0)
  })
  test('never looks at a test row: other truths there change no score', async () => {
    const isTest = ({ startAt }: StationSeries, step: number): boolean =>
      partOf(startAt / 1_000 + step * 3_600, 0) === 'test'
    const others = series.map((station) =>
      changed(station, (x, step, channel) => (channel === 0 && isTest(station, step) ? x + 20 : x)),
    )
    const [before, after] = [await report, await check({ series: others })]
    expect(after.stations[0]!.samples).toBe(before.stations[0]!.samples)
    // Typical values of the feature graph come from all rows: they move the last digits and nothing else.
    after.scores!.forEach(({ loss }, i) => expect(loss).toBeCloseTo(before.scores![i]!.loss, 3))
    expect(after.independence!.lag1).toBeCloseTo(before.independence!.lag1, 6)
  })
  test('reads as text and as Markdown', async () => {
    const text = documentText(feasibilityDocument(await report))
    expect(text).toContain('test rows were counted and not looked at')
    expect(text).toMatch(/seasonal persistence +\d/)
    const markdown = documentMarkdown(feasibilityDocument(await report))
    expect(markdown).toMatch(/^# small \(Small\)/)
    expect(markdown).toContain('| alpha | temperature |')
  })
})

describe('what would make training fail is said beforehand', () => {
  test('a channel without a value', async () => {
    const empty = series.map((station) => changed(station, (x, _, channel) => (channel === 1 ? NaN : x)))
    const report = await check({ series: empty })
    expect(report.verdict).toBe('notFeasible')
    expect(codes(report)).toContain('error check/emptyChannel')
    expect(report.scores).not.toBeNull()
  })
  test('a target without a value: there is a report all the same', async () => {
    const empty = series.map((station) => changed(station, (x, _, channel) => (channel === 0 ? NaN : x)))
    const report = await check({ series: empty })
    expect(codes(report)).toEqual(
      expect.arrayContaining(['error check/emptyChannel', 'error check/tooFewRows']),
    )
    expect([report.scores, report.independence, report.budget]).toEqual([null, null, null])
    expect(documentText(feasibilityDocument(report))).toContain('not feasible')
  })
  test('a channel that is nearly empty at one station', async () => {
    const sparse = changed(series[1]!, (x, step, channel) => (channel === 1 && step % 100 > 0 ? NaN : x))
    const found = (await check({ series: [series[0]!, sparse] })).findings
    expect(found).toContainEqual(
      expect.objectContaining({
        code: 'check/channelMissing',
        severity: 'warning',
        place: 'beta / pressure',
      }),
    )
  })
  test('too short a history', async () => {
    const report = await check({ series: [syntheticSeries('alpha', 600, 1)] })
    expect(codes(report)).toContain('error check/tooFewRows')
    expect(codes(report)).toContain('warning check/monthsMissing')
  })
  test('an embargo that takes all', async () => {
    const long = smallRecipe({ windowSteps: 400, target: { channel: 'temperature', horizonSteps: 100 } })
    // As a recipe's file could not say it: its schema asks for longer cycles.
    const splits = { cycleDays: 60, blockDays: 8 }
    const report = await check({ recipe: { ...long, training: { ...long.training, splits } } })
    expect(report.rows.training).toBe(0)
    expect(codes(report)).toContain('error check/embargoTakesAll')
  })
  test('a target in steps of ten degrees', async () => {
    const coarse = series.map((station) =>
      changed(station, (x, _, channel) => (channel === 0 ? 10 * Math.round(x / 10) : x)),
    )
    expect(codes(await check({ series: coarse })).join()).toContain('check/coarseTarget')
  })
  test('nothing to learn from a random walk', async () => {
    const mean = smallRecipe({ features: [{ lag: 'pressure', steps: [29] }] })
    const walks = series.map((station) => {
      const random = createRandom(station.longitude)
      let level = 10
      return changed(station, (_, _step, channel) => {
        if (channel === 0) level += random.normal()
        return channel === 0 ? level : 1_013 + random.normal()
      })
    })
    expect(codes(await check({ recipe: mean, series: walks }))).toContain('warning check/nothingToLearn')
  })
  test('what the import knows: a copy, a wrong clock, a failing sensor', async () => {
    const finding = (code: string, station: string, channel: string | null, count: number) => ({
      ...{ code, station, channel, count },
      examples: ['for example'],
    })
    const report = await check({
      findings: [
        finding('dataset/duplicateStation', 'beta', null, 900),
        finding('dataset/clockOffset', 'alpha', 'temperature', 2),
        finding('quality/flatline', 'alpha', 'pressure', 2_000),
        finding('quality/step', 'alpha', 'pressure', 1),
        finding('dataset/clockOffset', 'elsewhere', 'temperature', 2),
      ],
    })
    expect(report.quality).toHaveLength(4)
    expect(codes(report).filter((code) => !code.includes('margin'))).toEqual([
      'warning check/copiedStation',
      'warning check/wrongClock',
      'warning check/spoiledChannel',
    ])
  })
})

describe('a recipe of classes', () => {
  const classes = { limits: [5, 15, 60], names: ['cold', 'mild', 'warm', 'impossible'] }
  const report = check({
    recipe: smallRecipe({ target: { channel: 'temperature', horizonSteps: 3, classes } }),
  })
  test('is scored in probabilities, its linear model too', async () => {
    const { scores, target } = await report
    const loss = Object.fromEntries(scores!.map((score) => [score.name, score.loss]))
    expect(target.score).toBe('RPS')
    expect(loss['linear']).toBeLessThan(Math.min(loss['persistence']!, loss['climatology']!))
    expect(Math.max(...Object.values(loss))).toBeLessThan(1)
  })
  test('counts its classes but those of test rows, and names one that is hardly there', async () => {
    const { classes: counted, rows, findings } = await report
    expect(counted!.map(({ name }) => name)).toEqual(classes.names)
    expect(counted!.reduce((sum, { samples }) => sum + samples, 0)).toBe(rows.training + rows.validation)
    expect(counted!.slice(0, 3).every(({ share }) => share > 0.1)).toBe(true)
    expect(findings.filter(({ code }) => code === 'check/rareClass')).toMatchObject([
      {
        severity: 'warning',
        place: 'temperature / impossible',
        message: expect.stringContaining('0 samples (0.0 %)'),
      },
    ])
    expect(documentText(feasibilityDocument(await report))).toMatch(/classes: cold \d+\.\d %, mild/)
  })
})

const sparseTable = join(
  process.env['FLEETCAST_DATA'] ?? join('..', 'shared', 'data'),
  'us_airports_sparse_98pct_missing.csv.gz',
)
if (!existsSync(sparseTable)) console.warn(`SKIPPED: ${sparseTable} is not there`)

test.skipIf(!existsSync(sparseTable))(
  'real stations whose temperatures are missing are not feasible',
  async () => {
    const workshop = openWorkshop()
    const { read, report } = await acceptedIn(workshop, { file: sparseTable }, { sites })
    const selection = { stations: null, from: null, until: null }
    const loaded = await read((snapshot) => loadSeries(snapshot, { recipe: shipped, sites, selection }))
    workshop.remove()
    if (!loaded.ok) throw new Error(loaded.error.message)
    const checked = await check({ recipe: shipped, series: loaded.value, findings: [...report.findings] })
    expect(checked.verdict).toBe('notFeasible')
    const missing = checked.findings.filter(({ code }) => code === 'check/channelMissing')
    expect(missing.map(({ place }) => place)).toContain('ord / temperature')
    expect(missing.some(({ place }) => place.endsWith('windSpeed'))).toBe(false)
  },
  60_000,
)
