import { copyFile, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadSeries, type SeriesInput } from '../../../hub/datasets/load-series.ts'
import { acceptedIn, importInto, openEngine, openWorkshop, recipe, row, sites, table } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)
const datasets = join(workshop.folder, 'datasets')

const all = { stations: null, from: null, until: null }
const content = table(
  row('EWR', 0, 1),
  row('EWR', 1, 2),
  row('EWR', 4, 3),
  row('SEA', 2, 4),
  row('SEA', 3, ''),
)
const load = async (input: Partial<SeriesInput>) => {
  const { read } = await acceptedIn(workshop, content)
  return read((snapshot) => loadSeries(snapshot, { recipe, sites, selection: all, ...input }))
}

describe('a snapshot becomes series', () => {
  test('on the regular axis, with gaps and missing values as NaN', async () => {
    const loaded = await load({})
    expect(loaded).toMatchObject({
      ok: true,
      value: [
        { site: 'ewr', steps: 5, startAt: Date.UTC(2022, 0, 1) },
        { site: 'sea', steps: 2, latitude: 47.45 },
      ],
    })
    if (!loaded.ok) return
    const temperatures = (index: number): number[] =>
      [...loaded.value[index]!.values].filter((_, i) => i % 5 === 0)
    expect(temperatures(0)).toEqual([1, 2, Number.NaN, Number.NaN, 3])
    expect(temperatures(1)).toEqual([4, Number.NaN])
  })
  test('of the chosen stations and times alone: from is inside, until is not', async () => {
    const selection = {
      stations: ['ewr'],
      from: '2022-01-01T01:00:00.000Z',
      until: '2022-01-01T04:00:00.000Z',
    }
    const loaded = await load({ selection })
    expect(loaded).toMatchObject({
      ok: true,
      value: [{ site: 'ewr', steps: 1, startAt: Date.UTC(2022, 0, 1, 1) }],
    })
  })
  test('a selection without rows is refused', async () => {
    const select = (selection: SeriesInput['selection']) => load({ selection })
    expect(await select({ ...all, from: '2023-01-01T00:00:00.000Z' })).toMatchObject({
      ok: false,
      error: { code: 'dataset/nothingSelected' },
    })
    expect(await select({ ...all, stations: ['ewr', 'jfk'] })).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('jfk') as string },
    })
  })
  test('a recipe with other channels is refused', async () => {
    const other = { ...recipe, channels: [{ ...recipe.channels[0]!, name: 'soilMoisture' }] }
    const loaded = await load({ recipe: other })
    expect(loaded).toMatchObject({ ok: false, error: { code: 'dataset/wrongRecipe' } })
  })
})

describe('snapshot files', () => {
  const rewrite = async (digest: string, sql: string): Promise<void> => {
    const file = join(datasets, `${digest}.parquet`)
    const engine = await openEngine(workshop.folder)
    try {
      const [notes] = await engine.query(
        `SELECT decode(value) AS notes FROM parquet_kv_metadata('${file}') WHERE decode(key) = 'fleetcast'`,
      )
      await engine.run(
        `CREATE TABLE t AS SELECT * FROM read_parquet('${file}'); ${sql};
         COPY t TO '${file}' (FORMAT parquet, KV_METADATA {fleetcast: '${String(notes!['notes'])}'})`,
      )
    } finally {
      engine.close()
    }
  }

  test('stand under their digest beside the rows they left out, with nothing temporary', async () => {
    const { digest } = await acceptedIn(workshop, content)
    expect((await readdir(datasets)).toSorted()).toEqual([`${digest}.aside.parquet`, `${digest}.parquet`])
  })
  test('can be read by anything that reads Parquet', async () => {
    const { digest } = await acceptedIn(
      workshop,
      table(row('EWR', 0, 1), row('EWR', 1, -99), row('EWR', 2, '')),
    )
    const engine = await openEngine(workshop.folder)
    try {
      const file = join(datasets, `${digest}.parquet`)
      const types = await engine.query(`DESCRIBE SELECT * FROM read_parquet('${file}')`)
      expect(types.slice(0, 4).map((column) => [column['column_name'], column['column_type']])).toEqual([
        ['station', 'VARCHAR'],
        ['time', 'TIMESTAMP WITH TIME ZONE'],
        ['temperature', 'DOUBLE'],
        ['dewPoint', 'DOUBLE'],
      ])
      const rows = await engine.query(
        `SELECT station, epoch_ms(time) AS ms, temperature, temperature_qc, temperature_raw FROM read_parquet('${file}')`,
      )
      const at = Date.UTC(2022, 0, 1)
      expect(rows.map((row) => Object.values(row))).toEqual([
        ['ewr', at, 1, 'ok', null],
        ['ewr', at + 3_600_000, null, 'range', -99],
        ['ewr', at + 7_200_000, null, 'missing', null],
      ])
      const [packing] = await engine.query(`SELECT DISTINCT compression FROM parquet_metadata('${file}')`)
      expect(packing).toEqual({ compression: 'ZSTD' })
    } finally {
      engine.close()
    }
  })
  test.each([
    ['a value', 'UPDATE t SET temperature = 9 WHERE station = $$sea$$ AND temperature IS NOT NULL'],
    ['a flag', 'UPDATE t SET temperature_qc = $$ok$$ WHERE temperature IS NULL'],
    ['a station', 'UPDATE t SET station = $$jfk$$ WHERE station = $$sea$$'],
    ['a time', 'UPDATE t SET time = time + INTERVAL 1 HOUR WHERE station = $$sea$$'],
    ['a row', 'DELETE FROM t WHERE temperature = 3'],
    ['the order', 'CREATE TABLE u AS FROM t ORDER BY time DESC; DELETE FROM t; INSERT INTO t FROM u'],
  ])('refuse a file in which somebody changed %s', async (_what, sql) => {
    const { digest, read } = await acceptedIn(workshop, content)
    const file = join(datasets, `${digest}.parquet`)
    await copyFile(file, `${file}.good`)
    await rewrite(digest, sql)
    const use = read((snapshot) => loadSeries(snapshot, { recipe, sites, selection: all }))
    await expect(use).rejects.toThrow(/./)
    await copyFile(`${file}.good`, file)
    await expect(
      read((snapshot) => loadSeries(snapshot, { recipe, sites, selection: all })),
    ).resolves.toMatchObject({
      ok: true,
    })
  })
  test('refuse a file of another dataset and a torn one', async () => {
    const first = await acceptedIn(workshop, content)
    const second = await acceptedIn(workshop, table(row('EWR', 0, 9)))
    const file = join(datasets, `${first.digest}.parquet`)
    await copyFile(join(datasets, `${second.digest}.parquet`), file)
    const use = () => first.read((snapshot) => loadSeries(snapshot, { recipe, sites, selection: all }))
    await expect(use()).rejects.toThrow(/import the table again/)
    await truncate(file, (await stat(file)).size - 20)
    await expect(use()).rejects.toThrow()
  })
  test('an import of the same rows leaves the file that is there alone', async () => {
    const text = table(row('PDX', 0, 1), row('PDX', 1, 2))
    const { digest } = await acceptedIn(workshop, text)
    const before = await stat(join(datasets, `${digest}.parquet`))
    await importInto(workshop, text)
    expect((await stat(join(datasets, `${digest}.parquet`))).ino).toBe(before.ino)
  })
})
