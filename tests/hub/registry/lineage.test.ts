/** From observations to devices and back, on a real store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { DatasetReport } from '../../../hub/datasets/dataset-report.ts'
import { datasetLineage, deviceLineage, recall, versionLineage } from '../../../hub/registry/lineage.ts'
import { trainedOn } from '../../../hub/registry/trained-on.ts'
import { insertDataset } from '../../../hub/store/queries/recipes-and-datasets.ts'
import { insertRun, insertVersion } from '../../../hub/store/queries/runs-and-versions.ts'
import { putDevices } from '../../../hub/store/queries/sites-and-devices.ts'
import { signatureOf as fixtureSignature } from '../runs/import-fixtures.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)
const period = (from: string, until: string) => ({ from: day(from), until: day(until) })
const digest = (letter: string): string => letter.repeat(64)
const bundle = (letter: string): BundleDigest => BundleDigest.parse(digest(letter))

const coverage = (station: string, periods: DatasetReport['coverage'][number]['periods']) => ({
  ...{ station, rows: 1, expected: 1, gaps: 0, duplicates: 0, channels: [] },
  periods,
})

/** JFK was there in 2013 and in 2022, Seattle in 2014 alone. */
const report: DatasetReport = {
  rows: 3,
  stations: ['jfk', 'sea'],
  ...period('2013-01-01', '2022-12-31'),
  coverage: [
    coverage('jfk', [period('2013-01-01', '2013-12-31'), period('2022-01-01', '2022-12-31')]),
    coverage('sea', [period('2014-01-01', '2014-12-31')]),
  ],
  findings: [],
  ...{ source: 'table', asOf: null },
}

const status = (
  serving: string | null,
  candidate: string | null,
  installed: readonly string[],
): StatusRecord => ({
  kind: 'status',
  at: null,
  generation: 1,
  serving: serving === null ? null : bundle(serving),
  servingState: 'committed',
  candidate: candidate === null ? null : bundle(candidate),
  candidateState: candidate === null ? 'none' : 'shadowing',
  bundles: installed.map((letter) => ({
    ...{ digest: bundle(letter), state: 'installed' as const, progress: 1, code: null, message: null },
  })),
  channels: [],
  agentVersion: '0',
  rssMb: 1,
})

const signatureOf = (change: object) =>
  fixtureSignature({ author: 'ada', trainedOn: { sites: ['jfk'] }, ...change })

let temporary: TemporaryStore
beforeAll(async () => {
  temporary = await temporaryStore()
  const { store } = temporary
  const at = { createdAt: 1 as never, updatedAt: 1 as never }
  const dataset = { name: 'history', recipe: 'temperature-24h', report, createdAt: 1 as never }
  await insertDataset(store, { ...dataset, digest: digest('d') })
  await insertDataset(store, { ...dataset, digest: digest('e'), name: 'unused' })
  const run = (id: string, selection: unknown, version: number | null) =>
    insertRun(store, {
      ...{ id, recipe: 'temperature-24h', dataset: digest('d'), selection, version, ...at },
      ...{
        state: version === null ? 'failed' : 'succeeded',
        stage: '',
        fraction: 1,
        message: '',
        runKey: id,
      },
    })
  /** Judged on Seattle's year, trained on what its signature says. */
  const imported = (id: string, said: object) =>
    insertRun(store, {
      ...{ id, recipe: 'temperature-24h', dataset: digest('d'), kind: 'import', runKey: id, ...at },
      ...{ state: 'succeeded', stage: '', fraction: 1, message: '', version: 4 },
      selection: { stations: ['sea'], from: null, until: null },
      parameters: { imported: { digest: digest('f'), size: 1, signature: signatureOf(said) } },
    })
  const all = { stations: null, from: null, until: null }
  await run('early', { ...all, stations: ['jfk'], until: '2014-01-01T00:00:00.000Z' }, 1)
  await run('whole', all, 2)
  await run('broken', all, null)
  await imported('theirs', { trainedUntil: '2014-03-01T00:00:00Z' })
  await imported('theirs-later', {
    trainedFrom: '2014-02-01T00:00:00Z',
    trainedUntil: '2014-04-01T00:00:00Z',
    trainedOn: { sites: ['pdx'], dataset: 'airports of the west' },
  })
  const version = (n: number, letter: string, made: string) =>
    insertVersion(store.db, store, {
      ...{ recipe: 'temperature-24h', version: n, digest: digest(letter), run: made },
      ...{ manifest: {}, report: {}, createdAt: n as never },
    })
  await version(1, 'a', 'early')
  await version(2, 'b', 'whole')
  await version(3, 'c', 'nobody-knows')
  await version(4, '4', 'theirs')
  await version(5, '5', 'theirs-later')
  const device = (id: string, reported: StatusRecord | null) =>
    putDevices(store.db, store, [
      { id, site: 'jfk', latitude: 0, longitude: 0, createdAt: 1, status: reported },
    ])
  await device('one', status('a', 'b', ['a', 'b']))
  await device('two', status('b', null, ['a', 'b']))
  await device('three', status(null, null, []))
  await device('new', null)
  await device('four', status('4', null, ['4', '5']))
})
afterAll(() => temporary.remove())

const found = async <T>(
  result: Promise<{ ok: true; value: T } | { ok: false; error: unknown }>,
): Promise<T> => {
  const settled = await result
  if (!settled.ok) throw new Error(JSON.stringify(settled.error))
  return settled.value
}

describe('lineage', () => {
  test('leads from a dataset to runs, versions and devices', async () => {
    const lineage = await found(datasetLineage(temporary.store, 'dddddd'))
    expect(lineage.runs.map(({ id }) => id).toSorted()).toEqual([
      ...['broken', 'early', 'theirs', 'theirs-later', 'whole'],
    ])
    expect(lineage.versions.map(({ version, devices }) => [version, devices])).toEqual([
      [5, [{ device: 'four', site: 'jfk', role: 'installed' }]],
      [4, [{ device: 'four', site: 'jfk', role: 'serving' }]],
      [
        2,
        [
          { device: 'one', site: 'jfk', role: 'candidate' },
          { device: 'two', site: 'jfk', role: 'serving' },
        ],
      ],
      [
        1,
        [
          { device: 'one', site: 'jfk', role: 'serving' },
          { device: 'two', site: 'jfk', role: 'installed' },
        ],
      ],
    ])
    expect(await found(datasetLineage(temporary.store, 'eeeeee'))).toMatchObject({ runs: [], versions: [] })
  })
  test('leads from a version to stations and times', async () => {
    const expected = {
      dataset: { digest: digest('d'), name: 'history' },
      trainedOn: [{ station: 'jfk', periods: [period('2013-01-01', '2013-12-31')] }],
    }
    expect(await found(versionLineage(temporary.store, 'temperature-24h@1'))).toMatchObject(expected)
    expect(await found(versionLineage(temporary.store, 'aaaaaaaa'))).toMatchObject(expected)
    expect(await found(versionLineage(temporary.store, 'temperature-24h@3'))).toMatchObject({
      ...{ run: null, dataset: null, elsewhere: null, trainedOn: [] },
    })
  })
  test('leads from a model made elsewhere to its author, and to what the author says it saw', async () => {
    expect(await found(versionLineage(temporary.store, 'temperature-24h@4'))).toMatchObject({
      ...{ run: 'theirs', dataset: null, elsewhere: { author: 'ada', dataset: null } },
      trainedOn: [{ station: 'jfk', periods: [{ from: null, until: day('2014-03-01') }] }],
    })
    expect(await found(versionLineage(temporary.store, 'temperature-24h@5'))).toMatchObject({
      elsewhere: { author: 'ada', dataset: 'airports of the west' },
      trainedOn: [{ station: 'pdx', periods: [period('2014-02-01', '2014-04-01')] }],
    })
  })
  test('leads from a device to everything it has on board', async () => {
    const lineage = await found(deviceLineage(temporary.store, 'two'))
    expect(lineage.versions.map(({ version, role }) => [version, role])).toEqual([
      [2, 'serving'],
      [1, 'installed'],
    ])
    expect((await found(deviceLineage(temporary.store, 'new'))).versions).toEqual([])
  })
  test.each([
    ['dataset/notFound', () => datasetLineage(temporary.store, 'ffffff')],
    ['version/notFound', () => versionLineage(temporary.store, 'temperature-24h@9')],
    ['version/notFound', () => versionLineage(temporary.store, '')],
    ['device/notFound', () => deviceLineage(temporary.store, 'nobody')],
  ])('%s', async (code, ask) => {
    expect(await ask()).toMatchObject({ ok: false, error: { code } })
  })
})

describe("a recall of a station's bad week", () => {
  const versions = async (station: string, from: string, until: string) =>
    (await recall(temporary.store, { station, ...period(from, until) })).map(({ version, devices }) => [
      version,
      devices.map(({ device }) => device),
    ])
  test('names the versions that saw it and the devices that have them', async () => {
    expect(await versions('jfk', '2013-05-06', '2013-05-12')).toEqual([
      [4, ['four']],
      [2, ['one', 'two']],
      [1, ['one', 'two']],
    ])
    expect(await versions('jfk', '2022-05-06', '2022-05-12')).toEqual([[2, ['one', 'two']]])
    expect(await versions('sea', '2014-05-06', '2014-05-12')).toEqual([[2, ['one', 'two']]])
  })
  test('is empty in the years between two periods, and for a station nobody was trained on', async () => {
    expect(await versions('jfk', '2016-05-06', '2016-05-12')).toEqual([])
    expect(await versions('pdx', '2013-05-06', '2013-05-12')).toEqual([])
  })
  test('finds a model made elsewhere by what its author says, not by the rows that judged it', async () => {
    expect(await versions('jfk', '1999-01-01', '1999-01-02')).toEqual([[4, ['four']]])
    expect(await versions('jfk', '2014-03-02', '2014-03-09')).toEqual([])
    expect(await versions('pdx', '2014-01-01', '2014-02-02')).toEqual([[5, ['four']]])
    expect(await versions('sea', '2014-02-02', '2014-02-09')).toEqual([[2, ['one', 'two']]])
  })
  test('says which part was seen', async () => {
    const [, , first] = await recall(temporary.store, {
      station: 'jfk',
      ...period('2013-12-30', '2014-01-03'),
    })
    expect(first).toMatchObject({ version: 1, shared: [period('2013-12-30', '2013-12-31')] })
  })
})

test('the end of a selection is not in it', () => {
  const selection = { stations: null, from: '2013-02-01T00:00:00Z', until: '2013-03-01T00:00:00Z' }
  expect(trainedOn(report, selection)).toEqual([
    { station: 'jfk', periods: [{ from: day('2013-02-01'), until: day('2013-03-01') - 1 }] },
  ])
})
